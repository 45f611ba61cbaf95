// A JSON document that was read: texts, numbers, truth values, lists and objects.
//
//   const auto answer = JsonTree::Parse(bytes);
//   if (!answer) return Wrong("not JSON");
//   const std::string* id = answer->TextOf("id");  // null if it is missing or no text
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringfence {

// A value with everything in it. What a function of another kind is asked for is absent: an object
// has no Text(). Copies are deep.
class JsonTree {
 public:
  enum class Kind { kNull, kBool, kNumber, kText, kList, kObject };

  // Lists and objects in one another; deeper documents are refused, as nobody's message is.
  static constexpr size_t kMaxDepth = 64;

  // None if `json` is not exactly one document in UTF-8. Of members with the same name the last
  // counts.
  static std::optional<JsonTree> Parse(std::string_view json);

  // null
  JsonTree() = default;

  Kind kind() const { return kind_; }
  bool IsText() const { return kind_ == Kind::kText; }
  bool IsList() const { return kind_ == Kind::kList; }
  bool IsObject() const { return kind_ == Kind::kObject; }

  // Null unless it is a text. Valid as long as the tree.
  const std::string* Text() const { return IsText() ? &scalar_ : nullptr; }
  std::optional<bool> Bool() const;
  // A whole number that fits the type; 3.0 is none.
  std::optional<int64_t> Integer() const;
  std::optional<uint64_t> Unsigned() const;

  // Empty unless it is a list.
  const std::vector<JsonTree>& items() const { return items_; }
  // In their order; empty unless it is an object.
  const std::vector<std::pair<std::string, JsonTree>>& members() const { return members_; }
  // The member of that name, or null. Valid as long as the tree.
  const JsonTree* Find(std::string_view key) const;
  const std::string* TextOf(std::string_view key) const;
  std::optional<int64_t> IntegerOf(std::string_view key) const;
  std::optional<uint64_t> UnsignedOf(std::string_view key) const;

  // As JSON on one line; numbers as they were written.
  std::string json() const;

 private:
  friend class JsonTreeBuilder;

  Kind kind_ = Kind::kNull;
  std::string scalar_;  // the text, the number's digits, or "true"
  std::vector<JsonTree> items_;
  std::vector<std::pair<std::string, JsonTree>> members_;
};

}  // namespace ringfence
