// Every branch of CheckCall, and the order in which they count.
#include "blocker/call_check.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/unit/blocker/blocker_doubles.h"

namespace ringfence {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;

const CallingNumber kOwned = Caller("+866315550001");
const CallingNumber kNoTrunks = Caller("+866315550002");
const CallingNumber kHospital = Caller("+866315550120");
const CallingNumber kSuspendedLine = Caller("+866315550003");
const CallingNumber kClosedLine = Caller("+866315550004");
const CallingNumber kForeign = Caller("+12125550101");
const TrunkGroupId kTrunk("TG-1");
const TrunkGroupId kOtherLinesTrunk("TG-9");

CalledNumber Called(std::string_view text) {
  return CalledNumber(PhoneNumber::FromString(text).value());
}

VoiceLine Line(const char* id, CallingNumber number, LineStatus status,
               std::vector<TrunkGroupId> trunks) {
  VoiceLine line;
  line.id = LineId(id);
  line.numbers = {number};
  line.customer = CustomerId("C-1");
  line.status = status;
  line.trunks = std::move(trunks);
  return line;
}

std::shared_ptr<const Lists> SomeLists() {
  VoiceLine hospital = Line("HOSPITAL", kHospital, LineStatus::kActive, {kOtherLinesTrunk});
  hospital.line_class = LineClass::kHospital;
  return Lists::Create(1,
                       {Line("OWNED", kOwned, LineStatus::kActive, {kTrunk}),
                        Line("NO-TRUNKS", kNoTrunks, LineStatus::kWarned, {}), hospital,
                        Line("SUSPENDED", kSuspendedLine, LineStatus::kSuspended, {kTrunk}),
                        Line("CLOSED", kClosedLine, LineStatus::kClosed, {})},
                       {})
      .value();
}

ActionRecord ActionOf(ActionKind kind, ActionState state, std::optional<EventTime> expires) {
  ActionRecord action;
  action.id = ActionId("a-1");
  action.kind = kind;
  action.state = state;
  action.expires = expires;
  return action;
}

class CallCheck : public testing::Test {
 protected:
  CallVerdict Check(CallingNumber calling, TrunkGroupId trunk = {},
                    std::optional<ActionRecord> action = {}, const char* called = "+866315550999") {
    return CheckCall(*lists_, action, {calling, Called(called), std::move(trunk)}, kNoon);
  }

  void ExpectRefused(const CallVerdict& verdict, CallReason reason) {
    EXPECT_FALSE(verdict.passes);
    EXPECT_EQ(CallReasonName(verdict.reason), CallReasonName(reason));
  }
  void ExpectPasses(const CallVerdict& verdict, CallReason reason) {
    EXPECT_TRUE(verdict.passes);
    EXPECT_EQ(CallReasonName(verdict.reason), CallReasonName(reason));
  }

