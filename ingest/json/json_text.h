// JSON that is written: one object a line, members in the order in which they are added.
//
//   out << JsonObject{{"removed", number.ToString()}, {"version", 7}} << "\n";
#pragma once

#include <concepts>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringfence {

class JsonObject;
class JsonTree;

// A value that stands in an object, as JSON text already. Bytes of a text that are not UTF-8 become
// U+FFFD.
class JsonValue {
 public:
  // Each is meant to be written as the value itself.
  // NOLINTBEGIN(google-explicit-constructor)
  JsonValue(std::string_view text);
  JsonValue(const std::string& text) : JsonValue(std::string_view(text)) {}
  JsonValue(const char* text) : JsonValue(std::string_view(text)) {}
  template <std::integral Number>
  JsonValue(Number number) : json_(std::to_string(number)) {}
  JsonValue(bool value) : json_(value ? "true" : "false") {}
  JsonValue(const JsonObject& object);
  JsonValue(const JsonTree& tree);
  template <typename Item>
  JsonValue(const std::vector<Item>& items) : json_("[") {
    for (const Item& item : items) {
      json_.append(json_.size() > 1 ? "," : "").append(JsonValue(item).json());
    }
    json_ += "]";
  }
  // NOLINTEND(google-explicit-constructor)

  // null
  JsonValue() : json_("null") {}
  // What is JSON already; null if it is not.
  static JsonValue Parse(std::string_view json);

  const std::string& json() const { return json_; }

 private:
  std::string json_;
};

class JsonObject {
 public:
  using Member = std::pair<std::string_view, JsonValue>;

  JsonObject() = default;
  JsonObject(std::initializer_list<Member> members);

  void Add(std::string_view key, const JsonValue& value);

  std::string json() const { return "{" + members_ + "}"; }

 private:
  std::string members_;  // between the braces
};

std::ostream& operator<<(std::ostream& out, const JsonObject& object);

// The same object over several lines, for files that people open, too.
std::string Indented(const JsonObject& object);

// The members of an object for people: texts without quotes, other values as JSON, in their order.
// Objects in it are left out. Empty if `json` is no object.
std::vector<std::pair<std::string, std::string>> PlainMembers(std::string_view json);

}  // namespace ringfence
