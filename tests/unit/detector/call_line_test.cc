// The line of a number: what it drops by itself, and which calls may wait in it for a state.
#include "detector/call_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

namespace ringfence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t kNumber = 8'613'155'500'100;
constexpr uint32_t kNoon = 1'795'521'600;

std::vector<uint32_t> SecondsOfAll(const InlineTimes& times) {
  std::vector<uint32_t> seconds;
  for (const EventTime time : times.span()) seconds.push_back(SecondsOf(time));
  return seconds;
}

CallLine LineWith(const std::vector<uint32_t>& seconds) {
  std::vector<EventTime> times;
  for (const uint32_t second : seconds) times.push_back(FromSeconds(second));
  CallLine line;
  EXPECT_TRUE(line.Assign(kNumber, times, {}));
  return line;
}

CallLine StateLine(const CallLine::Allowance& allowance) {
  CallLine line;
  line.AssignState(kNumber, 7);
  line.Open(allowance);
  return line;
}

TEST(SecondsOf, AreThoseOfTimesInWholeSecondsFrom1970To2106) {
  EXPECT_EQ(SecondsOf(FromUnixMicros(0)), 0u);
  EXPECT_EQ(SecondsOf(FromUnixMicros(1)), kNoSeconds);
  EXPECT_EQ(SecondsOf(FromUnixMicros(-1'000'000)), kNoSeconds);
  EXPECT_EQ(SecondsOf(FromUnixMicros(int64_t{kNoSeconds - 1} * 1'000'000)), kNoSeconds - 1);
  EXPECT_EQ(SecondsOf(FromUnixMicros(int64_t{kNoSeconds} * 1'000'000)), kNoSeconds);
}

TEST(CallLine, TakesNoTimeWithFractionsAmongWholeSeconds) {
  CallLine line = LineWith({kNoon});
  const EventTime odd = FromUnixMicros(int64_t{kNoon} * 1'000'000 + 1);
  EXPECT_FALSE(line.Append(odd, SecondsOf(odd)));
}

TEST(CallLine, TakesNoMoreCallsThanItsShapeAllows) {
  CallLine line;
  ASSERT_TRUE(line.Assign(kNumber, {FromSeconds(kNoon)}, {.most_gaps = 2, .with_tally = false}));
  EXPECT_TRUE(line.Append(FromSeconds(kNoon), kNoon));
  EXPECT_TRUE(line.Append(FromSeconds(kNoon + 1), kNoon + 1));
  EXPECT_FALSE(line.Append(FromSeconds(kNoon + 2), kNoon + 2));
}

TEST(CallLine, TakesNoCallBeforeItsNewest) {
  CallLine line = LineWith({kNoon});
  EXPECT_FALSE(line.Append(FromSeconds(kNoon - 1), kNoon - 1));
}

TEST(CallLine, TakesAFractionAmongFractionsUpToItsShape) {
  const EventTime odd = FromUnixMicros(int64_t{kNoon} * 1'000'000 + 1);
  CallLine line;
  ASSERT_TRUE(line.Assign(kNumber, {odd}, {.most_gaps = 1, .with_tally = false}));
  EXPECT_TRUE(line.Append(odd, SecondsOf(odd)));
  EXPECT_FALSE(line.Append(odd, SecondsOf(odd)));
}

TEST(CallLine, DropsTheCallsBeforeATime) {
  CallLine line = LineWith({kNoon, kNoon + 1, kNoon + 1, kNoon + 5});
  EXPECT_EQ(line.DropBefore(kNoon + 1), 1u);
  EXPECT_THAT(SecondsOfAll(line.Times()), ElementsAre(kNoon + 1, kNoon + 1, kNoon + 5));
}

TEST(CallLine, KeepsTheNewestCallWhateverIsDropped) {
  CallLine line = LineWith({kNoon, kNoon + 9});
  EXPECT_EQ(line.DropBefore(kNoon + 9), 1u);
  EXPECT_THAT(SecondsOfAll(line.Times()), ElementsAre(kNoon + 9));
}

TEST(CallLine, DropsALongGapWithTheCallBeforeIt) {
  constexpr uint32_t kTwoDays = 2 * 86'400;
  CallLine line = LineWith({kNoon, kNoon + kTwoDays, kNoon + kTwoDays + 3});
  EXPECT_EQ(line.DropBefore(kNoon + 1), 1u);
  EXPECT_THAT(SecondsOfAll(line.Times()), ElementsAre(kNoon + kTwoDays, kNoon + kTwoDays + 3));
}

