// What people order themselves stands above the machine, and below the compiled-in floor.
#include "blocker/manual_action.h"

#include <gtest/gtest.h>

#include "tests/unit/blocker/blocker_fixture.h"

namespace ringfence {
namespace {

using S = ActionState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class ManualTest : public BlockerTest {
 protected:
  static ManualOrder OrderOf(CallingNumber number, ActionKind kind = ActionKind::kSuspend) {
    return {.number = number, .kind = kind, .person = "li", .note = "the regulator's letter"};
  }
  Listing ListingOf(CallingNumber number) { return lists_.Lookup({number}, kNoon)->front(); }

  // Recorded as the command does it, and carried out by the next round.
  ActionId Order(CallingNumber number, ActionKind kind = ActionKind::kSuspend) {
    auto action = MakeManualAction(OrderOf(number, kind), ListingOf(number), kNoon);
    EXPECT_TRUE(action.ok()) << action.status();
    const absl::Status recorded = journal_.OrderByPerson(*action, kNoon);
    EXPECT_TRUE(recorded.ok()) << recorded;
    Retry(kNoon);
    return action->id;
  }
  void Retry(EventTime now) {
    const absl::Status status = blocker_->RetryHeld(now);
    ASSERT_TRUE(status.ok()) << status;
  }
  ActionRecord Stored(const ActionId& id) { return journal_.Find(id)->value(); }
};

TEST_F(ManualTest, IsCarriedOutWithItsPersonAndWithoutAnEnd) {
  const ActionRecord action = Stored(Order(kLine));
  EXPECT_EQ(action.state, S::kConfirmed);
  EXPECT_EQ(action.person, "li");
  EXPECT_EQ(action.kind, ActionKind::kSuspend);
  EXPECT_EQ(action.expires, std::nullopt);
  EXPECT_EQ(action.line, LineId("LINE-1"));
  EXPECT_EQ(sink_.effective, 1);
}

TEST_F(ManualTest, NeedsNeitherListsNorArmingNorTheBreaker) {
  options_.breaker.per_minute = 1;
  options_.disarmed = "start-up";
  Start();
  Listing listing = ListingOf(kLine);
  lists_.fault = FakeWhitelist::Fault::kUnavailable;
  ActionRecord action = MakeManualAction(OrderOf(kLine), listing, kNoon).value();
  ASSERT_TRUE(journal_.OrderByPerson(action, kNoon).ok());
  Retry(kNoon);
  EXPECT_EQ(Stored(action.id).state, S::kConfirmed);
}

TEST_F(ManualTest, IsNotLiftedByTheListsAndDoesNotExpire) {
  const ActionId id = Order(kLine);
  lists_.entries[kLine].whitelisted = true;
  ASSERT_TRUE(blocker_->LiftListed(kNoon + minutes(1)).ok());
  ASSERT_TRUE(blocker_->ExpireDue(kNoon + hours(24 * 365)).ok());
  EXPECT_EQ(Stored(id).state, S::kConfirmed);
  EXPECT_EQ(sink_.restores, 0);
}

TEST_F(ManualTest, WhatTheReceiverDidNotConfirmIsSentAgainWithoutProof) {
  sink_.refuse = absl::UnavailableError("down");
  const ActionId id = Order(kLine);
  EXPECT_EQ(Stored(id).state, S::kDispatched);
  lists_.fault = FakeWhitelist::Fault::kUnavailable;
  sink_.refuse = absl::OkStatus();
  Retry(kNoon + seconds(1));
  EXPECT_EQ(Stored(id).state, S::kConfirmed);
}

TEST_F(ManualTest, TheMachineAddsNothingAgainstThatNumber) {
  Order(kLine);
  Handle(AlertOf(kLine));
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kWithdrawn);
  EXPECT_EQ(BlockerTest::Stored(AlertOf(kLine)).reason, "already-open");
  EXPECT_EQ(sink_.calls, 1);
}

TEST_F(ManualTest, WhatTheMachineHasUnderWayGivesWay) {
  sink_.refuse = absl::UnavailableError("down");
  Handle(AlertOf(kLine));
  ASSERT_EQ(StateOf(AlertOf(kLine)), S::kDispatched);
  // As another process may just have recorded it.
  ActionRecord action = MakeManualAction(OrderOf(kLine), ListingOf(kLine), kNoon).value();
  ASSERT_TRUE(journal_.Propose(action, kNoon).ok());
  ActionUpdate update;
  update.reason = "ordered-by-person";
  update.person = "li";
  action = Stored(action.id);
  ASSERT_TRUE(journal_.Move(action, S::kAuthorised, update, kNoon).ok());
  sink_.refuse = absl::OkStatus();
  Retry(kNoon + seconds(1));
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kReversed);
  EXPECT_EQ(Stored(action.id).state, S::kConfirmed);
  EXPECT_EQ(sink_.in_force[kLine], action.id.value());
}

