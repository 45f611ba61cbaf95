// Lines and customers: what the ledger declares, and the calls of all their numbers together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "detector/detector.h"
#include "tests/unit/detector/calls.h"

namespace ringfence {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

// Lines a (callers 0, 1) and b (caller 2) of customer c.
std::shared_ptr<SubjectDirectory> Ledger(std::optional<uint32_t> a, std::optional<uint32_t> b) {
  auto directory = std::make_shared<SubjectDirectory>();
  directory->AddLine(LineId("a"), CustomerId("c"), a);
  directory->AddLine(LineId("b"), CustomerId("c"), b);
  directory->AddNumber(LineId("a"), Caller(0));
  directory->AddNumber(LineId("a"), Caller(1));
  directory->AddNumber(LineId("b"), Caller(2));
  return directory;
}

DetectorOptions Options() {
  DetectorOptions options;
  for (FrequencyRule& rule : options.rules) rule.warning_percent = 100;
  return options;
}

TEST(SubjectDirectory, ACustomersLimitIsTheSumOfItsLines) {
  EXPECT_EQ(Ledger(3, 4)->customers().at(0).daily_limit, 7u);
  EXPECT_EQ(Ledger(UINT32_MAX, 4)->customers().at(0).daily_limit, UINT32_MAX);
}

TEST(SubjectDirectory, ACustomerWithALineWithoutLimitHasNone) {
  EXPECT_EQ(Ledger(3, std::nullopt)->customers().at(0).daily_limit, std::nullopt);
}

TEST(SubjectDirectory, ALineDeclaredAgainHasItsNewLimitAndCustomer) {
  auto directory = Ledger(3, std::nullopt);
  directory->AddLine(LineId("b"), CustomerId("c"), 5);
  EXPECT_EQ(directory->customers().at(0).daily_limit, 8u);
  directory->AddLine(LineId("b"), CustomerId("d"), 6);
  EXPECT_EQ(directory->customers().at(0).daily_limit, 3u);
  EXPECT_EQ(directory->customers().at(1).daily_limit, 6u);
  EXPECT_EQ(directory->Find(Caller(2))->customer, 1u);
  EXPECT_EQ(directory->lines().size(), 2u);
}

TEST(SubjectDirectory, ANumberOfNoLineIsNotFound) {
  auto directory = Ledger(3, 4);
  directory->AddNumber(LineId("unknown"), Caller(9));
  EXPECT_EQ(directory->Find(Caller(9)), nullptr);
  EXPECT_EQ(directory->Find(Caller(1))->line, 0u);
}

TEST(LineTotal, CountsTheCallsOfAllItsNumbers) {
  Detector detector(Options(), Ledger(3, 100));
  const Heard heard = Feed(
      detector, {Call(Caller(0), kMidnight), Call(Caller(1), kMidnight), Call(Caller(2), kMidnight),
                 Call(Caller(0), kMidnight), Call(Caller(1), kMidnight + kSecond, "fourth")});
  ASSERT_THAT(heard.detections, SizeIs(1));
  const Detection& alert = heard.detections[0];
  EXPECT_EQ(alert.rule.value(), "line-total");
  EXPECT_EQ(alert.subject.kind, SubjectKind::kLine);
  EXPECT_EQ(alert.subject.name, "a");
  EXPECT_EQ(alert.number, Caller(1));
  EXPECT_EQ(alert.count, 4u);
  EXPECT_EQ(alert.threshold, 3u);
  EXPECT_EQ(alert.samples.back().value(), "fourth");
}

TEST(CustomerTotal, CountsTheCallsOfAllItsLines) {
  Detector detector(Options(), Ledger(2, 2));
  std::vector<Cdr> calls;
  for (const int caller : {0, 1, 2, 2}) calls.push_back(Call(Caller(caller), kMidnight));
  EXPECT_THAT(Feed(detector, calls).detections, IsEmpty());
  const Heard heard = Feed(detector, {Call(Caller(0), kMidnight)});
  ASSERT_THAT(heard.detections, SizeIs(2));
  EXPECT_EQ(heard.detections[0].subject.name, "a");
  EXPECT_EQ(heard.detections[1].rule.value(), "customer-total");
  EXPECT_EQ(heard.detections[1].subject.name, "c");
  EXPECT_EQ(heard.detections[1].count, 5u);
}

TEST(LineTotal, ALineWithoutLimitIsNotJudged) {
  Detector detector(Options(), Ledger(std::nullopt, 1));
  EXPECT_THAT(Feed(detector, Calls(Caller(0), kMidnight, kSecond, 200)).detections, IsEmpty());
  EXPECT_EQ(detector.stats().tracked_groups, 0u);
}

TEST(LineTotal, ALimitOfZeroAllowsNoCall) {
  Detector detector(Options(), Ledger(0, 100));
  EXPECT_THAT(Feed(detector, {Call(Caller(0), kMidnight)}).detections, SizeIs(1));
}

TEST(LedgerChange, ANewLimitIsAppliedFromTheNextCallOn) {
  Detector detector(Options(), Ledger(10, 100));
  Feed(detector, Calls(Caller(0), kMidnight, kMinute, 7));
  detector.SetDirectory(Ledger(5, 100));
  const Heard lowered = Feed(detector, {Call(Caller(1), kMidnight + 10 * kMinute)});
  ASSERT_THAT(lowered.detections, SizeIs(1));
  EXPECT_EQ(lowered.detections[0].count, 8u);
  EXPECT_EQ(lowered.detections[0].threshold, 5u);
  detector.SetDirectory(Ledger(20, 100));
  const Heard raised = Feed(detector, {Call(Caller(1), kMidnight + 11 * kMinute)});
  ASSERT_THAT(raised.detections, SizeIs(1));
  EXPECT_EQ(raised.detections[0].transition, Transition::kClosed);
}

TEST(LedgerChange, CountsFollowTheNameNotThePlaceInTheLedger) {
  Detector detector(Options(), Ledger(3, 100));
  Feed(detector, Calls(Caller(0), kMidnight, kMinute, 3));
  auto directory = std::make_shared<SubjectDirectory>();
  directory->AddLine(LineId("b"), CustomerId("c"), 100);
  directory->AddLine(LineId("a"), CustomerId("c"), 3);
  directory->AddNumber(LineId("a"), Caller(0));
  detector.SetDirectory(directory);
  const Heard heard = Feed(detector, {Call(Caller(0), kMidnight + 5 * kMinute)});
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].subject.name, "a");
  EXPECT_EQ(heard.detections[0].count, 4u);
}

TEST(LedgerChange, WithoutALedgerOnlyNumbersAreJudged) {
  Detector detector(Options(), Ledger(3, 3));
  detector.SetDirectory(nullptr);
  EXPECT_THAT(Feed(detector, Calls(Caller(0), kMidnight, kSecond, 300)).detections, IsEmpty());
  EXPECT_THAT(Feed(detector, Calls(Caller(0), kMidnight + 400 * kSecond, kSecond, 1)).detections,
              SizeIs(1));
}

TEST(LineTotal, IdleGroupsAreFreedAndCountAgain) {
  Detector detector(Options(), Ledger(3, 3));
  Feed(detector, Calls(Caller(0), kMidnight, kSecond, 3));
  Feed(detector, {Call(Caller(9), kMidnight + 5 * kDay)});
  EXPECT_EQ(detector.stats().tracked_groups, 0u);
  EXPECT_THAT(Feed(detector, Calls(Caller(0), kMidnight + 5 * kDay, kSecond, 3)).detections,
              IsEmpty());
  EXPECT_EQ(detector.stats().tracked_groups, 2u);
}

}  // namespace
}  // namespace ringfence
