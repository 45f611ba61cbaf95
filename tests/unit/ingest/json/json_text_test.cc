#include "ingest/json/json_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <sstream>

namespace ringfence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(JsonText, MembersStandInTheOrderInWhichTheyAreAdded) {
  JsonObject object{{"b", 1}, {"a", "x"}};
  object.Add("0", true);
  EXPECT_EQ(object.json(), R"({"b":1,"a":"x","0":true})");
}

TEST(JsonText, EmptyObjectHasNoMembers) { EXPECT_EQ(JsonObject().json(), "{}"); }

TEST(JsonText, NumbersKeepAllTheirDigits) {
  EXPECT_EQ(JsonValue(UINT64_MAX).json(), "18446744073709551615");
  EXPECT_EQ(JsonValue(INT64_MIN).json(), "-9223372036854775808");
}

TEST(JsonText, TextIsEscaped) {
  EXPECT_EQ(JsonValue("say \"a\\b\"\n").json(), R"("say \"a\\b\"\n")");
}

TEST(JsonText, KeyIsEscaped) {
  JsonObject object;
  object.Add("a\"b", 1);
  EXPECT_EQ(object.json(), R"({"a\"b":1})");
}

TEST(JsonText, TextIsNoFlag) { EXPECT_EQ(JsonValue("true").json(), R"("true")"); }

TEST(JsonText, ChineseIsKept) { EXPECT_EQ(JsonValue("骚扰").json(), "\"骚扰\""); }

TEST(JsonText, BytesThatAreNoUtf8AreReplaced) {
  EXPECT_EQ(JsonValue("a\xff").json(), "\"a\xef\xbf\xbd\"");
}

TEST(JsonText, ListsHoldTextsAndObjects) {
  EXPECT_EQ(JsonValue(std::vector<std::string>{"a", "b"}).json(), R"(["a","b"])");
  EXPECT_EQ(JsonValue(std::vector<std::string>{}).json(), "[]");
  EXPECT_EQ(JsonValue(std::vector<JsonObject>{{{"a", 1}}, {{"b", 2}}}).json(),
            R"([{"a":1},{"b":2}])");
}

TEST(JsonText, ObjectsStandInObjects) {
  EXPECT_EQ((JsonObject{{"a", JsonObject{{"b", 1}}}}.json()), R"({"a":{"b":1}})");
}

TEST(JsonText, JsonIsTakenOverWithoutItsSpaces) {
  EXPECT_EQ(JsonValue::Parse(R"({ "b": [1, 2.5], "a": null })").json(),
            R"({"b":[1,2.5],"a":null})");
}

TEST(JsonText, WhatIsNoJsonIsNull) {
  EXPECT_EQ(JsonValue::Parse("{").json(), "null");
  EXPECT_EQ(JsonValue::Parse("").json(), "null");
}

TEST(JsonText, ObjectIsPrintedOnOneLine) {
  std::ostringstream out;
  out << JsonObject{{"a", "b\nc"}};
  EXPECT_EQ(out.str(), R"({"a":"b\nc"})");
}

TEST(JsonText, PlainMembersAreTextsWithoutQuotesAndOtherValuesAsJson) {
  EXPECT_THAT(PlainMembers(R"({"b":"x \"y\"","a":7,"c":[1],"d":{"e":1},"f":""})"),
              ElementsAre(Pair("b", "x \"y\""), Pair("a", "7"), Pair("c", "[1]"), Pair("f", "")));
}

TEST(JsonText, WhatIsNoObjectHasNoPlainMembers) {
  EXPECT_THAT(PlainMembers("[1]"), IsEmpty());
  EXPECT_THAT(PlainMembers("{"), IsEmpty());
}

}  // namespace
}  // namespace ringfence
