// Called numbers that are flooded with calls.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detector/detector.h"
#include "tests/unit/detector/calls.h"

namespace ringfence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const CalledNumber kVictim(PhoneNumber::FromString("+866315559001").value());
const CalledNumber kShortCode(PhoneNumber::FromString("110").value());

Cdr CallTo(CalledNumber called, int caller, EventTime setup, std::string id = "r") {
  Cdr cdr = Call(Caller(caller), setup, std::move(id));
  cdr.called = called;
  return cdr;
}

// `count` calls, one a second, by `callers` numbers in turn.
std::vector<Cdr> CallsTo(CalledNumber called, int count, int callers, EventTime from = kMidnight) {
  std::vector<Cdr> calls;
  for (int i = 0; i < count; ++i) {
    calls.push_back(CallTo(called, i % callers, from + i * kSecond, "r" + std::to_string(i)));
  }
  return calls;
}

DetectorOptions FloodOptions(std::vector<FloodWindow> windows, Duration lateness = 10 * kMinute) {
  DetectorOptions options;
  options.rules.clear();
  options.flood.emplace();
  options.flood->windows = std::move(windows);
  options.flood->lateness = lateness;
  return options;
}

// At most 5 calls of 3 callers a minute.
DetectorOptions SmallLimits() { return FloodOptions({{kMinute, 5, 3}}); }

TEST(CalledFlood, OneCallerWhoRedialsIsFoundByTheCalls) {
  Detector detector(SmallLimits(), nullptr);
  EXPECT_THAT(Feed(detector, CallsTo(kVictim, 5, 1)).detections, IsEmpty());
  const auto found = Feed(detector, {CallTo(kVictim, 0, kMidnight + 5 * kSecond)}).detections;
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].rule.value(), "called-flood");
  EXPECT_EQ(found[0].transition, Transition::kOpened);
  EXPECT_EQ(found[0].subject.kind, SubjectKind::kCalled);
  EXPECT_EQ(found[0].subject.called, kVictim);
  EXPECT_EQ(found[0].flood->measure, FloodFacts::Measure::kCalls);
  EXPECT_EQ(found[0].count, 6u);
  EXPECT_EQ(found[0].threshold, 5u);
  EXPECT_EQ(found[0].window, kMinute);
  EXPECT_EQ(found[0].at, kMidnight + 5 * kSecond);
  EXPECT_EQ(found[0].first_call, kMidnight);
}

TEST(CalledFlood, ManyCallersAreFoundBeforeTheCallsAreMany) {
  Detector detector(SmallLimits(), nullptr);
  const auto found = Feed(detector, CallsTo(kVictim, 4, 4)).detections;
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].flood->measure, FloodFacts::Measure::kCallers);
  EXPECT_EQ(found[0].count, 4u);
  EXPECT_EQ(found[0].threshold, 3u);
}

TEST(CalledFlood, TheShortestWindowThatIsFloodedIsReported) {
  Detector detector(FloodOptions({{kSecond, 2, 9}, {kHour, 4, 9}}), nullptr);
  const auto found = Feed(detector, CallsTo(kVictim, 5, 1)).detections;
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].window, kHour);
}

TEST(CalledFlood, ClosesAtTheFirstLaterCallThatIsWithinTheLimits) {
  Detector detector(SmallLimits(), nullptr);
  Feed(detector, CallsTo(kVictim, 20, 2));
  EXPECT_EQ(detector.stats().open_alerts, 1u);
  const auto found = Feed(detector, {CallTo(kVictim, 0, kMidnight + kHour)}).detections;
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].transition, Transition::kClosed);
  EXPECT_EQ(found[0].count, 1u);
  EXPECT_EQ(detector.stats().open_alerts, 0u);
}