TEST_F(ManualTest, ARestoredNumberIsHeldForPeople) {
  Order(kLine);
  const auto freed = journal_.FreeByPerson(kLine, "wang", "", kNoon);
  ASSERT_TRUE(freed.ok()) << freed.status();
  ASSERT_EQ(freed->size(), 1u);
  Retry(kNoon + seconds(1));
  EXPECT_EQ(Stored(freed->front().id).state, S::kReversed);
  EXPECT_TRUE(sink_.in_force.empty());
  Handle(AlertOf(kLine), kNoon + minutes(1));
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kHeld);
  EXPECT_EQ(BlockerTest::Stored(AlertOf(kLine)).reason, "person-decided");
}

TEST_F(ManualTest, ANumberIsFreedOfAllThatIsInForceAndHeld) {
  Handle(AlertOf(kForeign));
  lists_.fault = FakeWhitelist::Fault::kUnavailable;
  const Detection second = AlertOf(kForeign, kNoon);
  Handle(second);
  ASSERT_EQ(StateOf(second), S::kHeld);
  EXPECT_EQ(journal_.FreeByPerson(kForeign, "wang", "", kNoon)->size(), 2u);
  EXPECT_EQ(StateOf(AlertOf(kForeign)), S::kRestoring);
  EXPECT_EQ(StateOf(second), S::kWithdrawn);
  EXPECT_TRUE(journal_.FreeByPerson(kLine, "wang", "", kNoon)->empty());
}

TEST_F(ManualTest, TheFloorIsRefusedWhateverAPersonSays) {
  ManualOrder order = OrderOf(Caller("110"), ActionKind::kBlock);
  order.protected_line_too = true;
  const auto action = MakeManualAction(order, ListingOf(order.number), kNoon);
  EXPECT_TRUE(absl::IsFailedPrecondition(action.status())) << action.status();
}

TEST_F(ManualTest, TheFloorIsAskedAgainBeforeAnythingIsSent) {
  ActionRecord action = MakeManualAction(OrderOf(kLine), ListingOf(kLine), kNoon).value();
  action.number = Caller("110");
  ASSERT_TRUE(journal_.OrderByPerson(action, kNoon).ok());
  Retry(kNoon);
  EXPECT_EQ(Stored(action.id).state, S::kWithdrawn);
  EXPECT_EQ(sink_.calls, 0);
}

TEST_F(ManualTest, AProtectedLineNeedsToBeMeantAndIsRecordedAsSuch) {
  ManualOrder order = OrderOf(kHospital);
  const auto refused = MakeManualAction(order, ListingOf(kHospital), kNoon);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status()));
  EXPECT_NE(refused.status().message().find("hospital"), absl::string_view::npos);
  order.protected_line_too = true;
  const auto action = MakeManualAction(order, ListingOf(kHospital), kNoon);
  ASSERT_TRUE(action.ok()) << action.status();
  EXPECT_EQ(action->reason, "ordered-for-protected-line");
  EXPECT_EQ(action->evidence.listing, ListingLabel::kListed);
}

TEST_F(ManualTest, LinesAreSuspendedAndOtherNumbersBlocked) {
  const auto make = [&](CallingNumber number, ActionKind kind) {
    return MakeManualAction(OrderOf(number, kind), ListingOf(number), kNoon).status();
  };
  EXPECT_TRUE(make(kForeign, ActionKind::kBlock).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(make(kForeign, ActionKind::kSuspend)));
  EXPECT_TRUE(absl::IsFailedPrecondition(make(kLine, ActionKind::kBlock)));
  EXPECT_TRUE(absl::IsInvalidArgument(make(kLine, ActionKind::kNone)));
}

TEST_F(ManualTest, NobodyCantOrder) {
  ManualOrder order = OrderOf(kLine);
  order.person.clear();
  EXPECT_FALSE(MakeManualAction(order, ListingOf(kLine), kNoon).ok());
  ActionRecord action = MakeManualAction(OrderOf(kLine), ListingOf(kLine), kNoon).value();
  action.person = " ";
  EXPECT_TRUE(absl::IsInvalidArgument(journal_.OrderByPerson(action, kNoon)));
}

TEST_F(ManualTest, AnOrderAgainstAStoppedNumberNamesTheActionToConfirm) {
  Handle(AlertOf(kLine));
  ActionRecord action = MakeManualAction(OrderOf(kLine), ListingOf(kLine), kNoon).value();
  const absl::Status status = journal_.OrderByPerson(action, kNoon);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_NE(status.message().find(MakeActionId(AlertOf(kLine)).value()), absl::string_view::npos);
}

TEST_F(ManualTest, OrdersDoNotUseUpTheMachinesBound) {
  options_.breaker.per_day = 1;
  Start();
  Order(kLine);
  Start(kNoon + minutes(1));  // what the journal says counts
  Handle(AlertOf(kForeign), kNoon + minutes(1));
  EXPECT_EQ(StateOf(AlertOf(kForeign)), S::kConfirmed);
}

}  // namespace
}  // namespace ringfence
