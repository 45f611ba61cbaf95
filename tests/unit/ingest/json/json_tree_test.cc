#include "ingest/json/json_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace ringfence {
namespace {

JsonTree Read(std::string_view json) {
  const auto tree = JsonTree::Parse(json);
  EXPECT_TRUE(tree.has_value()) << json;
  return tree.value_or(JsonTree());
}

std::string Nested(size_t depth) {
  std::string json(depth, '[');
  return json.append(depth, ']');
}

TEST(JsonTree, MembersAreFoundByName) {
  const JsonTree tree = Read(R"({"id":"a1","count":301,"at":{"day":7}})");
  ASSERT_NE(tree.TextOf("id"), nullptr);
  EXPECT_EQ(*tree.TextOf("id"), "a1");
  EXPECT_EQ(tree.UnsignedOf("count"), 301u);
  EXPECT_EQ(tree.Find("at")->IntegerOf("day"), 7);
}

TEST(JsonTree, MissingMemberIsAbsent) {
  const JsonTree tree = Read("{}");
  EXPECT_EQ(tree.Find("id"), nullptr);
  EXPECT_EQ(tree.TextOf("id"), nullptr);
  EXPECT_EQ(tree.IntegerOf("id"), std::nullopt);
  EXPECT_EQ(tree.UnsignedOf("id"), std::nullopt);
}

TEST(JsonTree, ValueOfAnotherKindIsAbsent) {
  const JsonTree tree = Read(R"({"id":1,"count":"301","flag":"true"})");
  EXPECT_EQ(tree.TextOf("id"), nullptr);
  EXPECT_EQ(tree.IntegerOf("count"), std::nullopt);
  EXPECT_EQ(tree.Find("flag")->Bool(), std::nullopt);
}

TEST(JsonTree, OnlyObjectsHaveMembers) { EXPECT_EQ(Read(R"(["id","a1"])").Find("id"), nullptr); }

TEST(JsonTree, WholeNumbersKeepAllTheirDigits) {
  EXPECT_EQ(Read("18446744073709551615").Unsigned(), UINT64_MAX);
  EXPECT_EQ(Read("-9223372036854775808").Integer(), INT64_MIN);
}

TEST(JsonTree, NumberThatDoesNotFitIsAbsent) {
  EXPECT_EQ(Read("18446744073709551615").Integer(), std::nullopt);
  EXPECT_EQ(Read("18446744073709551616").Unsigned(), std::nullopt);
  EXPECT_EQ(Read("-1").Unsigned(), std::nullopt);
}

TEST(JsonTree, NumberWithAPointIsNoWholeNumber) {
  EXPECT_EQ(Read("3.0").Integer(), std::nullopt);
  EXPECT_EQ(Read("1e3").Unsigned(), std::nullopt);
}

TEST(JsonTree, LastOfMembersWithOneNameCounts) {
  EXPECT_EQ(Read(R"({"a":1,"b":2,"a":3})").json(), R"({"a":3,"b":2})");
}

TEST(JsonTree, InnerObjectsAndListsEndWhereTheyEnd) {
  constexpr char kJson[] = R"({"a":[{"b":[1]},{"c":{}}],"d":[[],2],"e":null})";
  EXPECT_EQ(Read(kJson).json(), kJson);
}

TEST(JsonTree, IsWrittenAsItWasRead) {
  constexpr char kJson[] = R"({"a":[1,-2.50,true,false,null,"x\ny 骚扰"],"b":{},"c":[]})";
  EXPECT_EQ(Read(kJson).json(), kJson);
}

TEST(JsonTree, WhatIsNotOneDocumentIsRefused) {
  for (const char* text :
       {"", " ", "{", "{}{}", "[1,]", "{\"a\"}", "nul", "'a'", "\"\xff\"", "[1"}) {
    EXPECT_FALSE(JsonTree::Parse(text).has_value()) << text;
  }
}

TEST(JsonTree, DeepDocumentIsRefused) {
  EXPECT_TRUE(JsonTree::Parse(Nested(JsonTree::kMaxDepth)).has_value());
  EXPECT_FALSE(JsonTree::Parse(Nested(JsonTree::kMaxDepth + 1)).has_value());
  EXPECT_FALSE(JsonTree::Parse(Nested(1'000'000)).has_value());
}

}  // namespace
}  // namespace ringfence
