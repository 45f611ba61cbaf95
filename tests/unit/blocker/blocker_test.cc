// The composition: what happens to detections when lists, receivers and the process fail.
#include "blocker/blocker.h"

#include <gtest/gtest.h>

#include "tests/unit/blocker/blocker_fixture.h"

namespace ringfence {
namespace {

using S = ActionState;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_F(BlockerTest, ALedgerLineIsSuspendedForADayWithAWorkOrder) {
  const Detection alert = AlertOf(kLine);
  Handle(alert);
  const ActionRecord action = Stored(alert);
  EXPECT_EQ(action.state, S::kConfirmed);
  EXPECT_EQ(action.kind, ActionKind::kSuspend);
  EXPECT_EQ(action.expires, kNoon + hours(24));
  EXPECT_EQ(action.evidence.list->version, 7u);
  EXPECT_EQ(action.line, LineId("LINE-1"));
  EXPECT_EQ(sink_.effective, 1);
  const auto orders = orders_.List({}).value();
  ASSERT_EQ(orders.size(), 1u);
  EXPECT_EQ(orders[0].kind, OrderKind::kVerifySuspension);
  EXPECT_EQ(orders[0].priority, 1);
  EXPECT_EQ(orders[0].causes, std::vector{action.id});
}

TEST_F(BlockerTest, EveryStepIsInTheJournalAndInTheFeed) {
  const Detection alert = AlertOf(kLine);
  Handle(alert);
  std::vector<S> states;
  const std::vector<ActionChange> history = journal_.History(MakeActionId(alert)).value();
  for (const ActionChange& change : history) states.push_back(change.to);
  EXPECT_EQ(states, (std::vector{S::kProposed, S::kAuthorised, S::kDispatched, S::kConfirmed}));
  EXPECT_EQ(feed_.Count(R"("type":"action")"), 4);
  EXPECT_EQ(feed_.Count(R"("type":"order")"), 1);
}

TEST_F(BlockerTest, AForeignNumberIsBlocked) {
  Handle(AlertOf(kForeign));
  EXPECT_EQ(Stored(AlertOf(kForeign)).kind, ActionKind::kBlock);
  EXPECT_EQ(StateOf(AlertOf(kForeign)), S::kConfirmed);
}

TEST_F(BlockerTest, AHospitalWith5000CallsIsReportedAndLeftAlone) {
  Detection alert = AlertOf(kHospital);
  alert.count = 5000;
  Handle(alert);
  EXPECT_EQ(StateOf(alert), S::kReported);
  EXPECT_EQ(Stored(alert).reason, "protected-class");
  EXPECT_EQ(sink_.calls, 0);
  EXPECT_EQ(Orders(), 0u);
}

TEST_F(BlockerTest, AWhitelistedNumberIsReportedAndLeftAlone) {
  lists_.entries[kLine].whitelisted = true;
  Handle(AlertOf(kLine));
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kReported);
  EXPECT_EQ(sink_.calls, 0);
  EXPECT_EQ(Orders(), 0u);
}

TEST_F(BlockerTest, TheFloorHoldsEvenWhenTheListsForgotIt) {
  const CallingNumber emergency = Caller("110");
  Handle(AlertOf(emergency));
  EXPECT_EQ(StateOf(AlertOf(emergency)), S::kWithdrawn);
  EXPECT_EQ(Stored(AlertOf(emergency)).reason, "protected-floor");
  EXPECT_EQ(sink_.calls, 0);
}

TEST_F(BlockerTest, ObserveRecordsWhatWouldHaveBeenDone) {
  options_.rules.clear();
  Start();
  Handle(AlertOf(kLine));
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kReported);
  EXPECT_EQ(Stored(AlertOf(kLine)).kind, ActionKind::kNone);
  EXPECT_EQ(Stored(AlertOf(kLine)).would, ActionKind::kSuspend);
  EXPECT_EQ(sink_.calls, 0);
  EXPECT_EQ(Orders(), 0u);
}

TEST_F(BlockerTest, ALineTotalOpensAnOrderAndTouchesNothing) {
  Detection alert = AlertOf(kLine);
  alert.rule = RuleId("line-total");
  alert.subject = {SubjectKind::kLine, CallingNumber(), "LINE-1"};
  Handle(alert);
  EXPECT_EQ(StateOf(alert), S::kReported);
  EXPECT_EQ(orders_.List({})->at(0).kind, OrderKind::kOverDeclared);
  EXPECT_EQ(sink_.calls, 0);
}

