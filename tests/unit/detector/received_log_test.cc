// The log of calls to numbers that are called little.
#include "detector/floods/received_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/detector/calls.h"

namespace ringfence {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t kDialled = 866'315'559'001;
constexpr uint64_t kPageOfCalls = 8192;

void AddSome(ReceivedLog& log, uint64_t called, uint64_t first_caller, int count,
             EventTime time = kMidnight) {
  for (int i = 0; i < count; ++i) {
    log.Add(called, {time, first_caller + static_cast<uint64_t>(i)}, time);
  }
}

std::vector<uint64_t> CallersOf(const std::vector<ReceivedCall>& calls) {
  std::vector<uint64_t> callers;
  for (const ReceivedCall& call : calls) callers.push_back(call.caller);
  return callers;
}

TEST(ReceivedLog, ACallMoreMakesTheCrowd) {
  ReceivedLog log(4);
  AddSome(log, kDialled, 1, 2);
  EXPECT_FALSE(log.IsCrowd(kDialled));
  AddSome(log, kDialled, 3, 1);
  EXPECT_TRUE(log.IsCrowd(kDialled));
}

TEST(ReceivedLog, CallsToOthersMakeNoCrowd) {
  ReceivedLog log(4);
  for (uint64_t other = 1; other < 5000; ++other) {
    EXPECT_FALSE(log.IsCrowd(other));
    AddSome(log, other, 1, 1);
  }
}

TEST(ReceivedLog, CallsAreTakenOutOnceInOrderOfArrival) {
  ReceivedLog log(4);
  AddSome(log, kDialled, 7, 1, kMidnight + kSecond);
  AddSome(log, kDialled + 1, 8, 1);
  AddSome(log, kDialled, 9, 2, kMidnight + kSecond);
  EXPECT_THAT(CallersOf(log.TakeOut(kDialled)), ElementsAre(7, 9, 10));
  EXPECT_THAT(log.TakeOut(kDialled), IsEmpty());
  EXPECT_EQ(log.size(), 1u);
}

TEST(ReceivedLog, ADroppedPageTakesItsCallsWithIt) {
  ReceivedLog log(100);
  AddSome(log, kDialled, 0, 3);
  AddSome(log, kDialled + 1, 0, kPageOfCalls - 3);
  AddSome(log, kDialled, 5, 1, kMidnight + kHour);
  log.DropOlder(kMidnight + kHour, kHour);
  EXPECT_THAT(CallersOf(log.TakeOut(kDialled)), ElementsAre(5));
  EXPECT_EQ(log.size(), 0u);
}

TEST(ReceivedLog, TheLastPageIsDroppedTooAndTheLogGoesOn) {
  ReceivedLog log(100);
  AddSome(log, kDialled, 0, 3);
  log.DropOlder(kMidnight + kHour, kHour);
  EXPECT_EQ(log.size(), 0u);
  EXPECT_THAT(log.TakeOut(kDialled), IsEmpty());
  AddSome(log, kDialled, 5, 2, kMidnight + kHour);
  EXPECT_THAT(CallersOf(log.TakeOut(kDialled)), ElementsAre(5, 6));
}

TEST(ReceivedLog, AnotherSizeKeepsTheCallsAndForgetsTheMarks) {
  ReceivedLog log(4);
  log.Mark(kDialled);
  for (uint64_t i = 0; i < 3000; ++i) AddSome(log, kDialled + i, i, 2);
  EXPECT_TRUE(log.IsOutOfSize());
  EXPECT_TRUE(log.IsMarked(kDialled));
  log.Resize();
  EXPECT_FALSE(log.IsOutOfSize());
  EXPECT_FALSE(log.IsMarked(kDialled));
  for (uint64_t i = 0; i < 3000; ++i) {
    EXPECT_THAT(CallersOf(log.TakeOut(kDialled + i)), ElementsAre(i, i + 1));
  }
  log.Resize();
  EXPECT_FALSE(log.IsOutOfSize());
}

TEST(ReceivedLog, AMarkStaysWhenCallsOfItsBucketAreAdded) {
  ReceivedLog log(4);
  log.Mark(kDialled);
  AddSome(log, kDialled, 1, 10);
  EXPECT_TRUE(log.IsMarked(kDialled));
  EXPECT_TRUE(log.IsCrowd(kDialled));
  EXPECT_TRUE(log.IsMarked(kDialled));
}

}  // namespace
}  // namespace ringfence