  const std::shared_ptr<const Lists> lists_ = SomeLists();
  const ActionRecord suspension_ =
      ActionOf(ActionKind::kSuspend, ActionState::kConfirmed, kNoon + hours(1));
  const ActionRecord block_ =
      ActionOf(ActionKind::kBlock, ActionState::kConfirmed, kNoon + hours(1));
};

TEST_F(CallCheck, LineInGoodStandingPassesOnItsTrunkAndWhereNoTrunkIsKnown) {
  const CallVerdict verdict = Check(kOwned, kTrunk);
  ExpectPasses(verdict, CallReason::kLedgerLine);
  ASSERT_NE(verdict.line, nullptr);
  EXPECT_EQ(verdict.line->id, LineId("OWNED"));
  ExpectPasses(Check(kOwned), CallReason::kLedgerLine);
}

TEST_F(CallCheck, WarnedLineAndLineWithoutDeclaredTrunksPassOnAnyTrunk) {
  ExpectPasses(Check(kNoTrunks, TrunkGroupId("TG-7")), CallReason::kLedgerLine);
  ExpectPasses(Check(kNoTrunks, kOtherLinesTrunk), CallReason::kLedgerLine);
}

TEST_F(CallCheck, NumberOfNoLinePassesOffTheLinesTrunks) {
  const CallVerdict verdict = Check(kForeign, TrunkGroupId("TG-INTERNATIONAL"));
  ExpectPasses(verdict, CallReason::kNotInLedger);
  EXPECT_EQ(verdict.line, nullptr);
  EXPECT_EQ(verdict.trunk_line, nullptr);
  ExpectPasses(Check(kForeign), CallReason::kNotInLedger);
}

TEST_F(CallCheck, ForeignNumberOnALinesTrunkIsRefusedAndNamesTheTrunksLine) {
  const CallVerdict verdict = Check(kForeign, kTrunk);
  ExpectRefused(verdict, CallReason::kForeignOnTrunk);
  ASSERT_NE(verdict.trunk_line, nullptr);
  EXPECT_EQ(verdict.trunk_line->id, LineId("OWNED"));
}

TEST_F(CallCheck, LineOnATrunkThatItDidNotDeclareIsRefused) {
  ExpectRefused(Check(kOwned, kOtherLinesTrunk), CallReason::kWrongTrunk);
  ExpectRefused(Check(kOwned, TrunkGroupId("TG-UNKNOWN")), CallReason::kWrongTrunk);
}

TEST_F(CallCheck, ProtectedLineIsAuthenticatedAsEveryOther) {
  ExpectPasses(Check(kHospital, kOtherLinesTrunk), CallReason::kLedgerLine);
  ExpectRefused(Check(kHospital, kTrunk), CallReason::kWrongTrunk);
}

TEST_F(CallCheck, SuspensionAndBlockInForceRefuse) {
  ExpectRefused(Check(kOwned, kTrunk, suspension_), CallReason::kSuspended);
  ExpectRefused(Check(kForeign, {}, block_), CallReason::kBlocked);
}

TEST_F(CallCheck, ActionThatMayHaveBeenSentCountsAsInForce) {
  ActionRecord sent = block_;
  sent.state = ActionState::kDispatched;
  ExpectRefused(Check(kForeign, {}, sent), CallReason::kBlocked);
}

TEST_F(CallCheck, ActionThatWasNotSentOrIsOverRefusesNothing) {
  for (const ActionState state :
       {ActionState::kProposed, ActionState::kReported, ActionState::kHeld, ActionState::kWithdrawn,
        ActionState::kAuthorised, ActionState::kFailed, ActionState::kRestoring,
        ActionState::kReversed, ActionState::kExpired}) {
    ActionRecord action = block_;
    action.state = state;
    EXPECT_TRUE(Check(kForeign, {}, action).passes) << ActionStateName(state);
  }
}

TEST_F(CallCheck, ActionEndsAtTheInstantOfItsExpiry) {
  ActionRecord action = suspension_;
  action.expires = kNoon + microseconds(1);
  ExpectRefused(Check(kOwned, {}, action), CallReason::kSuspended);
  action.expires = kNoon;
  ExpectPasses(Check(kOwned, {}, action), CallReason::kLedgerLine);
}

TEST_F(CallCheck, ActionConfirmedByAPersonHasNoEnd) {
  ActionRecord action = suspension_;
  action.expires.reset();
  ExpectRefused(Check(kOwned, {}, action), CallReason::kSuspended);
}

TEST_F(CallCheck, LineThatTheLedgerSuspendedOrClosedIsRefusedBeforeItsTrunkIsJudged) {
  ExpectRefused(Check(kSuspendedLine, kTrunk), CallReason::kLineSuspended);
  ExpectRefused(Check(kSuspendedLine, kOtherLinesTrunk), CallReason::kLineSuspended);
  ExpectRefused(Check(kClosedLine), CallReason::kLineClosed);
}

TEST_F(CallCheck, EmergencyCallPassesWhateverStandsAgainstTheCaller) {
  for (const char* called : {"110", "119", "120", "+86110", "+86631120"}) {
    ExpectPasses(Check(kOwned, kOtherLinesTrunk, suspension_, called), CallReason::kEmergency);
    ExpectPasses(Check(kForeign, kTrunk, block_, called), CallReason::kEmergency);
    ExpectPasses(Check(kClosedLine, {}, {}, called), CallReason::kEmergency);
  }
}

TEST_F(CallCheck, ServiceNumberThatIsNoEmergencyIsRefusedToASuspendedLine) {
  ExpectRefused(Check(kOwned, {}, suspension_, "10086"), CallReason::kSuspended);
}

TEST(CallReason, EachHasANameOfItsOwnAndASentence) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(CallReason::kNotInLedger); ++i) {
    const auto reason = static_cast<CallReason>(i);
    EXPECT_TRUE(names.insert(CallReasonName(reason)).second);
    EXPECT_GT(CallReasonText(reason).size(), 20u);
  }
}

}  // namespace
}  // namespace ringfence
