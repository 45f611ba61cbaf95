// Blocks of numbers that come and go, as their lines are found by the digits.
#include "detector/block_lines.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace ringfence {
namespace {

constexpr uint64_t kBlock = 861'315'550;

TEST(BlockLines, ANumberOfNoBlockHasNoLine) {
  const BlockLines lines;
  EXPECT_EQ(lines.Find(kBlock * kBlockNumbers), nullptr);
  EXPECT_FALSE(lines.Holds(kBlock));
}

TEST(BlockLines, ANumberHasItsPlaceAmongTheLinesOfItsBlock) {
  BlockLines lines;
  CallLine* const first = lines.Add(kBlock).lines;
  EXPECT_EQ(lines.Find(kBlock * kBlockNumbers), first);
  EXPECT_EQ(lines.Find(kBlock * kBlockNumbers + 9'999), first + 9'999);
  EXPECT_EQ(lines.Find(kBlock * kBlockNumbers + 10'000), nullptr);
  EXPECT_EQ(lines.Find(kBlock * kBlockNumbers - 1), nullptr);
}

TEST(BlockLines, AreFoundWhileMoreAndMoreBlocksCome) {
  BlockLines lines;
  for (uint64_t i = 0; i < 100; ++i) {
    lines.Add(kBlock + i);
    for (uint64_t j = 0; j <= i; ++j) {
      EXPECT_EQ(lines.BlockWith((kBlock + j) * kBlockNumbers).block, kBlock + j);
    }
  }
}

TEST(BlockLines, ABlockThatWasDroppedIsNotHeld) {
  BlockLines lines;
  lines.Add(kBlock);
  lines.Add(kBlock + 1);
  lines.Drop(0);
  EXPECT_FALSE(lines.Holds(kBlock));
  EXPECT_EQ(lines.Find(kBlock * kBlockNumbers), nullptr);
  EXPECT_EQ(lines.BlockWith((kBlock + 1) * kBlockNumbers).block, kBlock + 1);
}

TEST(BlockLines, ABlockMayComeAndGoForEver) {
  BlockLines lines;
  for (int i = 0; i < 1'000; ++i) {
    lines.Add(kBlock);
    EXPECT_TRUE(lines.Holds(kBlock));
    lines.Drop(0);
    EXPECT_FALSE(lines.Holds(kBlock));
  }
}

}  // namespace
}  // namespace ringfence