TEST_F(BlockerTest, AFloodOpensAnOrderAndTouchesNeitherVictimNorCaller) {
  options_.rules.push_back({RuleId("called-flood"), RuleMode::kEnforce});
  Start();
  Detection flood = FloodOf(CalledNumber(Caller("+866315559001").number()));
  flood.number = kLine;
  Handle(flood);
  EXPECT_EQ(StateOf(flood), S::kReported);
  EXPECT_EQ(Stored(flood).evidence.detection.flood, flood.flood);
  const WorkOrder order = orders_.List({})->at(0);
  EXPECT_EQ(order.kind, OrderKind::kFloodedNumber);
  EXPECT_EQ(order.subject, flood.subject);
  EXPECT_EQ(order.priority, 3);
  EXPECT_EQ(sink_.calls, 0);
}

TEST_F(BlockerTest, AFloodOfAHospitalIsAnOrderOfTheHighestPriority) {
  options_.rules.push_back({RuleId("called-flood"), RuleMode::kEnforce});
  Start();
  Handle(FloodOf(CalledNumber(kHospital.number())));
  const WorkOrder order = orders_.List({})->at(0);
  EXPECT_EQ(order.priority, 1);
  EXPECT_EQ(order.line, LineId("LINE-1"));
}

TEST_F(BlockerTest, AFloodOfALineIsNoOrderOfTheNumbersOwnCalls) {
  options_.rules.push_back({RuleId("called-flood"), RuleMode::kEnforce});
  Start();
  Handle(AlertOf(kLine));
  Handle(FloodOf(CalledNumber(kLine.number())));
  EXPECT_EQ(Orders(), 2u);
  EXPECT_EQ(orders_.List({.state = {}, .number = kLine})->size(), 2u);
}

TEST_F(BlockerTest, AFloodThatIsOnlyObservedIsRecordedWithoutAnOrder) {
  const Detection flood = FloodOf(CalledNumber(kHospital.number()));
  Handle(flood);
  EXPECT_EQ(StateOf(flood), S::kReported);
  EXPECT_EQ(Orders(), 0u);
}

TEST_F(BlockerTest, ActionsAboutAFloodAreFoundByTheNumberThatIsCalled) {
  const Detection flood = FloodOf(CalledNumber(kHospital.number()));
  Handle(flood);
  Handle(AlertOf(kLine));
  const auto found = journal_.List({.state = {}, .number = kHospital, .since = {}});
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->at(0).subject, flood.subject);
}

TEST_F(BlockerTest, AReplayHasNoSecondEffect) {
  for (int i = 0; i < 3; ++i) Handle(AlertOf(kLine), kNoon + minutes(i));
  Start(kNoon + minutes(5));
  Handle(AlertOf(kLine), kNoon + minutes(6));
  EXPECT_EQ(sink_.calls, 1);
  EXPECT_EQ(Orders(), 1u);
  EXPECT_EQ(journal_.History(MakeActionId(AlertOf(kLine)))->size(), 4u);
}

TEST_F(BlockerTest, ANumberThatIsStoppedGetsNoSecondAction) {
  const Detection second = AlertOf(kLine, kNoon);
  Handle(AlertOf(kLine));
  Handle(second, kNoon + minutes(1));
  EXPECT_EQ(StateOf(second), S::kWithdrawn);
  EXPECT_EQ(Stored(second).reason, "already-open");
  EXPECT_EQ(sink_.calls, 1);
  EXPECT_EQ(orders_.List({})->at(0).causes.size(), 2u);
}

TEST_F(BlockerTest, TheListsAreAskedOnceForABatchAndOnceForEachDispatch) {
  FakeWhitelist proof = lists_;
  proof_lists_ = &proof;
  Start();
  std::vector<Detection> alerts = {AlertOf(kLine), AlertOf(kForeign), AlertOf(kHospital)};
  ASSERT_TRUE(blocker_->Handle(alerts, kNoon).ok());
  EXPECT_EQ(lists_.lookups, 1);
  EXPECT_EQ(proof.lookups, 2);
}

