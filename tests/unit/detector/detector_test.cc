#include "detector/detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/detector/calls.h"

namespace ringfence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(LineFrequency, ThreeHundredCallsInADayAreAllowed) {
  Detector detector(NumberOptions(300), nullptr);
  EXPECT_THAT(Feed(detector, Calls(Caller(1), kMidnight, kMinute, 300)).detections, IsEmpty());
}

TEST(LineFrequency, TheCallAfterThreeHundredOpensTheAlert) {
  Detector detector(NumberOptions(300), nullptr);
  const Heard heard = Feed(detector, Calls(Caller(1), kMidnight, kMinute, 301));
  ASSERT_THAT(heard.detections, SizeIs(1));
  const Detection& alert = heard.detections[0];
  EXPECT_EQ(alert.rule.value(), "line-frequency");
  EXPECT_EQ(alert.level, Level::kAlert);
  EXPECT_EQ(alert.transition, Transition::kOpened);
  EXPECT_EQ(alert.subject.number, Caller(1));
  EXPECT_EQ(alert.number, Caller(1));
  EXPECT_EQ(alert.count, 301u);
  EXPECT_EQ(alert.threshold, 300u);
  EXPECT_EQ(alert.window, kDay);
  EXPECT_EQ(alert.at, kMidnight + 300 * kMinute);
  EXPECT_EQ(alert.first_call, kMidnight);
}

TEST(LineFrequency, ACallExactlyOneWindowEarlierDoesNotCount) {
  for (const Duration edge : {Duration(0), -kMicro}) {
    Detector detector(NumberOptions(300), nullptr);
    auto calls = Calls(Caller(1), kMidnight, kSecond, 300);
    calls.push_back(Call(Caller(1), kMidnight + kDay + edge));
    EXPECT_THAT(Feed(detector, calls).detections, SizeIs(edge == Duration(0) ? 0 : 1));
  }
}

TEST(LineFrequency, MidnightDoesNotEndTheWindow) {
  Detector detector(NumberOptions(300), nullptr);
  const Heard heard = Feed(detector, Calls(Caller(1), kMidnight - 200 * kSecond, kSecond, 301));
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].count, 301u);
  EXPECT_EQ(heard.detections[0].day_count, 101u);  // since midnight
}

TEST(LineFrequency, ABurstInOneInstantIsCountedCallByCall) {
  Detector detector(NumberOptions(300), nullptr);
  const Heard heard = Feed(detector, Calls(Caller(1), kMidnight, Duration(0), 1000));
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].count, 301u);
  EXPECT_EQ(heard.detections[0].at, kMidnight);
}

TEST(LineFrequency, NumbersAreCountedApart) {
  Detector detector(NumberOptions(2), nullptr);
  std::vector<Cdr> calls;
  for (int i = 0; i < 6; ++i) calls.push_back(Call(Caller(i % 3), kMidnight + i * kSecond));
  EXPECT_THAT(Feed(detector, calls).detections, IsEmpty());
}

TEST(LineFrequency, AnEpisodeClosesAtTheFirstCallWithinTheThresholdAndOpensAgain) {
  Detector detector(NumberOptions(2, kHour), nullptr);
  auto calls = Calls(Caller(1), kMidnight, kMinute, 5);
  calls.push_back(Call(Caller(1), kMidnight + 2 * kHour));
  const auto again = Calls(Caller(1), kMidnight + 2 * kHour + kMinute, kMinute, 2);
  calls.insert(calls.end(), again.begin(), again.end());
  const Heard heard = Feed(detector, calls);
  ASSERT_THAT(heard.detections, SizeIs(3));
  EXPECT_EQ(heard.detections[0].at, kMidnight + 2 * kMinute);
  EXPECT_EQ(heard.detections[1].transition, Transition::kClosed);
  EXPECT_EQ(heard.detections[1].at, kMidnight + 2 * kHour);
  EXPECT_EQ(heard.detections[1].count, 1u);
  EXPECT_EQ(heard.detections[2].transition, Transition::kOpened);
  EXPECT_EQ(heard.detections[2].at, kMidnight + 2 * kHour + 2 * kMinute);
}

TEST(LineFrequency, AnOpenEpisodeOutlivesASilenceOfMonths) {
  Detector detector(NumberOptions(2), nullptr);
  Feed(detector, Calls(Caller(1), kMidnight, kMinute, 3));
  Feed(detector, Calls(Caller(2), kMidnight + 90 * kDay, kMinute, 1));
  EXPECT_EQ(detector.stats().open_alerts, 1u);
  const Heard heard = Feed(detector, Calls(Caller(1), kMidnight + 91 * kDay, kMinute, 1));
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].transition, Transition::kClosed);
}

