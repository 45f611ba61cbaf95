// Receivers that answer later: nobody waits for them, nothing is sent twice, and a number that is
// to be free does not wait for the slowest.
#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/blocker/blocker_fixture.h"

namespace ringfence {
namespace {

using S = ActionState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Takes everything, and says what `answer` says.
class LateSink final : public ActionSink {
 public:
  absl::Status Dispatch(const ActionRecord& action) override {
    ++dispatches;
    last = action;
    return answer;
  }
  absl::Status Restore(const ActionRecord& action) override {
    ++restores;
    last = action;
    return restore_answer;
  }
  bool Waits(const ActionRecord& action) const override {
    return IsPending(action.state == S::kRestoring ? restore_answer : answer);
  }

  absl::Status answer = PendingStatus("late");
  absl::Status restore_answer = PendingStatus("late");
  ActionRecord last;
  int dispatches = 0;
  int restores = 0;
};

class PendingTest : public BlockerTest {
 protected:
  PendingTest() { StartAll(); }

  void StartAll(EventTime now = kNoon) {
    auto created = Blocker::Create({lists_, proof_, journal_, orders_, {&sink_, &late_}, &feed_},
                                   options_, now);
    ASSERT_TRUE(created.ok()) << created.status();
    blocker_ = *std::move(created);
    proof_.entries = lists_.entries;
  }
  void Retry(EventTime now) {
    const absl::Status status = blocker_->RetryHeld(now);
    ASSERT_TRUE(status.ok()) << status;
  }
  ActionRecord Alert(EventTime now = kNoon) {
    Handle(alert_, now);
    return Stored(alert_);
  }
  void ReverseByPerson() {
    ActionRecord record = Stored(alert_);
    const absl::Status status = journal_.ReverseByPerson(record, "li", "", kNoon);
    ASSERT_TRUE(status.ok()) << status;
  }

