#include "ingest/json/json_tree.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "ingest/json/json_text.h"

namespace ringfence {
namespace {

// The whole of `digits` as a number of this type.
template <typename Number>
std::optional<Number> Whole(const std::string& digits) {
  Number number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace

// What the library's parser tells, as a tree. Its functions are named by the library.
class JsonTreeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonTree Take() { return std::move(root_); }

  bool null() override { return Put({}); }
  bool boolean(bool value) override {
    return Put(Scalar(JsonTree::Kind::kBool, value ? "true" : "false"));
  }
  bool number_integer(number_integer_t value) override { return Number(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return Number(std::to_string(value)); }
  bool number_float(number_float_t /*value*/, const string_t& digits) override {
    return Number(digits);
  }
  bool string(string_t& value) override {
    return Put(Scalar(JsonTree::Kind::kText, std::move(value)));
  }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(size_t /*elements*/) override { return Open(JsonTree::Kind::kObject); }
  bool key(string_t& value) override {
    key_ = std::move(value);
    return true;
  }
  bool end_object() override { return Close(); }
  bool start_array(size_t /*elements*/) override { return Open(JsonTree::Kind::kList); }
  bool end_array() override { return Close(); }
  bool parse_error(size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }

 private:
  static JsonTree Scalar(JsonTree::Kind kind, std::string text) {
    JsonTree value;
    value.kind_ = kind;
    value.scalar_ = std::move(text);
    return value;
  }

  bool Number(std::string digits) {
    return Put(Scalar(JsonTree::Kind::kNumber, std::move(digits)));
  }

  bool Open(JsonTree::Kind kind) {
    if (open_.size() == JsonTree::kMaxDepth) return false;
    JsonTree value;
    value.kind_ = kind;
    open_.push_back(Place(std::move(value)));
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  bool Put(JsonTree value) {
    Place(std::move(value));
    return true;
  }

  // Pointers to what is open stay valid: only the innermost grows.
  JsonTree* Place(JsonTree value) {
    if (open_.empty()) return &(root_ = std::move(value));
    JsonTree& parent = *open_.back();
    if (parent.IsList()) return &parent.items_.emplace_back(std::move(value));
    for (auto& [name, member] : parent.members_) {
      if (name == key_) return &(member = std::move(value));
    }
    return &parent.members_.emplace_back(std::move(key_), std::move(value)).second;
  }

  JsonTree root_;
  std::vector<JsonTree*> open_;
  std::string key_;
};

std::optional<JsonTree> JsonTree::Parse(std::string_view json) {
  JsonTreeBuilder builder;
  if (!nlohmann::json::sax_parse(json, &builder)) return std::nullopt;
  return builder.Take();
}

std::optional<bool> JsonTree::Bool() const {
  if (kind_ != Kind::kBool) return std::nullopt;
  return scalar_ == "true";
}

std::optional<int64_t> JsonTree::Integer() const {
  return kind_ == Kind::kNumber ? Whole<int64_t>(scalar_) : std::nullopt;
}

std::optional<uint64_t> JsonTree::Unsigned() const {
  return kind_ == Kind::kNumber ? Whole<uint64_t>(scalar_) : std::nullopt;
}

const JsonTree* JsonTree::Find(std::string_view key) const {
  for (const auto& [name, member] : members_) {
    if (name == key) return &member;
  }
  return nullptr;
}

const std::string* JsonTree::TextOf(std::string_view key) const {
  const JsonTree* member = Find(key);
  return member == nullptr ? nullptr : member->Text();
}

std::optional<int64_t> JsonTree::IntegerOf(std::string_view key) const {
  const JsonTree* member = Find(key);
  return member == nullptr ? std::nullopt : member->Integer();
}

std::optional<uint64_t> JsonTree::UnsignedOf(std::string_view key) const {
  const JsonTree* member = Find(key);
  return member == nullptr ? std::nullopt : member->Unsigned();
}

std::string JsonTree::json() const {
  switch (kind_) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
    case Kind::kNumber:
      return scalar_;
    case Kind::kText:
      return JsonValue(scalar_).json();
    case Kind::kList:
      return JsonValue(items_).json();
    case Kind::kObject:
      break;
  }
  JsonObject object;
  for (const auto& [name, member] : members_) object.Add(name, member);
  return object.json();
}

}  // namespace ringfence
