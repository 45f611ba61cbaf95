#include "detector/sliding_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "detector/day_counter.h"
#include "detector/judge.h"
#include "tests/unit/detector/calls.h"

namespace ringfence {
namespace {

EventTime At(int64_t micros) { return FromUnixMicros(micros); }

std::vector<int64_t> Held(const SlidingWindow& window) {
  std::vector<int64_t> times;
  for (size_t i = 0; i < window.size(); ++i) times.push_back(ToUnixMicros(window[i]));
  return times;
}

TEST(SlidingWindow, CallExactlyOneWindowEarlierIsOutside) {
  EXPECT_FALSE(InWindow(kMidnight - kDay, kMidnight, kDay));
  EXPECT_TRUE(InWindow(kMidnight - kDay + kMicro, kMidnight, kDay));
  EXPECT_TRUE(InWindow(kMidnight, kMidnight, kDay));
}

TEST(SlidingWindow, KeepsTimesSortedWhateverTheOrderOfArrival) {
  SlidingWindow window;
  EXPECT_EQ(window.Insert(At(30)), 0u);
  EXPECT_EQ(window.Insert(At(10)), 0u);
  EXPECT_EQ(window.Insert(At(20)), 1u);
  EXPECT_EQ(window.Insert(At(40)), 3u);
  EXPECT_EQ(Held(window), (std::vector<int64_t>{10, 20, 30, 40}));
}

TEST(SlidingWindow, EqualTimesStandInOrderOfArrival) {
  SlidingWindow window;
  window.Insert(At(10));
  window.Insert(At(20));
  EXPECT_EQ(window.Insert(At(10)), 1u);
  EXPECT_EQ(window.Insert(At(20)), 3u);
}

TEST(SlidingWindow, CallsAppendedTogetherAreAsIfInsertedOneByOne) {
  const std::vector<uint32_t> seconds = {100, 100, 160, 100'000};  // the last far from its block
  SlidingWindow together, one_by_one;
  together.Append(seconds);
  for (const uint32_t second : seconds) one_by_one.Insert(FromSeconds(second));
  EXPECT_EQ(Held(together), Held(one_by_one));
}

TEST(SlidingWindow, CallsInWholeSecondsFollowThoseInMicroseconds) {
  SlidingWindow window;
  window.Insert(At(1'500'000));
  window.Append(std::vector<uint32_t>{2, 3});
  EXPECT_EQ(Held(window), (std::vector<int64_t>{1'500'000, 2'000'000, 3'000'000}));
}

TEST(SlidingWindow, CallsAppendedAreDroppedWhenTheyAreOld) {
  SlidingWindow window;
  window.Append(std::vector<uint32_t>{2, 3});
  window.DropOlder(FromSeconds(4), std::chrono::seconds(2));
  EXPECT_EQ(Held(window), (std::vector<int64_t>{3'000'000}));
}

TEST(SlidingWindow, DropOlderTakesWhatLiesTheAgeOrMoreBack) {
  SlidingWindow window;
  for (const int64_t t : {10, 20, 30}) window.Insert(At(t));
  window.DropOlder(At(40), Duration(20));
  EXPECT_EQ(Held(window), (std::vector<int64_t>{30}));
}

TEST(SlidingWindow, KeepNewestLeavesTheNewest) {
  SlidingWindow window;
  for (int64_t t = 0; t < 100; ++t) window.Insert(At(t));
  window.KeepNewest(3);
  EXPECT_EQ(Held(window), (std::vector<int64_t>{97, 98, 99}));
  window.KeepNewest(5);
  EXPECT_EQ(window.size(), 3u);
}

TEST(SlidingWindow, CountsOnlyCallsUpToAndIncludingTheOneJudged) {
  SlidingWindow window;
  for (const int64_t t : {5, 5, 5}) window.Insert(At(t));
  EXPECT_FALSE(window.Exceeds(1, 2, Duration(10)));
  EXPECT_TRUE(window.Exceeds(2, 2, Duration(10)));
  EXPECT_EQ(window.FirstInWindow(2, Duration(10)), 0u);
}

TEST(SlidingWindow, ALongRunOfCallsHoldsNoMoreMemoryThanItsWindow) {
  SlidingWindow window;
  for (int64_t t = 0; t < 100'000; ++t) {
    window.Insert(At(t));
    window.KeepNewest(601);
  }
  EXPECT_LE(window.HeapBytes(), 4 * 601 * sizeof(int64_t));
}

TEST(SlidingWindow, MemoryOfABusyTimeIsGivenBack) {
  SlidingWindow window;
  for (int64_t t = 0; t < 100'000; ++t) window.Insert(At(t));
  window.DropOlder(At(200'000), Duration(100'005));
  EXPECT_EQ(window.size(), 4u);
  EXPECT_LE(window.HeapBytes(), 64u);
}

TEST(SlidingWindow, TheEndsOfTimeDoNotOverflow) {
  SlidingWindow window;
  window.Insert(At(std::numeric_limits<int64_t>::max()));
  window.Insert(At(std::numeric_limits<int64_t>::min()));
  EXPECT_FALSE(window.Exceeds(1, 1, kDay));
  window.DropOlder(At(std::numeric_limits<int64_t>::max()), kDay);
  EXPECT_EQ(window.size(), 1u);
}

TEST(Episode, ARecordThatComesLateOpensAtTheEarliestCallItPushedOver) {
  SlidingWindow window;
  Episode episode;
  for (const int64_t t : {10, 12, 50})
    Judge(window, window.Insert(At(t)), 2, Duration(10), episode);
  const Judgement judgement = Judge(window, window.Insert(At(11)), 2, Duration(10), episode);
  EXPECT_EQ(judgement.opened, 2u);  // the call at 12
  EXPECT_EQ(judgement.closed, 3u);  // the call at 50
  EXPECT_FALSE(episode.open);
}

TEST(Episode, ALongerEpisodeThatIsOverDoesNotOpenAgain) {
  SlidingWindow window;
  Episode episode;
  for (const int64_t t : {1, 2, 3, 12, 50}) {
    Judge(window, window.Insert(At(t)), 2, Duration(10), episode);
  }
  EXPECT_EQ(episode.covered, At(12));  // {3, 12} are within the limit
  const Judgement judgement = Judge(window, window.Insert(At(4)), 2, Duration(10), episode);
  EXPECT_EQ(judgement.opened, std::nullopt);  // {3, 4, 12} only makes it longer
  EXPECT_EQ(judgement.closed, std::nullopt);
  EXPECT_EQ(episode.covered, At(50));
}

TEST(Episode, ACloseThatWasReportedTooEarlyIsTakenBack) {
  SlidingWindow window;
  Episode episode;
  for (const int64_t t : {1, 2, 3, 12}) {
    Judge(window, window.Insert(At(t)), 2, Duration(10), episode);
  }
  EXPECT_FALSE(episode.open);
  const Judgement judgement = Judge(window, window.Insert(At(4)), 2, Duration(10), episode);
  EXPECT_EQ(judgement.opened, 4u);  // the call at 12 is over the limit after all
  EXPECT_TRUE(episode.open);
}

TEST(DayCounter, TheDayBeginsAtTheOffset) {
  EXPECT_EQ(DayOf(kMidnight, 8 * kHour), DayOf(kMidnight - kMicro, 8 * kHour) + 1);
  EXPECT_EQ(DayOf(kMidnight, Duration(0)), DayOf(kMidnight - kMicro, Duration(0)));
  EXPECT_EQ(DayOf(At(-1), Duration(0)), -1);
  EXPECT_EQ(DayOf(At(-1), kMinute), 0);
  EXPECT_EQ(DayOf(At(0), -kMinute), -1);
}

TEST(DayCounter, KnowsTheNewestDayAndTheOneBefore) {
  DayCounter counter;
  counter.Add(7);
  counter.Add(8);
  counter.Add(8);
  counter.Add(7);
  EXPECT_EQ(counter.Count(7), 2u);
  EXPECT_EQ(counter.Count(8), 2u);
  EXPECT_EQ(counter.Count(9), 0u);
  EXPECT_EQ(counter.Count(6), std::nullopt);
  counter.Add(10);
  EXPECT_EQ(counter.Count(9), 0u);
}

}  // namespace
}  // namespace ringfence