TEST_F(BlockerTest, WithoutProofOneQuestionIsAskedForAWholeBatch) {
  FakeWhitelist proof;
  proof.fault = FakeWhitelist::Fault::kUnavailable;
  proof_lists_ = &proof;
  Start();
  ASSERT_TRUE(blocker_->Handle({AlertOf(kLine), AlertOf(kForeign)}, kNoon).ok());
  EXPECT_EQ(proof.lookups, 1);
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kHeld);
  EXPECT_EQ(StateOf(AlertOf(kForeign)), S::kHeld);
  EXPECT_EQ(sink_.calls, 0);
}

TEST_F(BlockerTest, WhatWasWhitelistedSinceTheDecisionIsNotDispatched) {
  FakeWhitelist proof = lists_;
  proof.entries[kLine].whitelisted = true;
  proof_lists_ = &proof;
  Start();
  Handle(AlertOf(kLine));
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kWithdrawn);
  EXPECT_EQ(Stored(AlertOf(kLine)).reason, "whitelisted");
  EXPECT_EQ(sink_.calls, 0);
}

class ListFault : public BlockerTest, public testing::WithParamInterface<FakeWhitelist::Fault> {};

TEST_P(ListFault, HoldsEverythingAndDecidesWhenTheListsAreBack) {
  lists_.fault = GetParam();
  const Detection of_hospital = AlertOf(kHospital);
  ASSERT_TRUE(blocker_->Handle({AlertOf(kLine), AlertOf(kForeign), of_hospital}, kNoon).ok());
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(5)).ok());
  EXPECT_EQ(sink_.calls, 0);
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kHeld);
  EXPECT_EQ(StateOf(AlertOf(kForeign)), S::kHeld);

  lists_.fault = FakeWhitelist::Fault::kNone;
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(10)).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kConfirmed);
  EXPECT_EQ(Stored(AlertOf(kLine)).kind, ActionKind::kSuspend);
  EXPECT_EQ(Stored(AlertOf(kForeign)).kind, ActionKind::kBlock);
  EXPECT_NE(StateOf(of_hospital), S::kHeld);
  EXPECT_EQ(sink_.numbers, (std::set{kLine, kForeign}));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, ListFault,
    testing::Values(FakeWhitelist::Fault::kUnavailable, FakeWhitelist::Fault::kShrunken,
                    FakeWhitelist::Fault::kStale, FakeWhitelist::Fault::kPartial,
                    FakeWhitelist::Fault::kOthers, FakeWhitelist::Fault::kNoManifest));

TEST_F(BlockerTest, APersonIsToldOnceThatTheListsAreGoneAndOnceThatTheyAreBack) {
  lists_.fault = FakeWhitelist::Fault::kUnavailable;
  Handle(AlertOf(kLine));
  Handle(AlertOf(kForeign));
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(5)).ok());
  EXPECT_EQ(feed_.Count("lists-unavailable"), 1);
  EXPECT_EQ(Orders(), 2u);
  EXPECT_EQ(orders_.List({})->at(0).kind, OrderKind::kDecideHeld);
  lists_.fault = FakeWhitelist::Fault::kNone;
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(10)).ok());
  EXPECT_EQ(feed_.Count("lists-back"), 1);
}

TEST_F(BlockerTest, AHeldActionOfANumberThatIsListedMeanwhileIsWithdrawn) {
  lists_.fault = FakeWhitelist::Fault::kUnavailable;
  Handle(AlertOf(kLine));
  lists_.fault = FakeWhitelist::Fault::kNone;
  lists_.entries[kLine].whitelisted = true;
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(5)).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kWithdrawn);
  EXPECT_EQ(sink_.calls, 0);
}

TEST_F(BlockerTest, PastTheMinuteBoundActionsAreHeldAndFollowAMinuteLater) {
  options_.breaker.per_minute = 2;
  Start();
  std::vector<Detection> alerts;
  for (int i = 0; i < 5; ++i) alerts.push_back(AlertOf(Caller("+1212555010" + std::to_string(i))));
  ASSERT_TRUE(blocker_->Handle(alerts, kNoon).ok());
  EXPECT_EQ(sink_.effective, 2);
  EXPECT_EQ(Stored(alerts[4]).reason, "breaker-minute");
  EXPECT_EQ(feed_.Count(R"("alarm":"breaker-minute")"), 1);
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(59)).ok());
  EXPECT_EQ(sink_.effective, 2);
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(60)).ok());
  EXPECT_EQ(sink_.effective, 4);
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(120)).ok());
  EXPECT_EQ(sink_.effective, 5);
}

