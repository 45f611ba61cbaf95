// Clocks that jump, evidence that grows old, lines that change hands, and more of everything than
// one round can take.
#include <gtest/gtest.h>

#include "tests/unit/blocker/blocker_fixture.h"

namespace ringfence {
namespace {

using S = ActionState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

using ClockTest = BlockerTest;

constexpr auto kYears = hours(24 * 365 * 70);

TEST_F(ClockTest, ASuspensionOfAClockThatWasYearsAheadEndsWhenTheClockIsPutRight) {
  const EventTime wrong = kNoon + kYears;
  Start(wrong);
  Handle(AlertOf(kLine, wrong), wrong);
  EXPECT_EQ(StateOf(AlertOf(kLine, wrong)), S::kConfirmed);
  ASSERT_TRUE(blocker_->ExpireDue(kNoon).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine, wrong)), S::kExpired);
  EXPECT_TRUE(sink_.in_force.empty());
}

TEST_F(ClockTest, ASuspensionOfAClockThatWasAMomentAheadLastsAsLongAsItShould) {
  Handle(AlertOf(kLine), kNoon + minutes(10));
  ASSERT_TRUE(blocker_->ExpireDue(kNoon).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kConfirmed);
}

TEST_F(ClockTest, ABoundCountedByAClockThatWasYearsAheadIsOverAMinuteAfterItIsPutRight) {
  options_.breaker.per_minute = 1;
  const EventTime wrong = kNoon + kYears;
  Start(wrong);
  Handle(AlertOf(kLine, wrong), wrong);
  Handle(AlertOf(kForeign), kNoon);
  EXPECT_EQ(Stored(AlertOf(kForeign)).reason, "breaker-minute");
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(61)).ok());
  EXPECT_EQ(StateOf(AlertOf(kForeign)), S::kConfirmed);
}

TEST_F(ClockTest, HeldEvidenceThatHasGrownTooOldIsNotActedOnWhenTheListsAreBack) {
  options_.limits.evidence_age_max = hours(24);
  Start();
  lists_.fault = FakeWhitelist::Fault::kUnavailable;
  Handle(AlertOf(kLine));
  lists_.fault = FakeWhitelist::Fault::kNone;
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + hours(30)).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kWithdrawn);
  EXPECT_EQ(Stored(AlertOf(kLine)).reason, "evidence-too-old");
  EXPECT_EQ(sink_.calls, 0);
  EXPECT_EQ(Orders(), 1u);  // a person still looks
}

TEST_F(ClockTest, WhatIsTooOldDoesNotWaitForListsOrBounds) {
  options_.limits.evidence_age_max = hours(24);
  options_.breaker.per_day = 1;
  Start();
  Handle(AlertOf(kForeign));
  Handle(AlertOf(kLine));
  EXPECT_EQ(Stored(AlertOf(kLine)).reason, "breaker-day");
  lists_.fault = FakeWhitelist::Fault::kUnavailable;
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + hours(30)).ok());
  EXPECT_EQ(Stored(AlertOf(kLine)).reason, "evidence-too-old");
}

TEST_F(ClockTest, WhatWasCalledOffByAPersonsEarlierDecisionStaysHeldHoweverOld) {
  options_.limits.evidence_age_max = hours(24);
  Start();
  Handle(AlertOf(kLine));
  ASSERT_TRUE(blocker_->Reverse(MakeActionId(AlertOf(kLine)), "wang", "", kNoon).ok());
  Handle(AlertOf(kLine, kNoon));
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + hours(30)).ok());
  EXPECT_EQ(Stored(AlertOf(kLine, kNoon)).reason, "person-decided");
}

TEST_F(ClockTest, ASuspensionIsLiftedWhenTheNumberBelongsToAnotherLine) {
  Handle(AlertOf(kLine));
  lists_.entries[kLine].owner->line = LineId("LINE-2");
  lists_.entries[kLine].owner->customer = CustomerId("C-2");
  ASSERT_TRUE(blocker_->LiftListed(kNoon + minutes(1)).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kReversed);
  EXPECT_EQ(Stored(AlertOf(kLine)).reason, "owner-changed");
  EXPECT_TRUE(sink_.in_force.empty());
}

TEST_F(ClockTest, ABlockIsLiftedWhenTheNumberHasBecomeALedgerLine) {
  Handle(AlertOf(kForeign));
  lists_.entries[kForeign] = LineListing(kForeign);
  ASSERT_TRUE(blocker_->LiftListed(kNoon + minutes(1)).ok());
  EXPECT_EQ(Stored(AlertOf(kForeign)).reason, "owner-changed");
  EXPECT_TRUE(sink_.in_force.empty());
}

TEST_F(ClockTest, ASuspensionStaysWhileItsLineOnlyChangesItsStatus) {
  Handle(AlertOf(kLine));
  lists_.entries[kLine].owner->status = LineStatus::kWarned;
  lists_.entries[kLine].owner->industry = "property";
  ASSERT_TRUE(blocker_->LiftListed(kNoon + minutes(1)).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kConfirmed);
}

CallingNumber NumberAt(int index) { return Caller("+12125" + std::to_string(100000 + index)); }

TEST_F(ClockTest, ManyHeldActionsAreDecidedInTurnsThatReachAll) {
  constexpr int kMany = 2500;
  options_.breaker = {.per_minute = 100'000, .per_day = 100'000, .per_customer_day = 100'000};
  Start();
  lists_.fault = FakeWhitelist::Fault::kUnavailable;
  std::vector<Detection> alerts;
  for (int i = 0; i < kMany; ++i) alerts.push_back(AlertOf(NumberAt(i)));
  ASSERT_TRUE(blocker_->Handle(alerts, kNoon).ok());
  lists_.fault = FakeWhitelist::Fault::kNone;
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(1)).ok());
  EXPECT_GE(sink_.effective, 500);
  EXPECT_LE(sink_.effective, 1000);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(2 + i)).ok());
  EXPECT_EQ(sink_.effective, kMany);
}

TEST_F(ClockTest, HeldActionsOfOneCustomerDoNotKeepOthersFromTheirTurn) {
  constexpr int kMany = 1200;
  options_.breaker = {.per_minute = 100'000, .per_day = 100'000, .per_customer_day = 1};
  Start();
  std::vector<Detection> alerts;
  for (int i = 0; i < kMany; ++i) {
    lists_.entries[NumberAt(i)] = LineListing(NumberAt(i));
    alerts.push_back(AlertOf(NumberAt(i)));
  }
  ASSERT_TRUE(blocker_->Handle(alerts, kNoon).ok());
  lists_.fault = FakeWhitelist::Fault::kUnavailable;
  Handle(AlertOf(kForeign), kNoon + seconds(1));
  lists_.fault = FakeWhitelist::Fault::kNone;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(2 + i)).ok());
  EXPECT_EQ(StateOf(AlertOf(kForeign)), S::kConfirmed);
}

TEST_F(ClockTest, PastABoundForAllNoFurtherProofIsAskedFor) {
  options_.breaker.per_minute = 2;
  FakeWhitelist proof = lists_;
  proof_lists_ = &proof;
  Start();
  std::vector<Detection> alerts;
  for (int i = 0; i < 50; ++i) alerts.push_back(AlertOf(NumberAt(i)));
  ASSERT_TRUE(blocker_->Handle(alerts, kNoon).ok());
  EXPECT_EQ(sink_.effective, 2);
  EXPECT_EQ(proof.lookups, 3);
  EXPECT_EQ(Stored(alerts[49]).reason, "breaker-minute");
}

}  // namespace
}  // namespace ringfence