TEST(Backlog, CallsWaitAsLongAsTheStateAllowsIt) {
  CallLine line = StateLine({.calls = 2, .newest = kNoon, .until = kNoon + 100});
  EXPECT_TRUE(line.Wait(kNoon + 1, false));
  EXPECT_TRUE(line.Wait(kNoon + 1, false));
  EXPECT_FALSE(line.Wait(kNoon + 2, false));
  EXPECT_THAT(line.TakeWaiting().span(), ElementsAre(kNoon + 1, kNoon + 1));
}

TEST(Backlog, ACallOfWhichNothingIsNotedIsAppendedLikeAnyOther) {
  CallLine line = StateLine({.calls = 2, .newest = kNoon, .until = kNoon + 100});
  EXPECT_TRUE(line.Append(FromSeconds(kNoon + 1), kNoon + 1));
  EXPECT_FALSE(line.Append(FromSeconds(kNoon + 100), kNoon + 100));
  EXPECT_TRUE(line.Append(FromSeconds(kNoon + 99), kNoon + 99));
  EXPECT_FALSE(line.Append(FromSeconds(kNoon + 99), kNoon + 99));
  EXPECT_THAT(line.TakeWaiting().span(), ElementsAre(kNoon + 1, kNoon + 99));
}

TEST(Backlog, ACallOfWhichSomethingIsNotedIsNotAppended) {
  std::array<Samples::Sample, Detection::kMaxSamples> ring;
  CallLine noted = StateLine({5, kNoon, kNoon + 100, ring.data(), 0, false});
  EXPECT_FALSE(noted.Append(FromSeconds(kNoon + 1), kNoon + 1));
  CallLine counted = StateLine({5, kNoon, kNoon + 100, nullptr, 0, true});
  EXPECT_FALSE(counted.Append(FromSeconds(kNoon + 1), kNoon + 1));
}

TEST(Backlog, NoCallIsAppendedWhileOneBeforeItIsOnItsWay) {
  CallLine line = StateLine({.calls = 5, .newest = kNoon, .until = kNoon + 100});
  line.Block();
  EXPECT_FALSE(line.Append(FromSeconds(kNoon + 1), kNoon + 1));
}

TEST(Backlog, ACallAtTheEndOfTheAllowanceDoesNotWait) {
  CallLine line = StateLine({.calls = 5, .newest = kNoon, .until = kNoon + 100});
  EXPECT_FALSE(line.Wait(kNoon + 100, false));
  EXPECT_TRUE(line.Wait(kNoon + 99, false));
}

TEST(Backlog, ACallBeforeTheNewestDoesNotWait) {
  CallLine line = StateLine({.calls = 5, .newest = kNoon, .until = kNoon + 100});
  EXPECT_FALSE(line.Wait(kNoon - 1, false));
  EXPECT_FALSE(line.Wait(kNoSeconds, false));
}

TEST(Backlog, NoCallWaitsWhileOneBeforeItIsOnItsWay) {
  CallLine line = StateLine({.calls = 5, .newest = kNoon, .until = kNoon + 100});
  line.Block();
  EXPECT_FALSE(line.Wait(kNoon + 1, false));
  line.Unblock();
  EXPECT_TRUE(line.Wait(kNoon + 1, false));
}

TEST(Backlog, NoneMayWaitOnceTheyWereTaken) {
  CallLine line = StateLine({.calls = 5, .newest = kNoon, .until = kNoon + 100});
  EXPECT_TRUE(line.Wait(kNoon + 1, false));
  line.TakeWaiting();
  EXPECT_FALSE(line.Wait(kNoon + 2, false));
  EXPECT_THAT(line.TakeWaiting().span(), IsEmpty());
}

TEST(Backlog, RecordsGoRoundTheRing) {
  std::array<Samples::Sample, Detection::kMaxSamples> ring;
  CallLine line = StateLine({.calls = 5,
                             .newest = kNoon,
                             .until = kNoon + 100,
                             .ring = ring.data(),
                             .next = Detection::kMaxSamples - 1});
  EXPECT_TRUE(line.Wait(kNoon + 1, true));
  EXPECT_EQ(line.TakeSample(), &ring.back());
  EXPECT_TRUE(line.Wait(kNoon + 1, true));
  EXPECT_EQ(line.TakeSample(), &ring.front());
}

TEST(Backlog, ACallWithoutRecordIdDoesNotWaitWhereRecordsAreKept) {
  Samples::Sample sample;
  CallLine line =
      StateLine({.calls = 5, .newest = kNoon, .until = kNoon + 100, .ring = &sample, .next = 0});
  EXPECT_FALSE(line.Wait(kNoon + 1, false));
}

}  // namespace
}  // namespace ringfence