TEST_F(BlockerTest, PastTheDayBoundActionsWaitForAPersonAcrossRestartAndMidnight) {
  options_.breaker.per_day = 1;
  Start();
  Handle(AlertOf(kLine));
  Handle(AlertOf(kForeign));
  EXPECT_EQ(Stored(AlertOf(kForeign)).reason, "breaker-day");
  EXPECT_EQ(feed_.Count(R"("alarm":"breaker-day")"), 1);
  const EventTime tomorrow = kNoon + hours(20);
  Start(tomorrow);
  ASSERT_TRUE(blocker_->RetryHeld(tomorrow).ok());
  EXPECT_EQ(StateOf(AlertOf(kForeign)), S::kHeld);
  ASSERT_TRUE(blocker_->ResetBreaker("wang", tomorrow).ok());
  ASSERT_TRUE(blocker_->RetryHeld(tomorrow).ok());
  EXPECT_EQ(StateOf(AlertOf(kForeign)), S::kConfirmed);
}

TEST_F(BlockerTest, AResetRecordedByAnotherProcessIsSeen) {
  options_.breaker.per_day = 1;
  Start();
  Handle(AlertOf(kLine));
  Handle(AlertOf(kForeign));
  ASSERT_TRUE(journal_.RecordReset("wang", kNoon + minutes(1)).ok());
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + minutes(2)).ok());
  EXPECT_EQ(StateOf(AlertOf(kForeign)), S::kConfirmed);
}

TEST_F(BlockerTest, OneCustomerPastItsBoundDoesNotHoldOthers) {
  options_.breaker.per_customer_day = 1;
  Start();
  const CallingNumber second = Caller("+866315550002");
  lists_.entries[second] = LineListing(second);
  ASSERT_TRUE(blocker_->Handle({AlertOf(kLine), AlertOf(second), AlertOf(kForeign)}, kNoon).ok());
  EXPECT_EQ(Stored(AlertOf(second)).reason, "breaker-customer");
  EXPECT_EQ(StateOf(AlertOf(kForeign)), S::kConfirmed);
}

TEST_F(BlockerTest, ASuspensionThatNobodyConfirmedIsTakenBackAfterADay) {
  Handle(AlertOf(kLine));
  ASSERT_TRUE(blocker_->ExpireDue(kNoon + hours(24) - Duration(1)).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kConfirmed);
  lists_.fault = FakeWhitelist::Fault::kUnavailable;  // the way back needs no list
  ASSERT_TRUE(blocker_->ExpireDue(kNoon + hours(24)).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kExpired);
  EXPECT_TRUE(sink_.in_force.empty());
}

TEST_F(BlockerTest, WhatAPersonConfirmedDoesNotExpire) {
  Handle(AlertOf(kLine));
  ASSERT_TRUE(blocker_->Confirm(MakeActionId(AlertOf(kLine)), "wang", "heard it", kNoon).ok());
  ASSERT_TRUE(blocker_->ExpireDue(kNoon + hours(1000)).ok());
  lists_.entries[kLine].whitelisted = true;
  ASSERT_TRUE(blocker_->LiftListed(kNoon + hours(1000)).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kConfirmed);
}

TEST_F(BlockerTest, WhatAPersonTookBackIsNeverDoneAgainByTheMachine) {
  Handle(AlertOf(kLine));
  ASSERT_TRUE(blocker_->Reverse(MakeActionId(AlertOf(kLine)), "wang", "customer", kNoon).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kReversed);
  EXPECT_TRUE(sink_.in_force.empty());
  const Detection later = AlertOf(kLine, kNoon + hours(50));
  Handle(later, kNoon + hours(50));
  EXPECT_EQ(Stored(later).reason, "person-decided");
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + hours(60)).ok());
  EXPECT_EQ(StateOf(later), S::kHeld);
  EXPECT_EQ(sink_.calls, 1);
}

