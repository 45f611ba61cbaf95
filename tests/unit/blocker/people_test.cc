// People decide in other processes at any moment, also in the midst of what the blocker does: their
// decision stands, and the blocker goes on.
#include <gtest/gtest.h>

#include "tests/unit/blocker/blocker_fixture.h"

namespace ringfence {
namespace {

using S = ActionState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class PeopleTest : public BlockerTest {
 protected:
  // As another process does it: with what stands in the journal at that moment.
  void Reverse(const Detection& alert, EventTime now = kNoon) {
    ActionRecord record = Stored(alert);
    const absl::Status status = journal_.ReverseByPerson(record, "wang", "", now);
    ASSERT_TRUE(status.ok()) << status;
  }
  void Confirm(const Detection& alert, EventTime now = kNoon) {
    ActionRecord record = Stored(alert);
    const absl::Status status = journal_.ConfirmByPerson(record, "wang", "", now);
    ASSERT_TRUE(status.ok()) << status;
  }

  const Detection line_ = AlertOf(kLine);
  const Detection foreign_ = AlertOf(kForeign);
};

TEST_F(PeopleTest, CalledOffWhileTheProofIsAskedForIsNotSent) {
  FakeWhitelist proof = lists_;
  proof_lists_ = &proof;
  Start();
  proof.meanwhile = [this] { Reverse(line_); };
  ASSERT_TRUE(blocker_->Handle({line_, foreign_}, kNoon).ok());
  EXPECT_EQ(StateOf(line_), S::kWithdrawn);
  EXPECT_EQ(Stored(line_).person, "wang");
  EXPECT_EQ(StateOf(foreign_), S::kConfirmed);
  EXPECT_EQ(sink_.numbers, std::set{kForeign});
}

TEST_F(PeopleTest, CalledOffWhileHeldOnesAreDecidedAgainIsNotSent) {
  FakeWhitelist proof = lists_;
  proof_lists_ = &proof;
  proof.fault = FakeWhitelist::Fault::kUnavailable;
  Start();
  ASSERT_TRUE(blocker_->Handle({line_, foreign_}, kNoon).ok());
  proof.fault = FakeWhitelist::Fault::kNone;
  proof.meanwhile = [this] {
    Reverse(line_);
    Reverse(foreign_);
  };
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(5)).ok());
  EXPECT_EQ(StateOf(line_), S::kWithdrawn);
  EXPECT_EQ(StateOf(foreign_), S::kWithdrawn);
  EXPECT_EQ(sink_.calls, 0);
}

TEST_F(PeopleTest, ReversedWhileItIsSentIsTakenBack) {
  sink_.meanwhile = [this] { Reverse(line_); };
  ASSERT_TRUE(blocker_->Handle({line_, foreign_}, kNoon).ok());
  EXPECT_EQ(StateOf(foreign_), S::kConfirmed);
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(1)).ok());
  EXPECT_EQ(StateOf(line_), S::kReversed);
  EXPECT_EQ(sink_.in_force.size(), 1u);
}

TEST_F(PeopleTest, ConfirmedWhileItsExpiryIsCarriedOutStaysInForce) {
  Handle(line_);
  Handle(foreign_, kNoon + seconds(1));
  const EventTime tomorrow = kNoon + hours(25);
  sink_.meanwhile = [this, tomorrow] { Confirm(foreign_, tomorrow); };
  ASSERT_TRUE(blocker_->ExpireDue(tomorrow).ok());
  EXPECT_EQ(StateOf(line_), S::kExpired);
  EXPECT_EQ(StateOf(foreign_), S::kConfirmed);
  EXPECT_EQ(Stored(foreign_).person, "wang");
  EXPECT_EQ(Stored(foreign_).expires, std::nullopt);
  EXPECT_EQ(sink_.in_force.count(kForeign), 1u);
}

TEST_F(PeopleTest, ConfirmedWhileTheListsAreAskedStaysInForce) {
  Handle(line_);
  lists_.entries[kLine].whitelisted = true;
  lists_.meanwhile = [this] { Confirm(line_); };
  ASSERT_TRUE(blocker_->LiftListed(kNoon + minutes(1)).ok());
  EXPECT_EQ(StateOf(line_), S::kConfirmed);
  EXPECT_EQ(Stored(line_).person, "wang");
}

TEST_F(PeopleTest, ReversedWhileItExpiresIsReversedByThatPerson) {
  Handle(line_);
  Handle(foreign_, kNoon + seconds(1));
  const EventTime tomorrow = kNoon + hours(25);
  sink_.meanwhile = [this, tomorrow] { Reverse(foreign_, tomorrow); };
  ASSERT_TRUE(blocker_->ExpireDue(tomorrow).ok());
  ASSERT_TRUE(blocker_->RetryHeld(tomorrow).ok());
  EXPECT_EQ(StateOf(foreign_), S::kReversed);
  EXPECT_TRUE(journal_.FreedByPerson(kForeign).value());
}

TEST_F(PeopleTest, NobodyCantDecideAnything) {
  Handle(line_);
  for (const char* nobody : {"", " ", "\t"}) {
    ActionRecord record = Stored(line_);
    EXPECT_TRUE(absl::IsInvalidArgument(journal_.ConfirmByPerson(record, nobody, "", kNoon)));
    EXPECT_TRUE(absl::IsInvalidArgument(journal_.ReverseByPerson(record, nobody, "", kNoon)));
    EXPECT_TRUE(absl::IsInvalidArgument(journal_.RecordReset(nobody, kNoon)));
  }
  EXPECT_EQ(Stored(line_).expires, kNoon + hours(24));
}

TEST_F(PeopleTest, AConfirmationThatTheReceiverRefusesKeepsNoOtherFromBeingTold) {
  Handle(line_);
  Handle(foreign_);
  Confirm(line_, kNoon + seconds(1));
  Confirm(foreign_, kNoon + seconds(2));
  sink_.refuse_number[kLine] = absl::InvalidArgumentError("closed by a person");
  const int calls = sink_.calls;
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(5)).ok());
  EXPECT_EQ(sink_.calls, calls + 2);
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + minutes(5)).ok());
  EXPECT_EQ(sink_.calls, calls + 2);  // once is enough
}

TEST_F(PeopleTest, AConfirmationIsToldWhateverItsClockSaid) {
  Handle(line_);
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + hours(2)).ok());
  Confirm(line_, kNoon);  // the clock was put back
  const int calls = sink_.calls;
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(5)).ok());
  EXPECT_EQ(sink_.calls, calls + 1);
}

TEST_F(PeopleTest, AConfirmationThatCouldNotBeToldIsToldLater) {
  Handle(line_);
  Confirm(line_);
  sink_.refuse = absl::UnavailableError("down");
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(5)).ok());
  sink_.refuse = absl::OkStatus();
  const int calls = sink_.calls;
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + hours(1)).ok());
  EXPECT_EQ(sink_.calls, calls + 1);
}

}  // namespace
}  // namespace ringfence