// docs/rules.md, "Episodes".
TEST(LineFrequency, TheWorkedExampleOfTheManualHolds) {
  Detector detector(NumberOptions(3, kHour), nullptr);
  auto calls = Calls(Caller(1), kMidnight, 10 * kMinute, 8);
  calls.push_back(Call(Caller(1), kMidnight + 135 * kMinute));
  const Heard heard = Feed(detector, calls);
  ASSERT_THAT(heard.detections, SizeIs(2));
  EXPECT_EQ(heard.detections[0].at, kMidnight + 30 * kMinute);
  EXPECT_EQ(heard.detections[0].count, 4u);
  EXPECT_EQ(heard.detections[0].first_call, kMidnight);
  EXPECT_EQ(heard.detections[1].transition, Transition::kClosed);
  EXPECT_EQ(heard.detections[1].at, kMidnight + 135 * kMinute);
  EXPECT_EQ(heard.detections[1].count, 1u);
}

TEST(LineFrequency, OneRecordOutOfOrderTakesBackACloseThatCameTooEarly) {
  Detector detector(NumberOptions(2, 10 * kMinute), nullptr);
  auto calls = Calls(Caller(1), kMidnight + kMinute, kMinute, 3);
  calls.push_back(Call(Caller(1), kMidnight + 12 * kMinute));
  EXPECT_THAT(Feed(detector, calls).detections, SizeIs(2));
  const Heard heard = Feed(detector, {Call(Caller(1), kMidnight + 4 * kMinute)});
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].transition, Transition::kOpened);
  EXPECT_EQ(heard.detections[0].at, kMidnight + 12 * kMinute);
}

TEST(Warning, OpensAboveItsShareOfTheThresholdAndClosesOnItsOwn) {
  DetectorOptions options = NumberOptions(10, kHour);
  options.rules[0].warning_percent = 80;
  Detector detector(options, nullptr);
  const Heard first = Feed(detector, Calls(Caller(1), kMidnight, kMinute, 11));
  ASSERT_THAT(first.detections, SizeIs(2));
  EXPECT_EQ(first.detections[0].level, Level::kWarning);
  EXPECT_EQ(first.detections[0].count, 9u);
  EXPECT_EQ(first.detections[0].threshold, 8u);
  EXPECT_EQ(first.detections[1].level, Level::kAlert);
  EXPECT_EQ(first.detections[1].count, 11u);
  // Ten calls are left in the window: within the threshold, still above the warning.
  const Heard second = Feed(detector, {Call(Caller(1), kMidnight + kHour + kMinute)});
  ASSERT_THAT(second.detections, SizeIs(1));
  EXPECT_EQ(second.detections[0].level, Level::kAlert);
  EXPECT_EQ(second.detections[0].transition, Transition::kClosed);
  EXPECT_EQ(detector.stats().open_warnings, 1u);
  EXPECT_EQ(detector.stats().open_alerts, 0u);
}

TEST(Warning, ItsThresholdIsRoundedDownAndNeverTheAlertsOwn) {
  EXPECT_EQ(WarningThreshold(300, 80), 240u);
  EXPECT_EQ(WarningThreshold(7, 80), 5u);
  EXPECT_EQ(WarningThreshold(300, 100), std::nullopt);
  EXPECT_EQ(WarningThreshold(2, 1), 1u);
  EXPECT_EQ(WarningThreshold(1, 80), std::nullopt);
  EXPECT_EQ(WarningThreshold(0, 80), std::nullopt);
  EXPECT_EQ(WarningThreshold(UINT32_MAX, 99), 4252017622u);
}

TEST(Lateness, ARecordWithinItCountsInItsPlace) {
  Detector detector(NumberOptions(2, kHour), nullptr);
  Feed(detector, {Call(Caller(1), kMidnight), Call(Caller(1), kMidnight + 30 * kMinute),
                  Call(Caller(2), kMidnight + 90 * kMinute)});
  const Heard heard = Feed(detector, {Call(Caller(1), kMidnight + 30 * kMinute, "late")});
  EXPECT_THAT(heard.late, IsEmpty());
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].count, 3u);
  EXPECT_EQ(heard.detections[0].at, kMidnight + 30 * kMinute);
}

TEST(Lateness, ARecordExactlyAtItStillCountsAndOneMicrosecondMoreIsLate) {
  Detector detector(NumberOptions(1), nullptr);
  Feed(detector, {Call(Caller(2), kMidnight), Call(Caller(1), kMidnight - kMinute)});
  const Heard heard = Feed(
      detector, {Call(Caller(1), kMidnight - kHour - kMicro), Call(Caller(1), kMidnight - kHour)});
  EXPECT_THAT(heard.late, ElementsAre(0u));
  ASSERT_THAT(heard.detections, SizeIs(1));  // the one at exactly the lateness is the second call
  EXPECT_EQ(heard.detections[0].at, kMidnight - kMinute);
  EXPECT_EQ(detector.stats().late, 1u);
  EXPECT_EQ(detector.stats().consumed, 4u);
  EXPECT_EQ(detector.stats().newest, kMidnight);
}