  const Detection alert_ = AlertOf(kLine);
  FakeWhitelist proof_;
  LateSink late_;
};

TEST_F(PendingTest, WhatIsPendingIsSentAndNeitherConfirmedNorAnError) {
  EXPECT_EQ(Alert().state, S::kDispatched);
  EXPECT_EQ(blocker_->probe().sink_errors, 0u);
  EXPECT_EQ(blocker_->probe().pending, 1u);
  EXPECT_EQ(feed_.Count("unconfirmed"), 0);
}

TEST_F(PendingTest, WhileAReceiverThinksNobodyIsAskedAndNothingIsWritten) {
  Alert();
  const int lookups = proof_.lookups;
  for (int i = 1; i <= 5; ++i) Retry(kNoon + seconds(i));
  EXPECT_EQ(proof_.lookups, lookups);
  EXPECT_EQ(late_.dispatches, 1);
  EXPECT_EQ(Stored(alert_).attempts, 1u);
}

TEST_F(PendingTest, ItsAnswerConfirmsTheActionUnderItsOwnId) {
  const ActionId id = Alert().id;
  late_.answer = absl::OkStatus();
  Retry(kNoon + seconds(1));
  EXPECT_EQ(StateOf(alert_), S::kConfirmed);
  EXPECT_EQ(late_.last.id, id);
  EXPECT_EQ(sink_.effective, 1);
}

TEST_F(PendingTest, ListedBeforeItIsConfirmedItIsTakenBack) {
  Alert();
  late_.answer = absl::UnavailableError("it lay too long");
  late_.restore_answer = absl::OkStatus();
  proof_.entries[kLine].whitelisted = true;
  Retry(kNoon + seconds(1));
  EXPECT_EQ(StateOf(alert_), S::kReversed);
  EXPECT_EQ(late_.dispatches, 1);
}

TEST_F(PendingTest, WithoutProofItIsNotHandedOverAgain) {
  Alert();
  late_.answer = absl::UnavailableError("it lay too long");
  proof_.fault = FakeWhitelist::Fault::kUnavailable;
  Retry(kNoon + seconds(1));
  EXPECT_EQ(StateOf(alert_), S::kDispatched);
  EXPECT_EQ(late_.dispatches, 1);
}

TEST_F(PendingTest, AFailureIsToldToPeopleOnceWhenItComes) {
  Alert();
  late_.answer = absl::DeadlineExceededError("no answer");
  for (int i = 1; i <= 3; ++i) Retry(kNoon + seconds(i));
  EXPECT_EQ(feed_.Count(R"("alarm":"unconfirmed")"), 1);
  EXPECT_EQ(blocker_->probe().sink_errors, 3u);
}

TEST_F(PendingTest, RefusedLateItFailsOnceTheOthersGaveItBack) {
  Alert();
  late_.answer = absl::InvalidArgumentError("no such line");
  sink_.refuse_restore = absl::UnavailableError("down");
  Retry(kNoon + seconds(1));
  EXPECT_EQ(StateOf(alert_), S::kRestoring);
  EXPECT_EQ(feed_.Count(R"("alarm":"action-failed")"), 1);
  sink_.refuse_restore = absl::OkStatus();
  late_.restore_answer = absl::OkStatus();
  Retry(kNoon + seconds(2));
  EXPECT_EQ(StateOf(alert_), S::kFailed);
  EXPECT_EQ(Stored(alert_).reason, "refused-by-receiver");
  EXPECT_TRUE(sink_.in_force.empty());
  EXPECT_EQ(blocker_->probe().failed, 1u);
}

TEST_F(PendingTest, ARestorationReachesTheOthersWhileOneAndTheListsAreDown) {
  late_.answer = absl::OkStatus();
  Alert();
  ReverseByPerson();
  sink_.refuse_restore = absl::UnavailableError("redis is down");
  proof_.fault = FakeWhitelist::Fault::kUnavailable;
  late_.restore_answer = absl::OkStatus();
  for (int i = 1; i <= 3; ++i) Retry(kNoon + seconds(i));
  EXPECT_EQ(late_.restores, 1);  // once it took it back it is not asked again
  EXPECT_EQ(StateOf(alert_), S::kRestoring);
  EXPECT_EQ(feed_.Count(R"("alarm":"not-restored")"), 1);
  sink_.refuse_restore = absl::OkStatus();
  Retry(kNoon + seconds(4));
  EXPECT_EQ(StateOf(alert_), S::kReversed);
  EXPECT_EQ(late_.restores, 1);
}

TEST_F(PendingTest, TheSwitchesTableIsFreedWhileProvisioningThinks) {
  late_.answer = absl::OkStatus();
  Alert();
  ReverseByPerson();
  Retry(kNoon + seconds(1));
  EXPECT_TRUE(sink_.in_force.empty());
  EXPECT_EQ(StateOf(alert_), S::kRestoring);
  const int lookups = proof_.lookups;
  Retry(kNoon + seconds(2));
  EXPECT_EQ(proof_.lookups, lookups);
  EXPECT_EQ(sink_.restores, 1);
}

TEST_F(PendingTest, ADeadReceiverKeepsNoRestorationFromTheOthers) {
  late_.answer = absl::OkStatus();
  options_.breaker = {.per_minute = 100, .per_day = 100, .per_customer_day = 100};
  StartAll();
  for (int i = 0; i < 20; ++i) {
    const std::string number = "+121255501" + std::string(i < 10 ? "0" : "") + std::to_string(i);
    Handle(AlertOf(Caller(number)));
  }
  ASSERT_EQ(sink_.in_force.size(), 20u);
  late_.restore_answer = absl::UnavailableError("dead");
  ASSERT_TRUE(blocker_->ExpireDue(kNoon + hours(25)).ok());
  EXPECT_TRUE(sink_.in_force.empty());
  EXPECT_EQ(late_.restores, 5);  // then it is left out of this call
}

TEST_F(PendingTest, AConfirmationByAPersonIsToldUntilAllKnowIt) {
  late_.answer = absl::OkStatus();
  ActionRecord record = Alert();
  ASSERT_TRUE(journal_.ConfirmByPerson(record, "li", "", kNoon).ok());
  late_.answer = PendingStatus("late");
  late_.dispatches = 0;
  Retry(kNoon + seconds(1));
  Retry(kNoon + seconds(2));
  EXPECT_EQ(late_.dispatches, 0);  // it waits for something: not asked at all
  late_.answer = absl::OkStatus();
  Retry(kNoon + seconds(3));
  EXPECT_EQ(late_.dispatches, 1);
  EXPECT_EQ(late_.last.expires, std::nullopt);
  Retry(kNoon + seconds(4));
  EXPECT_EQ(late_.dispatches, 1);
}

TEST_F(PendingTest, AfterARestartAllReceiversAreAskedAgain) {
  Alert();
  StartAll(kNoon + seconds(1));
  late_.answer = absl::UnavailableError("restarted");
  Retry(kNoon + seconds(1));
  EXPECT_EQ(late_.dispatches, 2);
  late_.answer = absl::OkStatus();
  Retry(kNoon + seconds(2));
  EXPECT_EQ(StateOf(alert_), S::kConfirmed);
  EXPECT_EQ(sink_.effective, 1);
}

}  // namespace
}  // namespace ringfence
