// Ids, the breaker, evidence and the states of actions and orders.
#include <gtest/gtest.h>

#include <set>

#include "blocker/action.h"
#include "blocker/action_id.h"
#include "blocker/circuit_breaker.h"
#include "blocker/evidence.h"
#include "blocker/work_order.h"
#include "tests/unit/blocker/blocker_doubles.h"

namespace ringfence {
namespace {

const CustomerId kCustomer("C-1");
const CustomerId kNobody;

// Golden: these ids stand in journals. A change here makes replays act twice.
TEST(ActionId, IsStableForANumber) {
  EXPECT_EQ(MakeActionId(AlertOf(kCaller)).value(), "b523b7032c1a9de709c44aa1c824fea5");
}

TEST(ActionId, IsStableForACustomer) {
  Detection detection = AlertOf(kCaller);
  detection.rule = RuleId("customer-total");
  detection.subject = {SubjectKind::kCustomer, CallingNumber(), "C-1"};
  EXPECT_EQ(MakeActionId(detection).value(), "5dd35b95afe2b0dc4bca8a503ab3cea5");
}

TEST(ActionId, IsStableForACalledNumber) {
  EXPECT_EQ(MakeActionId(FloodOf(CalledNumber(kCaller.number()))).value(),
            "24afd8d4c25c0fee9b7f584c981b387a");
}

TEST(ActionId, ChangesWithEachPartOfTheCauseAndNothingElse) {
  std::set<std::string> ids;
  Detection detection = AlertOf(kCaller);
  const auto add = [&] { ids.insert(MakeActionId(detection).value()); };
  add();
  detection.rule = RuleId("other");
  add();
  detection.rule_version = 2;
  add();
  detection.level = Level::kWarning;
  add();
  detection.at += Duration(1);
  add();
  detection.subject.number = Caller("+866315550002");
  add();
  detection.subject = {SubjectKind::kLine, CallingNumber(), "+866315550002"};
  add();
  detection.subject.kind = SubjectKind::kCustomer;
  add();
  EXPECT_EQ(ids.size(), 8u);
  detection.count = 999;
  detection.samples.clear();
  detection.day_count = 1;
  add();
  EXPECT_EQ(ids.size(), 8u);
}

TEST(WorkOrderId, IsStableAndShort) {
  EXPECT_EQ(MakeWorkOrderId(ActionId("a1"), kNoon, std::chrono::hours(8), 0).value(),
            "WO-20261124-KNKAA0");
}

TEST(WorkOrderId, CarriesTheCarriersDay) {
  const EventTime late = kNoon + std::chrono::hours(13);  // 17:00 UTC, 01:00 in Shanghai
  EXPECT_TRUE(MakeWorkOrderId(ActionId("a1"), late, std::chrono::hours(8), 0)
                  .value()
                  .starts_with("WO-20261125-"));
  EXPECT_TRUE(
      MakeWorkOrderId(ActionId("a1"), late, Duration(0), 0).value().starts_with("WO-20261124-"));
}

TEST(WorkOrderId, AnotherAttemptIsAnotherId) {
  EXPECT_NE(MakeWorkOrderId(ActionId("a1"), kNoon, Duration(0), 0),
            MakeWorkOrderId(ActionId("a1"), kNoon, Duration(0), 1));
}

TEST(CircuitBreaker, LetsExactlyItsMinuteBoundPass) {
  CircuitBreaker breaker({.per_minute = 2, .per_day = 100, .per_customer_day = 100});
  breaker.Record(kNobody, kNoon);
  EXPECT_EQ(breaker.Ask(kNobody, kNoon), BreakerAnswer::kAllowed);
  breaker.Record(kNobody, kNoon);
  EXPECT_EQ(breaker.Ask(kNobody, kNoon), BreakerAnswer::kMinute);
}

TEST(CircuitBreaker, MinuteBoundIsOverAMinuteLater) {
  CircuitBreaker breaker({.per_minute = 1, .per_day = 100, .per_customer_day = 100});
  breaker.Record(kNobody, kNoon);
  EXPECT_EQ(breaker.Ask(kNobody, kNoon + std::chrono::seconds(60) - Duration(1)),
            BreakerAnswer::kMinute);
  EXPECT_EQ(breaker.Ask(kNobody, kNoon + std::chrono::seconds(60)), BreakerAnswer::kAllowed);
}

TEST(CircuitBreaker, DayBoundStaysPastMidnightUntilItIsReset) {
  CircuitBreaker breaker({.per_minute = 100, .per_day = 1, .per_customer_day = 100});
  breaker.Record(kNobody, kNoon);
  EXPECT_EQ(breaker.Ask(kNobody, kNoon), BreakerAnswer::kDay);
  EXPECT_EQ(breaker.Ask(kNobody, kNoon + std::chrono::hours(30)), BreakerAnswer::kDay);
  breaker.Reset();
  EXPECT_EQ(breaker.Ask(kNobody, kNoon + std::chrono::hours(30)), BreakerAnswer::kAllowed);
}

TEST(CircuitBreaker, DayBoundThatNobodyRanIntoIsNewAtMidnight) {
  CircuitBreaker breaker({.per_minute = 100, .per_day = 1, .per_customer_day = 100});
  breaker.Record(kNobody, kNoon);
  EXPECT_EQ(breaker.Ask(kNobody, kNoon + std::chrono::hours(13)), BreakerAnswer::kAllowed);
}

TEST(CircuitBreaker, CustomerBoundHoldsThatCustomerOnly) {
  CircuitBreaker breaker({.per_minute = 100, .per_day = 100, .per_customer_day = 1});
  breaker.Record(kCustomer, kNoon);
  EXPECT_EQ(breaker.Ask(kCustomer, kNoon), BreakerAnswer::kCustomerDay);
  EXPECT_EQ(breaker.Ask(CustomerId("C-2"), kNoon), BreakerAnswer::kAllowed);
  EXPECT_EQ(breaker.Ask(kNobody, kNoon), BreakerAnswer::kAllowed);
}

TEST(CircuitBreaker, AClockThatGoesBackFreesNothing) {
  CircuitBreaker breaker({.per_minute = 100, .per_day = 1, .per_customer_day = 100});
  breaker.Record(kNobody, kNoon);
  EXPECT_EQ(breaker.Ask(kNobody, kNoon - std::chrono::hours(48)), BreakerAnswer::kDay);
}

TEST(Evidence, IsReadBackAsItWas) {
  Evidence evidence;
  evidence.detection = AlertOf(kCaller, kNoon + Duration(123'456));
  evidence.listing = ListingLabel::kNotListed;
  evidence.list = ListVersion{7, 42, "d16e57"};
  const std::string text = EvidenceToJson(evidence);
  const auto read = EvidenceFromJson(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(EvidenceToJson(*read), text);
  EXPECT_EQ(read->detection.at, evidence.detection.at);
  EXPECT_EQ(MakeActionId(read->detection), MakeActionId(evidence.detection));
  EXPECT_EQ(read->list, evidence.list);
}

TEST(Evidence, OfAFloodIsReadBackUnchanged) {
  Evidence evidence;
  evidence.detection = FloodOf(CalledNumber(Caller("+866315559001").number()));
  const std::string text = EvidenceToJson(evidence);
  const auto read = EvidenceFromJson(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(EvidenceToJson(*read), text);
  EXPECT_EQ(read->detection.subject, evidence.detection.subject);
  EXPECT_EQ(read->detection.flood, evidence.detection.flood);
}

TEST(Evidence, DamageInTheFactsOfAFloodIsNamed) {
  Evidence evidence;
  evidence.detection = FloodOf(CalledNumber(kCaller.number()));
  for (const std::string_view part : {"\"measure\":\"calls\"", "\"callers\":2", "\"calls\":30"}) {
    std::string text = EvidenceToJson(evidence);
    text.replace(text.find(part), part.size(), "\"x\":0");
    EXPECT_NE(EvidenceFromJson(text).status().message().find("flood"), std::string::npos) << part;
  }
}

TEST(Evidence, KeepsTenSamplesAtMost) {
  Evidence evidence;
  evidence.detection = AlertOf(kCaller);
  evidence.detection.samples.assign(50, RecordId("c"));
  EXPECT_EQ(EvidenceFromJson(EvidenceToJson(evidence))->detection.samples.size(), 10u);
}

TEST(Evidence, IsOneLineEvenWithNamesThatAreNoUtf8) {
  Evidence evidence;
  evidence.detection = AlertOf(kCaller);
  evidence.detection.subject = {SubjectKind::kLine, CallingNumber(), "\xff\nA"};
  const std::string text = EvidenceToJson(evidence);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_TRUE(EvidenceFromJson(text).ok());
}

TEST(Evidence, DamageIsNamedAndNeverThrown) {
  EXPECT_EQ(EvidenceFromJson("not json").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(EvidenceFromJson("[]").status().code(), absl::StatusCode::kDataLoss);
  Evidence evidence;
  evidence.detection = AlertOf(kCaller);
  std::string text = EvidenceToJson(evidence);
  text.replace(text.find("\"count\":301"), 11, "\"count\":\"x\"");
  EXPECT_NE(EvidenceFromJson(text).status().message().find("count"), std::string::npos);
}

TEST(ActionState, ExactlyTheDrawnChangesAreLegal) {
  using State = ActionState;
  const std::set<std::pair<State, State>> legal = {{State::kProposed, State::kReported},
                                                   {State::kProposed, State::kHeld},
                                                   {State::kProposed, State::kWithdrawn},
                                                   {State::kProposed, State::kAuthorised},
                                                   {State::kHeld, State::kHeld},
                                                   {State::kHeld, State::kWithdrawn},
                                                   {State::kHeld, State::kAuthorised},
                                                   {State::kAuthorised, State::kDispatched},
                                                   {State::kAuthorised, State::kHeld},
                                                   {State::kAuthorised, State::kWithdrawn},
                                                   {State::kDispatched, State::kConfirmed},
                                                   {State::kDispatched, State::kFailed},
                                                   {State::kDispatched, State::kRestoring},
                                                   {State::kConfirmed, State::kRestoring},
                                                   {State::kRestoring, State::kReversed},
                                                   {State::kRestoring, State::kExpired},
                                                   {State::kRestoring, State::kFailed}};
  for (int from = 0; from <= static_cast<int>(State::kExpired); ++from) {
    for (int to = 0; to <= static_cast<int>(State::kExpired); ++to) {
      const auto pair = std::pair(static_cast<State>(from), static_cast<State>(to));
      EXPECT_EQ(IsLegal(pair.first, pair.second), legal.contains(pair)) << from << " " << to;
    }
  }
}

TEST(ActionState, NamesAreReadBack) {
  for (int i = 0; i <= static_cast<int>(ActionState::kExpired); ++i) {
    const auto state = static_cast<ActionState>(i);
    EXPECT_EQ(ActionStateFromName(ActionStateName(state)), state);
  }
  EXPECT_EQ(ActionStateFromName("gone"), std::nullopt);
}

TEST(WorkOrder, LoansPropertyAndSharesComeFirst) {
  const OrderOptions options;
  for (const char* industry : {"loan", "LOAN", "property", "shares", "贷款", "房产", "股票"}) {
    EXPECT_EQ(PriorityOf(industry, true, options), 1) << industry;
  }
  EXPECT_EQ(PriorityOf("courier", true, options), 2);
  EXPECT_EQ(PriorityOf("", false, options), 3);
}

TEST(WorkOrder, OnlyTheDrawnChangesAreAccepted) {
  using State = OrderState;
  const std::set<std::pair<State, State>> legal = {
      {State::kOpen, State::kAssigned},     {State::kAssigned, State::kAssigned},
      {State::kAssigned, State::kOpen},     {State::kAssigned, State::kVerified},
      {State::kVerified, State::kAssigned}, {State::kVerified, State::kClosed}};
  for (int from = 0; from <= static_cast<int>(State::kClosed); ++from) {
    for (int to = 0; to <= static_cast<int>(State::kClosed); ++to) {
      WorkOrder order;
      order.state = static_cast<State>(from);
      const auto pair = std::pair(order.state, static_cast<State>(to));
      EXPECT_EQ(CheckOrderChange(order, pair.second, "wang", OrderOutcome::kNuisance).ok(),
                legal.contains(pair))
          << from << " " << to;
    }
  }
}

TEST(WorkOrder, AChangeNeedsAPersonAndAVerificationAnOutcome) {
  WorkOrder order;
  EXPECT_TRUE(absl::IsInvalidArgument(
      CheckOrderChange(order, OrderState::kAssigned, "", OrderOutcome::kNone)));
  order.state = OrderState::kAssigned;
  EXPECT_TRUE(absl::IsInvalidArgument(
      CheckOrderChange(order, OrderState::kVerified, "wang", OrderOutcome::kNone)));
}

TEST(WorkOrder, IsOverdueOnlyWhileSomebodyHasToLook) {
  WorkOrder order;
  order.due = kNoon;
  EXPECT_FALSE(order.Overdue(kNoon));
  EXPECT_TRUE(order.Overdue(kNoon + Duration(1)));
  order.state = OrderState::kVerified;
  EXPECT_FALSE(order.Overdue(kNoon + Duration(1)));
}

}  // namespace
}  // namespace ringfence
