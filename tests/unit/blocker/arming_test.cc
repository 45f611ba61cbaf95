// A machine that may not act at present decides as ever, cuts nobody off, and still frees people.
#include <gtest/gtest.h>

#include "tests/unit/blocker/blocker_fixture.h"

namespace ringfence {
namespace {

using S = ActionState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class ArmingTest : public BlockerTest {
 protected:
  void Retry(EventTime now = kNoon + seconds(5)) {
    const absl::Status status = blocker_->RetryHeld(now);
    ASSERT_TRUE(status.ok()) << status;
  }

  const Detection line_ = AlertOf(kLine);
  const Detection foreign_ = AlertOf(kForeign);
};

TEST_F(ArmingTest, DecidedWhileDisarmedIsRecordedWithItsOrderAndHeld) {
  blocker_->SetArmed(false, "start-up");
  Handle(line_);
  EXPECT_EQ(StateOf(line_), S::kHeld);
  EXPECT_EQ(Stored(line_).reason, "disarmed");
  EXPECT_EQ(Stored(line_).detail, "start-up");
  EXPECT_EQ(Orders(), 1u);
  EXPECT_EQ(sink_.calls, 0);
}

TEST_F(ArmingTest, WhileDisarmedTheListsAreNotAskedForProof) {
  FakeWhitelist proof = lists_;
  proof_lists_ = &proof;
  Start();
  blocker_->SetArmed(false, "start-up");
  ASSERT_TRUE(blocker_->Handle({line_, foreign_}, kNoon).ok());
  EXPECT_EQ(proof.lookups, 0);
}

TEST_F(ArmingTest, HeldWhileDisarmedIsCarriedOutOnceArmed) {
  blocker_->SetArmed(false, "start-up");
  Handle(line_);
  Retry();
  EXPECT_EQ(StateOf(line_), S::kHeld);
  EXPECT_EQ(sink_.calls, 0);
  blocker_->SetArmed(true, "caught up");
  Retry();
  EXPECT_EQ(StateOf(line_), S::kConfirmed);
  EXPECT_EQ(sink_.effective, 1);
}

TEST_F(ArmingTest, ListedWhileDisarmedIsNeverSent) {
  blocker_->SetArmed(false, "start-up");
  Handle(line_);
  lists_.entries[kLine].whitelisted = true;
  blocker_->SetArmed(true, "caught up");
  Retry();
  EXPECT_EQ(StateOf(line_), S::kWithdrawn);
  EXPECT_EQ(sink_.calls, 0);
}

TEST_F(ArmingTest, AnInterruptedProposalIsHeldAtARestartThatBeginsDisarmed) {
  ActionRecord proposal;
  proposal.id = MakeActionId(line_);
  proposal.subject = line_.subject;
  proposal.number = kLine;
  proposal.kind = proposal.would = ActionKind::kSuspend;
  proposal.mode = RuleMode::kEnforce;
  proposal.reason = "ledger-line";
  proposal.evidence.detection = line_;
  ASSERT_TRUE(journal_.Propose(proposal, kNoon).ok());
  options_.disarmed = "start-up";
  Start();
  EXPECT_FALSE(blocker_->armed());
  Retry();
  EXPECT_EQ(Stored(line_).reason, "disarmed");
  EXPECT_EQ(sink_.calls, 0);
}

TEST_F(ArmingTest, AuthorisedBeforeACrashIsHeldAgainWhileDisarmed) {
  blocker_->SetArmed(false, "start-up");
  Handle(line_);
  ActionRecord record = Stored(line_);
  ActionUpdate update;
  update.reason = "authorised";
  ASSERT_TRUE(journal_.Move(record, S::kAuthorised, update, kNoon).ok());
  Retry();
  EXPECT_EQ(StateOf(line_), S::kHeld);
  EXPECT_EQ(sink_.calls, 0);
}

TEST_F(ArmingTest, AnUnconfirmedActionIsNotSentAgainWhileDisarmed) {
  sink_.lose_answers = true;
  Handle(line_);
  sink_.lose_answers = false;
  blocker_->SetArmed(false, "the clock was set");
  Retry();
  EXPECT_EQ(StateOf(line_), S::kDispatched);
  EXPECT_EQ(sink_.calls, 1);
  blocker_->SetArmed(true, "the clock is steady");
  Retry();
  EXPECT_EQ(StateOf(line_), S::kConfirmed);
  EXPECT_EQ(sink_.effective, 1);
}

TEST_F(ArmingTest, AnUnconfirmedActionThatIsListedMeanwhileIsTakenBackWhileDisarmed) {
  sink_.lose_answers = true;
  Handle(line_);
  lists_.entries[kLine].whitelisted = true;
  blocker_->SetArmed(false, "the clock was set");
  Retry();
  EXPECT_EQ(StateOf(line_), S::kReversed);
  EXPECT_TRUE(sink_.in_force.empty());
}

TEST_F(ArmingTest, ExpiryLiftingAndReversalGoOnWhileDisarmed) {
  const CallingNumber third = Caller("+12125550103");
  const Detection other = AlertOf(third);
  ASSERT_TRUE(blocker_->Handle({line_, foreign_, other}, kNoon).ok());
  blocker_->SetArmed(false, "operator");
  ASSERT_TRUE(blocker_->Reverse(MakeActionId(other), "wang", "", kNoon + minutes(1)).ok());
  EXPECT_EQ(StateOf(other), S::kReversed);
  lists_.entries[kLine].whitelisted = true;
  ASSERT_TRUE(blocker_->LiftListed(kNoon + minutes(1)).ok());
  EXPECT_EQ(StateOf(line_), S::kReversed);
  ASSERT_TRUE(blocker_->ExpireDue(kNoon + hours(25)).ok());
  EXPECT_EQ(StateOf(foreign_), S::kExpired);
  EXPECT_TRUE(sink_.in_force.empty());
}

TEST_F(ArmingTest, PeopleAreToldOnceOfEachChange) {
  blocker_->SetArmed(false, "the clock was set");
  Retry();
  Retry();
  EXPECT_EQ(feed_.Count(R"("alarm":"disarmed")"), 1);
  EXPECT_EQ(feed_.Count("the clock was set"), 1);
  blocker_->SetArmed(true, "the clock is steady");
  Retry();
  Retry();
  EXPECT_EQ(feed_.Count(R"("alarm":"armed")"), 1);
}

}  // namespace
}  // namespace ringfence
