#include "blocker/policy.h"

#include <gtest/gtest.h>

#include "tests/unit/blocker/blocker_doubles.h"

namespace ringfence {
namespace {

RuleSettings Enforce() { return {RuleId("line-frequency"), RuleMode::kEnforce}; }

Listing Whitelisted(Listing listing) {
  listing.whitelisted = true;
  return listing;
}

Listing Protected(Listing listing, Protection protection) {
  listing.protection = protection;
  return listing;
}

Listing WithStatus(LineStatus status) {
  Listing listing = LineListing(kCaller);
  listing.owner->status = status;
  return listing;
}

Listing Hospital() {
  Listing listing = Protected(LineListing(kCaller), Protection::kProtectedClass);
  listing.owner->line_class = LineClass::kHospital;
  return listing;
}

Detection TotalOf(SubjectKind kind) {
  Detection detection = AlertOf(kCaller);
  detection.rule = RuleId(kind == SubjectKind::kLine ? "line-total" : "customer-total");
  detection.subject = {kind, CallingNumber(), "X-1"};
  return detection;
}

Detection Flood() { return FloodOf(CalledNumber(kCaller.number())); }

Detection WarningOf() {
  Detection detection = AlertOf(kCaller);
  detection.level = Level::kWarning;
  return detection;
}

Detection ClosingOf() {
  Detection detection = AlertOf(kCaller);
  detection.transition = Transition::kClosed;
  return detection;
}

Detection HospitalPeak() {
  Detection detection = AlertOf(kCaller);
  detection.count = 5000;
  return detection;
}

struct Row {
  const char* name;
  Detection detection;
  absl::StatusOr<Listing> listing;
  ActionKind action;
  bool work_order;
  ListingLabel label;
  DecisionReason reason;
};

const absl::Status kDown = absl::UnavailableError("no answer");

// The table of policy.h and docs/work-orders.md, row by row.
std::vector<Row> Table() {
  using K = ActionKind;
  using L = ListingLabel;
  using R = DecisionReason;
  const Listing foreign = ListingOf(kCaller);
  const Listing line = LineListing(kCaller);
  const Listing public_service = Protected(foreign, Protection::kPublicService);
  const Detection alert = AlertOf(kCaller);
  const Detection of_line = TotalOf(SubjectKind::kLine);
  const Detection of_customer = TotalOf(SubjectKind::kCustomer);
  return {
      {"ClosedEpisode", ClosingOf(), line, K::kNone, false, L::kNotListed, R::kEpisodeClosed},
      {"ClosedEpisodeUnknown", ClosingOf(), kDown, K::kNone, false, L::kUnknown, R::kEpisodeClosed},
      {"Warning", WarningOf(), line, K::kNone, false, L::kNotListed, R::kWarningLevel},
      {"WarningUnknown", WarningOf(), kDown, K::kNone, false, L::kUnknown, R::kWarningLevel},
      {"WarningListed", WarningOf(), Whitelisted(line), K::kNone, false, L::kListed,
       R::kWarningLevel},
      {"Unknown", alert, kDown, K::kHeld, true, L::kUnknown, R::kListingUnknown},
      {"PublicService", alert, public_service, K::kNone, false, L::kListed, R::kPublicService},
      {"HospitalWith5000Calls", HospitalPeak(), Hospital(), K::kNone, false, L::kListed,
       R::kProtectedClass},
      {"ProtectedAndWhitelisted", alert, Whitelisted(Hospital()), K::kNone, false, L::kListed,
       R::kProtectedClass},
      {"WhitelistedLine", alert, Whitelisted(line), K::kNone, false, L::kListed, R::kWhitelisted},
      {"WhitelistedForeign", alert, Whitelisted(foreign), K::kNone, false, L::kListed,
       R::kWhitelisted},
      {"LedgerLine", alert, line, K::kSuspend, true, L::kNotListed, R::kLedgerLine},
      {"WarnedLine", alert, WithStatus(LineStatus::kWarned), K::kSuspend, true, L::kNotListed,
       R::kLedgerLine},
      {"SuspendedLine", alert, WithStatus(LineStatus::kSuspended), K::kNone, false, L::kNotListed,
       R::kAlreadySuspended},
      {"ClosedLine", alert, WithStatus(LineStatus::kClosed), K::kNone, false, L::kNotListed,
       R::kAlreadyClosed},
      {"LineOfUnknownStatus", alert, WithStatus(static_cast<LineStatus>(99)), K::kNone, false,
       L::kNotListed, R::kAlreadyClosed},
      {"Foreign", alert, foreign, K::kBlock, true, L::kNotListed, R::kForeignNumber},
      {"LineTotal", of_line, line, K::kNone, true, L::kNotListed, R::kOverDeclared},
      {"LineTotalUnknown", of_line, kDown, K::kNone, true, L::kUnknown, R::kOverDeclared},
      {"LineTotalWhitelisted", of_line, Whitelisted(line), K::kNone, true, L::kListed,
       R::kOverDeclared},
      {"LineTotalOfHospital", of_line, Hospital(), K::kNone, false, L::kListed, R::kProtectedClass},
      {"CustomerTotal", of_customer, line, K::kNone, true, L::kNotListed, R::kOverDeclared},
      {"CustomerTotalUnknown", of_customer, kDown, K::kNone, true, L::kUnknown, R::kOverDeclared},
      {"CustomerTotalOfHospital", of_customer, Hospital(), K::kNone, false, L::kListed,
       R::kProtectedClass},
      {"Flood", Flood(), foreign, K::kNone, true, L::kNotListed, R::kFlooded},
      {"FloodOfALine", Flood(), line, K::kNone, true, L::kNotListed, R::kFlooded},
      {"FloodOfAWhitelistedNumber", Flood(), Whitelisted(foreign), K::kNone, true, L::kListed,
       R::kListedFlooded},
      {"FloodOfAHospital", Flood(), Hospital(), K::kNone, true, L::kListed, R::kListedFlooded},
      {"FloodOfAPublicService", Flood(), public_service, K::kNone, true, L::kListed,
       R::kListedFlooded},
      {"FloodUnknown", Flood(), kDown, K::kNone, true, L::kUnknown, R::kListedFlooded},
  };
}

class PolicyTable : public testing::TestWithParam<Row> {};

TEST_P(PolicyTable, EnforceDoesWhatTheRowSays) {
  const Row& row = GetParam();
  const Decision decision = Decide(row.detection, row.listing, Enforce());
  EXPECT_EQ(decision.action, row.action);
  EXPECT_EQ(decision.would, row.action);
  EXPECT_EQ(decision.work_order, row.work_order);
  EXPECT_EQ(decision.would_order, row.work_order);
  EXPECT_EQ(decision.listing, row.label);
  EXPECT_EQ(decision.reason, row.reason);
}

TEST_P(PolicyTable, ObserveOnlyRecordsWhatTheRowSays) {
  const Row& row = GetParam();
  const Decision decision = Decide(row.detection, row.listing, RuleSettings{row.detection.rule});
  EXPECT_EQ(decision.action, ActionKind::kNone);
  EXPECT_FALSE(decision.work_order);
  EXPECT_EQ(decision.would, row.action);
  EXPECT_EQ(decision.would_order, row.work_order);
  EXPECT_EQ(decision.reason, row.reason);
}

INSTANTIATE_TEST_SUITE_P(Rows, PolicyTable, testing::ValuesIn(Table()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Policy, RulesObserveUnlessTheyAreSwitchedOn) {
  EXPECT_EQ(RuleSettings{}.mode, RuleMode::kObserve);
}

TEST(Policy, AFloodIsUrgentUnlessTheNumberIsProvedToBeOnNoList) {
  EXPECT_FALSE(Decide(Flood(), ListingOf(kCaller), Enforce()).urgent);
  EXPECT_TRUE(Decide(Flood(), Hospital(), Enforce()).urgent);
  EXPECT_TRUE(Decide(Flood(), kDown, Enforce()).urgent);
  EXPECT_FALSE(Decide(AlertOf(kCaller), kDown, Enforce()).urgent);
}

TEST(Policy, OfAFloodTheListsAreAskedAboutTheCalledNumber) {
  const CallingNumber victim = Caller("+866315559001");
  EXPECT_EQ(ListedNumber(FloodOf(CalledNumber(victim.number()))), victim);
  EXPECT_EQ(ListedNumber(AlertOf(kCaller)), kCaller);
}

TEST(Policy, EveryReasonHasANameAndASentence) {
  for (int i = 0; i <= static_cast<int>(DecisionReason::kListedFlooded); ++i) {
    const auto reason = static_cast<DecisionReason>(i);
    EXPECT_FALSE(DecisionReasonName(reason).empty());
    EXPECT_TRUE(DecisionReasonText(reason).ends_with("."));
  }
}

}  // namespace
}  // namespace ringfence
