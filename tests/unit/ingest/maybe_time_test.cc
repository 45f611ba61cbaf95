#include "ingest/model/maybe_time.h"

#include <gtest/gtest.h>

#include <optional>

namespace ringfence {
namespace {

constexpr EventTime kTime = FromUnixMicros(1'795'478'400'000'000);

TEST(MaybeTime, IsMissingUntilItIsGiven) {
  MaybeTime time;
  EXPECT_FALSE(time.has_value());
  EXPECT_EQ(time, MaybeTime(std::nullopt));
  time = kTime;
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(*time, kTime);
  time.reset();
  EXPECT_FALSE(time);
}

TEST(MaybeTime, HoldsTimesBeforeAndAtTheEpoch) {
  for (const int64_t micros : {int64_t{0}, int64_t{-1}, -INT64_MAX, INT64_MAX}) {
    const MaybeTime time(FromUnixMicros(micros));
    ASSERT_TRUE(time.has_value()) << micros;
    EXPECT_EQ(*time, FromUnixMicros(micros));
  }
}

TEST(MaybeTime, StandsForAnotherWhereItIsMissing) {
  EXPECT_EQ(MaybeTime().value_or(kTime), kTime);
  EXPECT_EQ(MaybeTime(FromUnixMicros(7)).value_or(kTime), FromUnixMicros(7));
}

TEST(MaybeTime, IsMissingWhereAnOptionalIs) {
  EXPECT_EQ(MaybeTime(std::optional<EventTime>()), MaybeTime());
  EXPECT_EQ(MaybeTime(std::optional(kTime)), MaybeTime(kTime));
}

}  // namespace
}  // namespace ringfence