TEST(Samples, AreTheLatestTenRecordsNewestLast) {
  Detector detector(NumberOptions(300), nullptr);
  const Heard heard = Feed(detector, Calls(Caller(1), kMidnight, kMinute, 301));
  const auto& samples = heard.detections.at(0).samples;
  ASSERT_THAT(samples, SizeIs(10));
  EXPECT_EQ(samples.front().value(), "r291");
  EXPECT_EQ(samples.back().value(), "r300");
}

TEST(Samples, ASmallThresholdHasThoseFromHalfWayOn) {
  Detector detector(NumberOptions(4), nullptr);
  const Heard heard = Feed(detector, Calls(Caller(1), kMidnight, kMinute, 5));
  EXPECT_THAT(heard.detections.at(0).samples,
              ElementsAre(RecordId("r2"), RecordId("r3"), RecordId("r4")));
}

TEST(Samples, CallsOverTheThresholdOfAnOpenAlertAreNotKept) {
  Detector detector(NumberOptions(2, kHour), nullptr);
  Feed(detector, Calls(Caller(1), kMidnight, kMinute, 9));
  const Heard heard = Feed(detector, {Call(Caller(1), kMidnight + kHour + 7 * kMinute, "last")});
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].transition, Transition::kClosed);
  EXPECT_THAT(heard.detections[0].samples, ElementsAre(RecordId("last")));
}

TEST(Samples, RecordsWithoutAnIdAndOfOlderWindowsAreLeftOut) {
  Detector detector(NumberOptions(1, kHour), nullptr);
  Feed(detector, Calls(Caller(1), kMidnight, kMinute, 2, "old"));
  const Heard heard = Feed(detector, {Call(Caller(1), kMidnight + 3 * kHour, "a"),
                                      Call(Caller(1), kMidnight + 3 * kHour + kMinute)});
  ASSERT_THAT(heard.detections, SizeIs(2));
  EXPECT_THAT(heard.detections[1].samples, ElementsAre(RecordId("a")));
}

TEST(DayCount, IsThatOfTheCalendarDayOfTheCall) {
  Detector detector(NumberOptions(3, kHour), nullptr);
  Feed(detector, Calls(Caller(1), kMidnight - 5 * kHour, kMinute, 4));
  Feed(detector, Calls(Caller(1), kMidnight + kHour, 2 * kHour, 6));
  const Heard heard = Feed(detector, Calls(Caller(1), kMidnight + 20 * kHour, kMinute, 4));
  ASSERT_THAT(heard.detections, SizeIs(1));
  EXPECT_EQ(heard.detections[0].count, 4u);
  EXPECT_EQ(heard.detections[0].day_count, 10u);
}

TEST(Memory, IdleNumbersAreFreedAsTimePasses) {
  DetectorOptions options = NumberOptions(300);
  Detector detector(options, nullptr);
  for (int day = 0; day < 10; ++day) {
    for (int i = 0; i < 500; ++i) {
      const uint64_t number = 8'663'155'500'000 + static_cast<uint64_t>(day * 500 + i);
      Feed(detector, {Call(CallingNumber(PhoneNumber::FromPacked(number)),
                           kMidnight + day * kDay + i * kMinute)});
    }
  }
  EXPECT_LE(detector.stats().tracked_numbers, 1100u);
  Feed(detector, {Call(Caller(1), kMidnight + 20 * kDay)});
  EXPECT_EQ(detector.stats().tracked_numbers, 1u);
  EXPECT_EQ(detector.stats().retained_times, 1u);
}

TEST(Memory, ANumberHoldsTwiceItsThresholdAndOneTimesAtMost) {
  Detector detector(NumberOptions(300), nullptr);
  Feed(detector, Calls(Caller(1), kMidnight, kSecond, 20'000));
  EXPECT_EQ(detector.stats().retained_times, 601u);
}

TEST(Options, NonsenseIsRefusedByName) {
  EXPECT_TRUE(CheckOptions(DetectorOptions{}).ok());
  const auto refused = [](auto change) {
    DetectorOptions options;
    change(options);
    return !CheckOptions(options).ok();
  };
  EXPECT_TRUE(refused([](DetectorOptions& o) { o.rules.clear(); }));
  EXPECT_TRUE(refused([](DetectorOptions& o) { o.rules[0].threshold = 0; }));
  EXPECT_TRUE(refused([](DetectorOptions& o) { o.rules[0].window = Duration(0); }));
  EXPECT_TRUE(refused([](DetectorOptions& o) { o.rules[0].warning_percent = 101; }));
  EXPECT_TRUE(refused([](DetectorOptions& o) { o.rules[1].id = o.rules[0].id; }));
  EXPECT_TRUE(refused([](DetectorOptions& o) { o.rules[0].id = RuleId(); }));
  EXPECT_TRUE(refused([](DetectorOptions& o) { o.lateness = Duration(-1); }));
  EXPECT_TRUE(refused([](DetectorOptions& o) { o.day_offset = std::chrono::hours(25); }));
}

}  // namespace
}  // namespace ringfence
