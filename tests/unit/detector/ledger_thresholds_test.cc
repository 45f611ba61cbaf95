// Thresholds for numbers by what the ledger says of their line, and what a change of it does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "detector/detector.h"
#include "tests/unit/detector/calls.h"

namespace ringfence {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using Traits = SubjectDirectory::LineTraits;

// Caller 0 is in a line of these traits and this customer, caller 1 in one without traits, caller 2
// in none.
std::shared_ptr<const SubjectDirectory> LedgerWith(Traits traits, const char* customer = "c") {
  auto directory = std::make_shared<SubjectDirectory>();
  directory->AddLine(LineId("a"), CustomerId(customer), {}, std::move(traits));
  directory->AddLine(LineId("b"), CustomerId("other"), {});
  directory->AddNumber(LineId("a"), Caller(0));
  directory->AddNumber(LineId("b"), Caller(1));
  return directory;
}

// 100, and 200 for hospitals, 30 for loans, 4 for customer vip.
DetectorOptions WithThresholds() {
  DetectorOptions options = NumberOptions(100);
  options.rules[0].ledger_thresholds.by_class["hospital"] = 200;
  options.rules[0].ledger_thresholds.by_industry["loan"] = 30;
  options.rules[0].ledger_thresholds.by_customer["vip"] = 4;
  return options;
}

// The count and threshold with which an alert of the caller opens; 0 and 0: none does.
std::pair<uint32_t, uint32_t> OpensAt(Detector& detector, int caller) {
  const Heard heard = Feed(detector, Calls(Caller(caller), kMidnight, kSecond, 500));
  if (heard.detections.empty()) return {};
  return {heard.detections[0].count, heard.detections[0].threshold};
}
std::pair<uint32_t, uint32_t> OpensAt(Traits traits, const char* customer = "c") {
  Detector detector(WithThresholds(), LedgerWith(std::move(traits), customer));
  return OpensAt(detector, 0);
}

TEST(LedgerThreshold, ANumberHasThatOfItsLinesClass) {
  EXPECT_EQ(OpensAt({"hospital", ""}), std::pair(201u, 200u));
}

TEST(LedgerThreshold, TheIndustryStandsAboveTheClass) {
  EXPECT_EQ(OpensAt({"hospital", "loan"}), std::pair(31u, 30u));
}

TEST(LedgerThreshold, TheCustomerStandsAboveTheIndustry) {
  EXPECT_EQ(OpensAt({"hospital", "loan"}, "vip"), std::pair(5u, 4u));
}

TEST(LedgerThreshold, NumbersOfOtherLinesAndOfNoneHaveTheRulesOwn) {
  EXPECT_EQ(OpensAt({"government", "courier"}), std::pair(101u, 100u));
  Detector detector(WithThresholds(), LedgerWith({"hospital", "loan"}, "vip"));
  EXPECT_EQ(OpensAt(detector, 1), std::pair(101u, 100u));
  EXPECT_EQ(OpensAt(detector, 2), std::pair(101u, 100u));
}

TEST(LedgerThreshold, WithoutALedgerAllNumbersHaveTheRulesOwn) {
  Detector detector(WithThresholds(), nullptr);
  EXPECT_EQ(OpensAt(detector, 0), std::pair(101u, 100u));
}

TEST(LedgerThreshold, TheWarningIsAtItsPercentOfTheThresholdThatApplies) {
  DetectorOptions options = WithThresholds();
  options.rules[0].warning_percent = 50;
  Detector detector(options, LedgerWith({"hospital", ""}));
  const Heard heard = Feed(detector, Calls(Caller(0), kMidnight, kSecond, 201));
  ASSERT_THAT(heard.detections, SizeIs(2));
  EXPECT_EQ(heard.detections[0].count, 101u);
  EXPECT_EQ(heard.detections[0].threshold, 100u);
}

TEST(LedgerThreshold, EvidenceBeginsHalfWayToTheThresholdThatApplies) {
  Detector detector(WithThresholds(), LedgerWith({"", "loan"}));
  const Heard heard = Feed(detector, Calls(Caller(0), kMidnight, kMinute, 31));
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].samples.size(), Detection::kMaxSamples);
}

TEST(LedgerThreshold, RulesOfSeveralWindowsHaveTheirOwn) {
  DetectorOptions options = WithThresholds();
  FrequencyRule hour;
  hour.id = RuleId("line-frequency-1h");
  hour.window = kHour;
  hour.threshold = 60;
  hour.warning_percent = 100;
  hour.ledger_thresholds.by_class["hospital"] = 90;
  options.rules.push_back(hour);
  Detector detector(options, LedgerWith({"hospital", ""}));
  const Heard hospital = Feed(detector, Calls(Caller(0), kMidnight, 30 * kSecond, 300));
  ASSERT_THAT(hospital.detections, SizeIs(2));
  EXPECT_EQ(hospital.detections[0].rule, RuleId("line-frequency-1h"));
  EXPECT_EQ(hospital.detections[0].count, 91u);
  EXPECT_EQ(hospital.detections[1].rule, RuleId("line-frequency"));
  EXPECT_EQ(hospital.detections[1].count, 201u);
}

