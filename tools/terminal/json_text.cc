#include "tools/terminal/json_text.h"

#include <nlohmann/json.hpp>
#include <ostream>

namespace ringfence {
namespace {

using Json = nlohmann::ordered_json;

std::string OneLine(const Json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

Json ParseOrDiscard(std::string_view json) {
  return Json::parse(json, nullptr, /*allow_exceptions=*/false);
}

}  // namespace

JsonValue::JsonValue(std::string_view text) : json_(OneLine(Json(text))) {}

JsonValue::JsonValue(const JsonObject& object) : json_(object.json()) {}

JsonValue JsonValue::Parse(std::string_view json) {
  JsonValue value;
  if (const Json parsed = ParseOrDiscard(json); !parsed.is_discarded()) {
    value.json_ = OneLine(parsed);
  }
  return value;
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

std::vector<std::pair<std::string, std::string>> PlainMembers(std::string_view json) {
  std::vector<std::pair<std::string, std::string>> members;
  const Json object = ParseOrDiscard(json);
  if (!object.is_object()) return members;
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) continue;
    members.emplace_back(key, value.is_string() ? value.get<std::string>() : OneLine(value));
  }
  return members;
}

}  // namespace ringfence
