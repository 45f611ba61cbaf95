// What kind of caller it is: the features beside a detection.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detector/detector.h"
#include "detector/features/call_outcome.h"
#include "detector/features/day_tally.h"
#include "tests/unit/detector/calls.h"
#include "tests/unit/detector/detections_text.h"

namespace ringfence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr EventTime kMidday = kMidnight + 12 * kHour;
constexpr uint64_t kFirstCalled = 8'613'155'600'000;

// More than 10 calls alert; from the 6th on the features are kept.
DetectorOptions FeatureOptions() {
  DetectorOptions options = NumberOptions(10);
  options.features = true;
  return options;
}

CalledNumber Called(int index) {
  return CalledNumber(PhoneNumber::FromPacked(kFirstCalled + static_cast<uint64_t>(index)));
}

Cdr Answered(Cdr cdr, Duration talk) {
  cdr.answer = cdr.setup + 3 * kSecond;
  cdr.release = *cdr.answer + talk;
  return cdr;
}

// The features of the one alert that these calls open.
CallFeatures FeaturesOf(const std::vector<Cdr>& calls,
                        const DetectorOptions& options = FeatureOptions()) {
  Detector detector(options, nullptr);
  const std::vector<Detection> detections = Feed(detector, calls).detections;
  EXPECT_THAT(detections, SizeIs(1));
  EXPECT_TRUE(!detections.empty() && detections[0].features);
  return detections.empty() ? CallFeatures() : detections[0].features.value_or(CallFeatures());
}

TEST(CallOutcome, IsNothingForACallThatWasNotAnswered) {
  Cdr cdr = Call(Caller(1), kMidday);
  cdr.release = kMidday + kMinute;
  const CallOutcome outcome = OutcomeOf(cdr, 6 * kSecond);
  EXPECT_FALSE(outcome.answered || outcome.brief);
  EXPECT_EQ(outcome.talk_seconds, 0u);
}

TEST(CallOutcome, IsShortBeforeTheBoundAndNotAtIt) {
  const Cdr cdr = Call(Caller(1), kMidday);
  EXPECT_TRUE(OutcomeOf(Answered(cdr, 6 * kSecond - kMicro), 6 * kSecond).brief);
  EXPECT_FALSE(OutcomeOf(Answered(cdr, 6 * kSecond), 6 * kSecond).brief);
}

TEST(CallOutcome, OfAnUnknownReleaseIsAnAnswerAndNoMore) {
  Cdr cdr = Call(Caller(1), kMidday);
  cdr.answer = kMidday;
  const CallOutcome outcome = OutcomeOf(cdr, 6 * kSecond);
  EXPECT_TRUE(outcome.answered);
  EXPECT_FALSE(outcome.brief);
  cdr.release = kMidday - kSecond;
  EXPECT_FALSE(OutcomeOf(cdr, 6 * kSecond).brief);
}

TEST(DayTally, HasNoDayBeforeTheFirstCall) { EXPECT_EQ(DayTally().Of(0), std::nullopt); }