TEST(CalledFlood, TheCallersStandInTheEvidenceTheMostFrequentFirst) {
  Detector detector(SmallLimits(), nullptr);
  std::vector<Cdr> calls;
  for (const int caller : {2, 1, 1, 2, 0, 2}) {
    calls.push_back(CallTo(kVictim, caller, kMidnight, "r" + std::to_string(calls.size())));
  }
  const auto found = Feed(detector, calls).detections;
  ASSERT_THAT(found, SizeIs(1));
  using C = FloodFacts::Caller;
  EXPECT_THAT(found[0].flood->top, ElementsAre(C{Caller(2), 3}, C{Caller(1), 2}, C{Caller(0), 1}));
  EXPECT_EQ(found[0].flood->calls, 6u);
  EXPECT_EQ(found[0].flood->callers, 3u);
  EXPECT_EQ(found[0].number, Caller(2));
  EXPECT_THAT(found[0].samples, ElementsAre(RecordId("r5")));
}

TEST(CalledFlood, ThereIsABoundOnTheCallersInTheEvidence) {
  Detector detector(FloodOptions({{kHour, 500, 200}}), nullptr);
  const auto found = Feed(detector, CallsTo(kVictim, 201, 201)).detections;
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].flood->top, SizeIs(FloodFacts::kMaxCallers));
  EXPECT_EQ(found[0].flood->callers, 201u);
}

TEST(CalledFlood, AServiceMayBeCalledByAnyNumberOfCallers) {
  Detector detector(SmallLimits(), nullptr);
  EXPECT_THAT(Feed(detector, CallsTo(kShortCode, 900, 900)).detections, IsEmpty());
}

TEST(CalledFlood, AServiceIsFloodedByRepeatedCalls) {
  Detector detector(SmallLimits(), nullptr);
  const auto found = Feed(detector, CallsTo(kShortCode, 8, 2)).detections;
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].flood->measure, FloodFacts::Measure::kRepeatedCalls);
  EXPECT_EQ(found[0].count, 6u);
  EXPECT_EQ(found[0].threshold, 5u);
  EXPECT_EQ(found[0].flood->calls, 8u);
}

TEST(CalledFlood, ANumberOfTheLedgerIsAService) {
  auto ledger = std::make_shared<SubjectDirectory>();
  ledger->AddLine(LineId("a"), CustomerId("c"), std::nullopt);
  ledger->AddNumber(LineId("a"), CallingNumber(kVictim.number()));
  Detector detector(SmallLimits(), ledger);
  EXPECT_THAT(Feed(detector, CallsTo(kVictim, 60, 60)).detections, IsEmpty());
  detector.SetDirectory(nullptr);
  EXPECT_THAT(Feed(detector, {CallTo(kVictim, 0, kMidnight + kMinute)}).detections, SizeIs(1));
}

TEST(CalledFlood, NumbersThatAreLeftOutAreNeverFlooded) {
  DetectorOptions options = SmallLimits();
  options.flood->except = {kVictim};
  Detector detector(options, nullptr);
  EXPECT_THAT(Feed(detector, CallsTo(kVictim, 60, 60)).detections, IsEmpty());
  EXPECT_EQ(detector.stats().received_calls, 0u);
}

TEST(CalledFlood, ARecordLaterThanItsLatenessIsNotCountedButIsNotLateForOtherRules) {
  Detector detector(FloodOptions({{kHour, 1, 9}}, kMinute), nullptr);
  const auto heard = Feed(detector, {CallTo(kVictim, 0, kMidnight + kHour),
                                     CallTo(kVictim, 0, kMidnight + kHour - kMinute - kSecond)});
  EXPECT_THAT(heard.detections, IsEmpty());
  EXPECT_THAT(heard.late, IsEmpty());
  EXPECT_EQ(detector.stats().flood_late, 1u);
}

TEST(CalledFlood, ARecordThatComesLateCanOpenAnEpisode) {
  Detector detector(SmallLimits(), nullptr);
  std::vector<Cdr> calls = CallsTo(kVictim, 5, 1);
  calls.push_back(CallTo(kVictim, 1, kMidnight + kSecond));
  const auto found = Feed(detector, calls).detections;
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].at, kMidnight + 4 * kSecond);
  EXPECT_EQ(found[0].count, 6u);
}

TEST(CalledFlood, UnderAnotherVersionWhoIsFloodedIsFoundAnewWithTheNextCall) {
  Detector detector(SmallLimits(), nullptr);
  Feed(detector, CallsTo(kVictim, 6, 1));
  DetectorOptions options = SmallLimits();
  options.flood->version = 2;
  auto restored = Detector::Restore(detector.Snapshot(), options, nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->stats().open_alerts, 0u);
  const auto found = Feed(*restored, {CallTo(kVictim, 0, kMidnight + 6 * kSecond)}).detections;
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].rule_version, 2u);
  EXPECT_EQ(found[0].count, 7u);
}