TEST(LedgerThresholdChange, AppliesFromTheNextCallOn) {
  Detector detector(WithThresholds(), LedgerWith({"hospital", ""}));
  EXPECT_THAT(Feed(detector, Calls(Caller(0), kMidnight, kSecond, 150)).detections, IsEmpty());
  detector.SetDirectory(LedgerWith({"", ""}));
  const Heard lowered = Feed(detector, {Call(Caller(0), kMidnight + kHour)});
  ASSERT_THAT(lowered.detections, SizeIs(1));
  EXPECT_EQ(lowered.detections[0].count, 151u);
  EXPECT_EQ(lowered.detections[0].threshold, 100u);
  detector.SetDirectory(LedgerWith({"hospital", ""}));
  const Heard raised = Feed(detector, {Call(Caller(0), kMidnight + 2 * kHour)});
  ASSERT_THAT(raised.detections, SizeIs(1));
  EXPECT_EQ(raised.detections[0].transition, Transition::kClosed);
}

TEST(LedgerThresholdChange, ARaisedOneMissesNoCallOfThePast) {
  Detector detector(WithThresholds(), LedgerWith({"", ""}, "vip"));  // 4
  Feed(detector, Calls(Caller(0), kMidnight, kSecond, 200));
  detector.SetDirectory(LedgerWith({"hospital", ""}));  // 200
  EXPECT_THAT(Feed(detector, {Call(Caller(0), kMidnight + kHour)}).detections, IsEmpty());
  EXPECT_EQ(detector.stats().open_alerts, 1u);
}

TEST(LedgerThresholdChange, OfANumberThatCallsLittleIsExact) {
  Detector detector(WithThresholds(), LedgerWith({"", ""}));
  Feed(detector, Calls(Caller(0), kMidnight, kMinute, 8));
  detector.SetDirectory(LedgerWith({"", ""}, "vip"));
  const Heard heard = Feed(detector, {Call(Caller(0), kMidnight + kHour)});
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].count, 9u);
}

TEST(LedgerThresholdChange, AppliesToALineThatIsNewInTheLedger) {
  Detector detector(WithThresholds(), nullptr);
  Feed(detector, Calls(Caller(0), kMidnight, kMinute, 60));
  detector.SetDirectory(LedgerWith({"", "loan"}));
  const Heard heard = Feed(detector, {Call(Caller(0), kMidnight + kHour)});
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].threshold, 30u);
}

TEST(LedgerThresholdChange, ALineThatIsGoneLeavesTheRulesOwn) {
  Detector detector(WithThresholds(), LedgerWith({"hospital", ""}));
  Feed(detector, Calls(Caller(0), kMidnight, kSecond, 150));
  detector.SetDirectory(nullptr);
  const Heard heard = Feed(detector, {Call(Caller(0), kMidnight + kHour)});
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].threshold, 100u);
}

TEST(LedgerThresholdSnapshot, HasNothingOfTheLedger) {
  Detector hospital(WithThresholds(), LedgerWith({"hospital", ""}));
  Detector none(WithThresholds(), nullptr);
  for (Detector* detector : {&hospital, &none}) {
    Feed(*detector, Calls(Caller(0), kMidnight, kMinute, 40, ""));
  }
  EXPECT_EQ(hospital.Snapshot(), none.Snapshot());
}

TEST(LedgerThresholdSnapshot, IsJudgedByTheLedgerOfTheDayItIsTakenUp) {
  Detector detector(WithThresholds(), LedgerWith({"hospital", ""}));
  Feed(detector, Calls(Caller(0), kMidnight, kSecond, 150));
  auto restored = Detector::Restore(detector.Snapshot(), WithThresholds(), LedgerWith({"", ""}));
  ASSERT_TRUE(restored.ok()) << restored.status();
  const Heard heard = Feed(*restored, {Call(Caller(0), kMidnight + kHour)});
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].count, 151u);
  EXPECT_EQ(heard.detections[0].threshold, 100u);
}

TEST(LedgerThresholdOptions, AreRefusedOutOfRangeForNobodyAndForTotals) {
  const auto error = [](const DetectorOptions& options) {
    return CheckOptions(options).ToString();
  };
  EXPECT_EQ(error(WithThresholds()), "OK");
  DetectorOptions options = WithThresholds();
  options.rules[0].ledger_thresholds.by_class["hospital"] = 0;
  EXPECT_THAT(error(options), HasSubstr("the threshold is 0"));
  options = WithThresholds();
  options.rules[0].ledger_thresholds.by_customer[""] = 5;
  EXPECT_THAT(error(options), HasSubstr("an empty name"));
  options = WithThresholds();
  options.rules[0].subject = SubjectKind::kLine;
  EXPECT_THAT(error(options), HasSubstr("only a rule for numbers"));
}

}  // namespace
}  // namespace ringfence
