// The messages of docs/line-provisioning.md.
#include "blocker/delivery/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "blocker/manual_action.h"
#include "ingest/json/json_text.h"
#include "tests/json.h"
#include "tests/unit/blocker/delivery/requests.h"

namespace ringfence {
namespace {

using Json = CheckedJson;

TEST(DeliveryMessage, ASuspensionSaysAllThatAReceiverNeeds) {
  Request request = SuspendRequest("a1", 7);
  request.valid_until = kNoon + std::chrono::seconds(10);
  request.attempt = 2;
  const Json json = Json::Parse(RequestToJson(request));
  EXPECT_EQ(json.at("version"), 1);
  EXPECT_EQ(json.at("id"), "a1");
  EXPECT_EQ(json.at("command"), "suspend");
  EXPECT_EQ(json.at("sequence"), 7);
  EXPECT_EQ(json.at("number"), "+866315550001");
  EXPECT_EQ(json.at("line"), "LINE-1");
  EXPECT_EQ(json.at("expires"), "2026-11-25T04:00:00+00:00");
  EXPECT_EQ(json.at("valid_until"), "2026-11-24T04:00:10+00:00");
  EXPECT_EQ(json.at("reason"), "line-frequency");
  EXPECT_EQ(json.at("attempt"), 2);
  EXPECT_EQ(json.at("evidence").at("count"), 301);
}

TEST(DeliveryMessage, OneWithoutAnEndSaysSo) {
  Request request = SuspendRequest("a1", 7);
  request.action.expires.reset();
  EXPECT_TRUE(Json::Parse(RequestToJson(request)).at("expires").is_null());
}

TEST(DeliveryMessage, APersonsOrderSaysWho) {
  Request request = SuspendRequest("a1", 7);
  request.action.evidence.detection.rule = RuleId(kManualRule);
  request.action.person = "li";
  const Json json = Json::Parse(RequestToJson(request));
  EXPECT_EQ(json.at("reason"), "ordered-by-person");
  EXPECT_EQ(json.at("person"), "li");
  EXPECT_EQ(json.at("evidence").at("rule"), "manual");
  EXPECT_FALSE(json.at("evidence").contains("count"));
}

TEST(DeliveryMessage, ARestorationIsGoodAtAnyTime) {
  const Json json = Json::Parse(RequestToJson(RestoreRequest("a1", 9)));
  EXPECT_EQ(json.at("command"), "restore");
  EXPECT_FALSE(json.contains("valid_until"));
  EXPECT_FALSE(json.contains("expires"));
}

TEST(DeliveryMessage, AnActionWithoutANumberOrKindIsNone) {
  ActionRecord action = SuspendRequest("a1", 7).action;
  action.kind = ActionKind::kHeld;
  EXPECT_TRUE(absl::IsInvalidArgument(MakeDispatch(action, 1).status()));
  action.kind = ActionKind::kBlock;
  EXPECT_EQ(MakeDispatch(action, 1)->command, Command::kBlock);
  action.number = CallingNumber();
  EXPECT_TRUE(absl::IsInvalidArgument(MakeDispatch(action, 1).status()));
}

// A refusal in which `key`, if it is given, has another value; absent: it is left out.
std::string AnswerText(std::string_view key = {}, const std::optional<JsonValue>& value = {}) {
  const std::vector<std::pair<std::string_view, JsonValue>> members = {
      {"version", 1},  {"id", "a1"},           {"command", "suspend"},
      {"sequence", 7}, {"outcome", "refused"}, {"text", "no such line"}};
  JsonObject answer;
  for (const auto& [name, usual] : members) {
    if (name != key) answer.Add(name, usual);
    if (name == key && value.has_value()) answer.Add(name, *value);
  }
  return answer.json();
}

TEST(DeliveryAnswer, IsRead) {
  const auto answer = AnswerFromJson(AnswerText());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->outcome, Outcome::kRefused);
  EXPECT_EQ(answer->text, "no such line");
  EXPECT_TRUE(answer->Fits(SuspendRequest("a1", 7)));
}

TEST(DeliveryAnswer, FitsNoOtherStateOfTheAction) {
  const auto answer = AnswerFromJson(AnswerText());
  EXPECT_FALSE(answer->Fits(SuspendRequest("a2", 7)));
  EXPECT_FALSE(answer->Fits(SuspendRequest("a1", 8)));
  EXPECT_FALSE(answer->Fits(RestoreRequest("a1", 7)));
}

TEST(DeliveryAnswer, WhatIsMissingOrWrongIsNamed) {
  for (const char* key : {"version", "id", "command", "sequence", "outcome"}) {
    EXPECT_THAT(std::string(AnswerFromJson(AnswerText(key)).status().message()),
                testing::HasSubstr(key));
    const JsonValue list = JsonValue::Parse("[]");
    EXPECT_TRUE(absl::IsInvalidArgument(AnswerFromJson(AnswerText(key, list)).status())) << key;
  }
  EXPECT_FALSE(AnswerFromJson(AnswerText("outcome", "perhaps")).ok());
  EXPECT_FALSE(AnswerFromJson(AnswerText("version", 2)).ok());
  EXPECT_FALSE(AnswerFromJson("").ok());
  EXPECT_FALSE(AnswerFromJson("[1]").ok());
  EXPECT_FALSE(AnswerFromJson(std::string(kMaxAnswerBytes + 1, ' ')).ok());
}

TEST(DeliveryAnswer, ItsSentenceIsCutAndHarmless) {
  const auto answer = AnswerFromJson(AnswerText("text", "a\nb\x1b" + std::string(999, 'c')));
  EXPECT_EQ(answer->text.substr(0, 4), "a b ");
  EXPECT_EQ(answer->text.size(), 200u);
}

}  // namespace
}  // namespace ringfence
