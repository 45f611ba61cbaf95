// JSON as tests look at it: what is missing or of another kind fails the test that asks for it.
#pragma once

#include <gtest/gtest.h>

#include <concepts>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingest/json/json_tree.h"

namespace ringfence {

class CheckedJson {
 public:
  // null
  CheckedJson() = default;
  // Of bytes that are no JSON, null.
  static CheckedJson Parse(std::string_view text) {
    const auto tree = JsonTree::Parse(text);
    EXPECT_TRUE(tree.has_value()) << "no JSON: " << text;
    return CheckedJson(tree.value_or(JsonTree()));
  }

  bool contains(std::string_view key) const { return tree_.Find(key) != nullptr; }
  bool is_null() const { return tree_.kind() == JsonTree::Kind::kNull; }
  CheckedJson at(std::string_view key) const {
    const JsonTree* member = tree_.Find(key);
    EXPECT_NE(member, nullptr) << key << " is missing in " << dump();
    return member == nullptr ? CheckedJson() : CheckedJson(*member);
  }
  std::string text() const {
    EXPECT_TRUE(tree_.IsText()) << dump();
    return tree_.IsText() ? *tree_.Text() : "";
  }
  int64_t number() const {
    EXPECT_TRUE(tree_.Integer().has_value()) << dump();
    return tree_.Integer().value_or(0);
  }
  std::string dump() const { return tree_.json(); }

  bool operator==(std::string_view text) const { return tree_.IsText() && *tree_.Text() == text; }
  bool operator==(const char* text) const { return *this == std::string_view(text); }
  bool operator==(const std::string& text) const { return *this == std::string_view(text); }
  bool operator==(bool flag) const { return tree_.Bool() == flag; }
  template <std::integral Number>
  bool operator==(Number number) const {
    return std::in_range<int64_t>(number) && tree_.Integer() == static_cast<int64_t>(number);
  }

  friend void PrintTo(const CheckedJson& json, std::ostream* out) { *out << json.dump(); }

 private:
  explicit CheckedJson(JsonTree tree) : tree_(std::move(tree)) {}

  JsonTree tree_;
};

}  // namespace ringfence
