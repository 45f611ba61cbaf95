#include "tools/generate/rng.h"

#include <gtest/gtest.h>

namespace ringfence::generate {
namespace {

TEST(Rng, IsSplitMix64) {
  Rng rng(0);
  EXPECT_EQ(rng.Next(), 0xe220a8397b1dcdafu);
  EXPECT_EQ(rng.Next(), 0x6e789e6aa1b965f4u);
}

TEST(Rng, BetweenReachesBothEndsAndNothingElse) {
  Rng rng(7);
  bool low = false;
  bool high = false;
  for (int i = 0; i < 1'000; ++i) {
    const uint32_t value = rng.Between(3, 6);
    ASSERT_GE(value, 3u);
    ASSERT_LE(value, 6u);
    low |= value == 3;
    high |= value == 6;
  }
  EXPECT_TRUE(low && high);
}

TEST(Rng, SkewedPrefersLowValues) {
  Rng rng(7);
  int below_middle = 0;
  for (int i = 0; i < 1'000; ++i) {
    const uint32_t value = rng.Skewed(100, 200);
    ASSERT_GE(value, 100u);
    ASSERT_LE(value, 200u);
    below_middle += value < 150 ? 1 : 0;
  }
  EXPECT_GT(below_middle, 700);
}

TEST(Rng, ExponentialHasItsMean) {
  Rng rng(7);
  uint64_t sum = 0;
  constexpr uint64_t kDraws = 100'000;
  for (uint64_t i = 0; i < kDraws; ++i) sum += rng.Exponential(10'000);
  EXPECT_NEAR(static_cast<double>(sum) / kDraws, 10'000, 150);
}

}  // namespace
}  // namespace ringfence::generate