TEST(CalledFlood, WithoutTheRuleNothingIsHeld) {
  Detector detector(DetectorOptions{}, nullptr);
  Feed(detector, CallsTo(kVictim, 60, 60));
  EXPECT_EQ(detector.stats().received_calls, 0u);
}

TEST(CalledFlood, DetectionsStandBehindThoseOfTheOtherRules) {
  DetectorOptions options = SmallLimits();
  options.rules = NumberOptions(5).rules;
  Detector detector(options, nullptr);
  const auto found = Feed(detector, CallsTo(kVictim, 6, 1)).detections;
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].rule.value(), "line-frequency");
  EXPECT_EQ(found[1].rule.value(), "called-flood");
}

TEST(CalledFlood, ASnapshotWithoutTheRuleIsThatOfBefore) {
  DetectorOptions with = SmallLimits();
  with.rules = DefaultRules();
  Detector detector(with, nullptr);
  Detector plain(DetectorOptions{}, nullptr);
  Feed(detector, CallsTo(kVictim, 6, 1));
  Feed(plain, CallsTo(kVictim, 6, 1));
  const auto without = Detector::Restore(detector.Snapshot(), DetectorOptions{}, nullptr);
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_EQ(without->Snapshot(), plain.Snapshot());
}

TEST(CalledFlood, TheRuleBeginsEmptyOnASnapshotOfBefore) {
  Detector plain(DetectorOptions{}, nullptr);
  Feed(plain, CallsTo(kVictim, 6, 1));
  DetectorOptions with;
  with.flood.emplace();
  const auto restored = Detector::Restore(plain.Snapshot(), with, nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->stats().received_calls, 0u);
}

TEST(CalledFlood, CallsAreForgottenOnceNoWindowCanHoldThem) {
  Detector detector(SmallLimits(), nullptr);
  std::vector<Cdr> calls(1000, CallTo(kVictim, 0, kMidnight));
  size_t after_half = 0;
  uint64_t number = 8'613'900'000'000;
  for (int minute = 0; minute < 100; ++minute) {
    for (Cdr& cdr : calls) {
      cdr.called = CalledNumber(PhoneNumber::FromPacked(++number));
      cdr.setup = kMidnight + minute * kMinute;
    }
    EXPECT_THAT(Feed(detector, calls).detections, IsEmpty());
    if (minute == 50) after_half = detector.stats().memory_bytes;
  }
  EXPECT_LE(detector.stats().received_calls, 11'000u + 8'192u);  // those that matter, and a page
  EXPECT_LE(detector.stats().memory_bytes, after_half + 8'192 * 32);
}

TEST(CalledFlood, OptionsThatCantBeAreRefused) {
  const auto refused = [](std::vector<FloodWindow> windows) {
    return !CheckOptions(FloodOptions(std::move(windows))).ok();
  };
  EXPECT_FALSE(refused({{kMinute, 5, 3}, {kHour, 1, 1}}));
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({{Duration(0), 5, 3}}));
  EXPECT_TRUE(refused({{25 * kHour, 5, 3}}));
  EXPECT_TRUE(refused({{kHour, 5, 3}, {kMinute, 5, 3}}));
  EXPECT_TRUE(refused({{kMinute, 0, 3}}));
  EXPECT_TRUE(refused({{kMinute, 5, 0}}));
  EXPECT_TRUE(refused({{kMinute, 5, kMaxFloodCalls + 1}}));
}

TEST(CalledFlood, NoOtherRuleMayHaveItsIdOrItsSubject) {
  DetectorOptions options = SmallLimits();
  options.rules = NumberOptions(5).rules;
  EXPECT_TRUE(CheckOptions(options).ok());
  options.rules[0].id = options.flood->id;
  EXPECT_FALSE(CheckOptions(options).ok());
  options.flood.reset();
  options.rules[0].subject = SubjectKind::kCalled;
  EXPECT_FALSE(CheckOptions(options).ok());
}

}  // namespace
}  // namespace ringfence