TEST_F(BlockerTest, APersonCallsOffWhatIsHeld) {
  lists_.fault = FakeWhitelist::Fault::kUnavailable;
  Handle(AlertOf(kLine));
  ASSERT_TRUE(blocker_->Reverse(MakeActionId(AlertOf(kLine)), "wang", "", kNoon).ok());
  lists_.fault = FakeWhitelist::Fault::kNone;
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + minutes(1)).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kWithdrawn);
}

TEST_F(BlockerTest, WhatPeopleRecordInAnotherProcessIsCarriedOut) {
  const Detection other = AlertOf(kForeign);
  Handle(AlertOf(kLine));
  Handle(other);
  ActionRecord kept = Stored(AlertOf(kLine));
  ActionRecord freed = Stored(other);
  ASSERT_TRUE(journal_.ConfirmByPerson(kept, "wang", "", kNoon + minutes(1)).ok());
  ASSERT_TRUE(journal_.ReverseByPerson(freed, "wang", "", kNoon + minutes(1)).ok());
  const int calls = sink_.calls;
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + minutes(2)).ok());
  EXPECT_EQ(sink_.calls, calls + 1);
  EXPECT_EQ(StateOf(other), S::kReversed);
  EXPECT_EQ(sink_.in_force.size(), 1u);
}

TEST_F(BlockerTest, DecisionsNeedAPersonAndAnActionThatTheyFit) {
  Handle(AlertOf(kHospital));
  const ActionId id = MakeActionId(AlertOf(kHospital));
  EXPECT_TRUE(absl::IsInvalidArgument(blocker_->Reverse(id, "", "", kNoon)));
  EXPECT_TRUE(absl::IsFailedPrecondition(blocker_->Reverse(id, "wang", "", kNoon)));
  EXPECT_TRUE(absl::IsFailedPrecondition(blocker_->Confirm(id, "wang", "", kNoon)));
  EXPECT_TRUE(absl::IsNotFound(blocker_->Confirm(ActionId("no"), "wang", "", kNoon)));
}

TEST_F(BlockerTest, ASuspensionOfANumberThatIsWhitelistedLaterIsLifted) {
  Handle(AlertOf(kLine));
  lists_.entries[kLine].whitelisted = true;
  lists_.fault = FakeWhitelist::Fault::kUnavailable;
  ASSERT_TRUE(blocker_->LiftListed(kNoon + minutes(1)).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kConfirmed);
  lists_.fault = FakeWhitelist::Fault::kNone;
  ASSERT_TRUE(blocker_->LiftListed(kNoon + minutes(2)).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kReversed);
  EXPECT_TRUE(sink_.in_force.empty());
}

TEST_F(BlockerTest, ALostAnswerIsAskedForAgainUnderTheSameId) {
  sink_.lose_answers = true;
  Handle(AlertOf(kLine));
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kDispatched);
  EXPECT_EQ(feed_.Count(R"("alarm":"unconfirmed")"), 1);
  sink_.lose_answers = false;
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(5)).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kConfirmed);
  EXPECT_EQ(Stored(AlertOf(kLine)).attempts, 2u);
  EXPECT_EQ(sink_.effective, 1);
}

TEST_F(BlockerTest, AnUnconfirmedActionIsNotSentAgainWithoutProofAndTakenBackWhenListed) {
  sink_.lose_answers = true;
  Handle(AlertOf(kLine));
  lists_.fault = FakeWhitelist::Fault::kShrunken;
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(5)).ok());
  EXPECT_EQ(sink_.calls, 1);
  lists_.fault = FakeWhitelist::Fault::kNone;
  lists_.entries[kLine].whitelisted = true;
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(10)).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kReversed);
  EXPECT_TRUE(sink_.in_force.empty());
}

TEST_F(BlockerTest, AnActionThatTheReceiverRefusesHasFailed) {
  sink_.refuse = absl::InvalidArgumentError("closed by a person");
  Handle(AlertOf(kLine));
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kFailed);
  EXPECT_EQ(feed_.Count(R"("alarm":"action-failed")"), 1);
}

TEST_F(BlockerTest, ARestorationThatFailsIsRepeated) {
  Handle(AlertOf(kLine));
  sink_.refuse_restore = absl::UnavailableError("down");
  ASSERT_TRUE(blocker_->ExpireDue(kNoon + hours(24)).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kRestoring);
  sink_.refuse_restore = absl::OkStatus();
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + hours(25)).ok());
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kExpired);
}