TEST(DayTally, BeginsAnewWithALaterDayAndLeavesOutAnEarlierOne) {
  DayTally tally;
  const CallOutcome answered{.answered = true, .brief = true, .talk_seconds = 4};
  tally.Count(20'781, answered);
  tally.Count(20'782, answered);
  tally.Count(20'781, answered);
  EXPECT_EQ(tally.Of(20'781), std::nullopt);
  EXPECT_EQ(tally.Of(20'782), (CallFeatures::Day{1, 1, 4}));
}

TEST(DayTally, StopsAtItsMaximum) {
  DayTally tally;
  const CallOutcome long_one{.answered = true, .brief = true, .talk_seconds = 1'000'000};
  for (int i = 0; i < 20'000; ++i) tally.Count(7, long_one);
  EXPECT_EQ(tally.Of(7),
            (CallFeatures::Day{DayTally::kMostCalls, DayTally::kMostCalls, DayTally::kMostTalk}));
}

TEST(DayTally, KnowsDaysFrom1970To2149) {
  DayTally tally;
  tally.Count(-1, {.answered = true});
  tally.Count(65'535, {.answered = true});
  EXPECT_EQ(tally.Of(-1), std::nullopt);
  EXPECT_EQ(tally.Of(65'535), std::nullopt);
  tally.Count(0, {.answered = true});
  tally.Count(65'534, {.answered = true});
  EXPECT_EQ(tally.Of(65'534), (CallFeatures::Day{1, 0, 0}));
}

TEST(DayTally, ReadsWhatItWroteAndNoDayAfterTheLatest) {
  DayTally tally;
  tally.Count(20'781, {.answered = true, .brief = true, .talk_seconds = 4});
  ByteWriter writer;
  tally.Write(writer);
  DayTally read;
  ByteReader reader(writer.bytes());
  EXPECT_TRUE(read.Read(20'781, reader) && reader.AtEnd());
  EXPECT_EQ(read.Of(20'781), tally.Of(20'781));
  ByteReader early(writer.bytes());
  EXPECT_FALSE(DayTally().Read(20'780, early));
}

TEST(Features, AreThereOnlyWhenAskedFor) {
  Detector detector(NumberOptions(10), nullptr);
  const auto heard = Feed(detector, Calls(Caller(1), kMidday, kMinute, 11));
  EXPECT_EQ(heard.detections.at(0).features, std::nullopt);
}

TEST(Features, AreOfTheCallsFromHalfWayToTheLimitOn) {
  const CallFeatures features = FeaturesOf(Calls(Caller(1), kMidday, kMinute, 11));
  EXPECT_EQ(features.calls, 6u);
  EXPECT_EQ(features.since, kMidday + 5 * kMinute);
}

TEST(Features, KnowOfCallsThatWaitInTheLine) {
  DetectorOptions options = FeatureOptions();
  options.rules[0].threshold = 300;
  std::vector<Cdr> calls = Calls(Caller(1), kMidday, kSecond, 301);
  for (Cdr& cdr : calls) cdr = Answered(cdr, kSecond);
  const CallFeatures features = FeaturesOf(calls, options);
  EXPECT_EQ(features.calls, 151u);
  EXPECT_EQ(features.answered, 151u);
  EXPECT_EQ(features.day, (CallFeatures::Day{301, 301, 301}));
}

TEST(Features, CountAnswersShortCallsAndTalk) {
  std::vector<Cdr> calls = Calls(Caller(1), kMidday, kMinute, 11);
  calls[6] = Answered(calls[6], 2 * kSecond);
  calls[8] = Answered(calls[8], 90 * kSecond);
  const CallFeatures features = FeaturesOf(calls);
  EXPECT_EQ(features.answered, 2u);
  EXPECT_EQ(features.brief, 1u);
  EXPECT_EQ(features.talk_seconds, 92u);
}

TEST(Features, ANumberThatIsCalledAgainAndAgainIsOneAndNotSequential) {
  const CallFeatures features = FeaturesOf(Calls(Caller(1), kMidday, kMinute, 11));
  EXPECT_EQ(features.distinct_called, 1u);
  EXPECT_EQ(features.sequential, 0u);
}

TEST(Features, DistinctNumbersAreNeverMoreThanCalls) {
  DetectorOptions options = FeatureOptions();
  options.rules[0].threshold = 1'000;
  std::vector<Cdr> calls = Calls(Caller(1), kMidday, kSecond, 1'001);
  for (int i = 0; i < 1'001; ++i) calls[static_cast<size_t>(i)].called = Called(17 * i);
  const CallFeatures features = FeaturesOf(calls, options);
  EXPECT_LE(features.distinct_called, features.calls);
  EXPECT_GE(features.distinct_called, features.calls * 7 / 10);
}

TEST(Features, ACallToANumberUpToTenFromTheOneBeforeIsSequential) {
  std::vector<Cdr> calls = Calls(Caller(1), kMidday, kMinute, 11);
  const std::vector<int> called = {0, 1, 11, 0, 11, 0};  // 1, 10, 11, 11 and 11 away
  for (size_t i = 0; i < called.size(); ++i) calls[5 + i].called = Called(called[i]);
  EXPECT_EQ(FeaturesOf(calls).sequential, 2u);
}

TEST(Features, ACallCountsInItsOwnHourWheneverItComes) {
  std::vector<Cdr> calls = Calls(Caller(1), kMidday, kSecond, 9);
  calls.push_back(Call(Caller(1), kMidday + kHour));
  calls.push_back(Call(Caller(1), kMidday + kMinute));
  const CallFeatures features = FeaturesOf(calls);
  EXPECT_EQ(features.first_hour, kMidday);
  EXPECT_THAT(features.calls_by_hour, ElementsAre(5, 1));
}

// Ten calls from 12:00 on, of which five count, then eleven.
CallFeatures AfterTenAtMidday(EventTime from) {
  DetectorOptions options = FeatureOptions();
  options.rules[0].window = kHour;
  std::vector<Cdr> calls = Calls(Caller(1), kMidday, kMinute, 10);
  for (const Cdr& cdr : Calls(Caller(1), from, kSecond, 11)) calls.push_back(cdr);
  Detector detector(options, nullptr);
  const std::vector<Detection> detections = Feed(detector, calls).detections;
  EXPECT_THAT(detections, SizeIs(1));
  return detections.at(0).features.value_or(CallFeatures());
}

TEST(Features, HaveTheWholeHourThatTheWindowTouches) {
  const CallFeatures features = AfterTenAtMidday(kMidday + kHour + 30 * kMinute);
  EXPECT_EQ(features.first_hour, kMidday);
  EXPECT_THAT(features.calls_by_hour, ElementsAre(5, 11));
}

TEST(Features, LeaveOutTheHoursBeforeTheWindow) {
  const CallFeatures features = AfterTenAtMidday(kMidday + 2 * kHour);
  EXPECT_EQ(features.first_hour, kMidday + 2 * kHour);
  EXPECT_THAT(features.calls_by_hour, ElementsAre(11));
}

TEST(Features, BeginAnewAfterALongTimeBelowHalfWay) {
  std::vector<Cdr> calls = Calls(Caller(1), kMidnight, kMinute, 8);
  for (const Cdr& cdr : Calls(Caller(1), kMidnight + 49 * kHour, kMinute, 11)) calls.push_back(cdr);
  EXPECT_EQ(FeaturesOf(calls).since, kMidnight + 49 * kHour + 5 * kMinute);
}

TEST(Features, OfTheDayKnowTheCallsBeforeHalfWay) {
  std::vector<Cdr> calls = Calls(Caller(1), kMidday, kMinute, 11);
  calls[0] = Answered(calls[0], 4 * kSecond);
  const CallFeatures features = FeaturesOf(calls);
  EXPECT_EQ(features.answered, 0u);
  EXPECT_EQ(features.day, (CallFeatures::Day{1, 1, 4}));
}

TEST(Features, OfTheDayBeginAtMidnight) {
  std::vector<Cdr> calls = Calls(Caller(1), kMidnight - 5 * kMinute, kMinute, 11);
  for (Cdr& cdr : calls) cdr = Answered(cdr, 4 * kSecond);
  EXPECT_EQ(FeaturesOf(calls).day, (CallFeatures::Day{6, 6, 24}));
}

TEST(Features, OfTheDayAreLeftOutForAnAlertBeforeTheNumbersNewestDay) {
  std::vector<Cdr> calls = Calls(Caller(1), kMidnight - 10 * kMinute, kSecond, 10);
  calls.push_back(Call(Caller(1), kMidnight));
  calls.push_back(Call(Caller(1), kMidnight - 9 * kMinute));
  DetectorOptions options = FeatureOptions();
  options.rules[0].window = 5 * kMinute;
  Detector detector(options, nullptr);
  const std::vector<Detection> detections = Feed(detector, calls).detections;
  ASSERT_FALSE(detections.empty());
  EXPECT_LT(detections[0].at, kMidnight);
  EXPECT_EQ(detections[0].features->day, std::nullopt);
}

TEST(Features, ALineHasItsNumbersTogetherAndNoDay) {
  auto directory = std::make_shared<SubjectDirectory>();
  directory->AddLine(LineId("a"), CustomerId("c"), 10);
  for (int i = 0; i < 11; ++i) directory->AddNumber(LineId("a"), Caller(i));
  DetectorOptions options;
  for (FrequencyRule& rule : options.rules) rule.warning_percent = 100;
  options.features = true;
  Detector detector(options, directory);
  std::vector<Cdr> calls;
  for (int i = 0; i < 11; ++i) calls.push_back(Call(Caller(i), kMidday + i * kMinute));
  const std::vector<Detection> detections = Feed(detector, calls).detections;
  ASSERT_THAT(detections, SizeIs(2));  // and the customer
  EXPECT_EQ(detections[0].features->calls, 6u);
  EXPECT_EQ(detections[0].features->day, std::nullopt);
}

// Goes on from a snapshot taken after seven of eleven calls.
CallFeatures AfterRestart(bool before, bool after) {
  DetectorOptions options = FeatureOptions();
  options.features = before;
  std::vector<Cdr> calls = Calls(Caller(1), kMidday, kMinute, 11);
  for (Cdr& cdr : calls) cdr = Answered(cdr, kMinute);
  Detector detector(options, nullptr);
  Feed(detector, {calls.begin(), calls.begin() + 7});
  options.features = after;
  auto restored = Detector::Restore(detector.Snapshot(), options, nullptr);
  EXPECT_TRUE(restored.ok()) << restored.status();
  const auto heard = Feed(*restored, {calls.begin() + 7, calls.end()});
  EXPECT_THAT(heard.detections, SizeIs(1));
  return heard.detections.at(0).features.value_or(CallFeatures());
}

TEST(FeatureSnapshot, KeepsThem) {
  const CallFeatures features = AfterRestart(true, true);
  EXPECT_EQ(features.calls, 6u);
  EXPECT_EQ(features.day, (CallFeatures::Day{11, 0, 660}));
}

TEST(FeatureSnapshot, WithoutThemTheyBeginEmpty) {
  const CallFeatures features = AfterRestart(false, true);
  EXPECT_EQ(features.calls, 4u);
  EXPECT_EQ(features.day, (CallFeatures::Day{4, 0, 240}));
}

TEST(FeatureSnapshot, WithThemIsTakenUpByADetectorWithout) {
  EXPECT_EQ(AfterRestart(true, false), CallFeatures());
}

TEST(FeatureSnapshot, OfADetectorWithoutThemIsWhatItWasBeforeThereWereAny) {
  DetectorOptions options = FeatureOptions();
  Detector with(options, nullptr);
  options.features = false;
  Detector without(options, nullptr);
  for (Detector* detector : {&with, &without}) {
    Feed(*detector, Calls(Caller(1), kMidday, kMinute, 7));
  }
  const auto restored = Detector::Restore(with.Snapshot(), options, nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->Snapshot(), without.Snapshot());
  EXPECT_EQ(without.Snapshot()[8], 4);
  EXPECT_EQ(with.Snapshot()[8], 5);
}

TEST(FeatureSnapshot, BeginsAnewWhereDaysBeginElsewhere) {
  DetectorOptions options = FeatureOptions();
  Detector detector(options, nullptr);
  const std::vector<Cdr> calls = Calls(Caller(1), kMidday, kMinute, 11);
  Feed(detector, {calls.begin(), calls.begin() + 7});
  options.day_offset = Duration(0);
  auto restored = Detector::Restore(detector.Snapshot(), options, nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  const auto heard = Feed(*restored, {calls.begin() + 7, calls.end()});
  EXPECT_EQ(heard.detections.at(0).features->calls, 4u);
}

TEST(FeatureOptions, RefuseALengthOfShortCallsOutOfRange) {
  DetectorOptions options = FeatureOptions();
  options.short_call = Duration(0);
  EXPECT_FALSE(CheckOptions(options).ok());
  options.short_call = kMaxShortCall + kMicro;
  EXPECT_FALSE(CheckOptions(options).ok());
}

}  // namespace
}  // namespace ringfence
