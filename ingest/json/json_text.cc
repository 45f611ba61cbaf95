#include "ingest/json/json_text.h"

#include <nlohmann/json.hpp>
#include <ostream>

#include "ingest/json/json_tree.h"

namespace ringfence {

JsonValue::JsonValue(std::string_view text)
    : json_(nlohmann::json(text).dump(-1, ' ', /*ensure_ascii=*/false,
                                      nlohmann::json::error_handler_t::replace)) {}

JsonValue::JsonValue(const JsonObject& object) : json_(object.json()) {}

JsonValue::JsonValue(const JsonTree& tree) : json_(tree.json()) {}

JsonValue JsonValue::Parse(std::string_view json) {
  const auto tree = JsonTree::Parse(json);
  return tree.has_value() ? JsonValue(*tree) : JsonValue();
}

JsonObject::JsonObject(std::initializer_list<Member> members) {
  for (const auto& [key, value] : members) Add(key, value);
}

void JsonObject::Add(std::string_view key, const JsonValue& value) {
  members_.append(members_.empty() ? "" : ",").append(JsonValue(key).json()).append(":");
  members_ += value.json();
}

std::ostream& operator<<(std::ostream& out, const JsonObject& object) {
  return out << object.json();
}

std::string Indented(const JsonObject& object) {
  constexpr int kSpaces = 2;
  return nlohmann::ordered_json::parse(object.json()).dump(kSpaces);
}

std::vector<std::pair<std::string, std::string>> PlainMembers(std::string_view json) {
  std::vector<std::pair<std::string, std::string>> plain;
  const auto object = JsonTree::Parse(json);
  if (!object.has_value()) return plain;
  for (const auto& [key, value] : object->members()) {
    if (value.IsObject()) continue;
    plain.emplace_back(key, value.IsText() ? *value.Text() : value.json());
  }
  return plain;
}

}  // namespace ringfence