TEST_F(BlockerTest, AFeedThatCantBeWrittenStopsNothing) {
  feed_.status = absl::UnavailableError("disk full");
  Handle(AlertOf(kLine));
  EXPECT_EQ(StateOf(AlertOf(kLine)), S::kConfirmed);
  EXPECT_EQ(blocker_->probe().feed_errors, 1u);
}

TEST_F(BlockerTest, EvidenceThatIsTooOldIsNotActedOn) {
  options_.limits.evidence_age_max = minutes(30);
  Start();
  Handle(AlertOf(kLine, kNoon - minutes(31)));
  EXPECT_EQ(Stored(AlertOf(kLine, kNoon - minutes(31))).reason, "evidence-too-old");
  EXPECT_EQ(sink_.calls, 0);
}

TEST_F(BlockerTest, ARuleThatWasSetBackToObserveActsOnNothingThatWasHeld) {
  lists_.fault = FakeWhitelist::Fault::kUnavailable;
  Handle(AlertOf(kLine));
  lists_.fault = FakeWhitelist::Fault::kNone;
  options_.rules.clear();
  Start();
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + minutes(1)).ok());
  EXPECT_EQ(Stored(AlertOf(kLine)).reason, "observe-mode");
  EXPECT_EQ(sink_.calls, 0);
}

TEST_F(BlockerTest, EnforcingWithoutAReceiverIsRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(
      Blocker::Create({lists_, lists_, journal_, orders_, {}, nullptr}, options_, kNoon).status()));
}

// A crash after each step: the journal as it stands then, a new process, the same detections again.
class CrashAfter : public BlockerTest, public testing::WithParamInterface<int> {
 protected:
  // 0: proposed, 1: authorised, 2: dispatched, 3: sent as well, but the answer was not recorded.
  void BringTo(int step) {
    ActionRecord record;
    record.id = MakeActionId(alert_);
    record.subject = alert_.subject;
    record.number = alert_.number;
    record.kind = record.would = ActionKind::kSuspend;
    record.mode = RuleMode::kEnforce;
    record.reason = "ledger-line";
    record.evidence.detection = alert_;
    record = journal_.Propose(record, kNoon)->record;
    ActionUpdate update;
    update.reason = "test";
    update.expires = kNoon + hours(24);
    absl::Status status;
    if (step >= 1) status.Update(journal_.Move(record, S::kAuthorised, update, kNoon));
    if (step >= 2) status.Update(journal_.Move(record, S::kDispatched, update, kNoon));
    if (step >= 3) status.Update(sink_.Dispatch(record));
    ASSERT_TRUE(status.ok()) << status;
  }

  const Detection alert_ = AlertOf(kLine);
};

TEST_P(CrashAfter, TheActionTakesEffectExactlyOnce) {
  BringTo(GetParam());
  Start(kNoon + seconds(30));
  ASSERT_TRUE(blocker_->Recover(kNoon + seconds(30)).ok());
  Handle(alert_, kNoon + seconds(31));
  EXPECT_EQ(StateOf(alert_), S::kConfirmed);
  EXPECT_EQ(sink_.effective, 1);
}

TEST_P(CrashAfter, NothingMoreIsSentWhenTheNumberWasListedMeanwhile) {
  BringTo(GetParam());
  const int sent_before = sink_.calls;
  lists_.entries[kLine].whitelisted = true;
  Start(kNoon + seconds(30));
  ASSERT_TRUE(blocker_->Recover(kNoon + seconds(30)).ok());
  EXPECT_EQ(sink_.calls, sent_before);
  EXPECT_TRUE(IsTerminal(StateOf(alert_)));
  EXPECT_TRUE(sink_.in_force.empty());
}

TEST_P(CrashAfter, NothingMoreIsSentWhileTheListsAreGone) {
  BringTo(GetParam());
  const int sent_before = sink_.calls;
  lists_.fault = FakeWhitelist::Fault::kUnavailable;
  Start(kNoon + seconds(30));
  ASSERT_TRUE(blocker_->Recover(kNoon + seconds(30)).ok());
  EXPECT_EQ(sink_.calls, sent_before);
}

INSTANTIATE_TEST_SUITE_P(Steps, CrashAfter, testing::Values(0, 1, 2, 3));

}  // namespace
}  // namespace ringfence
