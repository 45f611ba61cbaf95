// Numbers that come all at once, in their order, as a snapshot has them.
#include "detector/number_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

namespace ringfence {
namespace {

constexpr uint64_t kFirstBlock = 861'315'550;
constexpr EventTime kTime = FromUnixMicros(1'795'482'900'000'000);

CallLine LineOfNumber(uint64_t number) {
  CallLine line;
  line.Assign(number, {kTime}, {});
  return line;
}

// Another block that BlockCensus counts together with this one.
uint64_t BlockCountedWith(uint64_t block) {
  const auto slot = [](uint64_t id) { return BlockSpread(1).Of(id) >> 48; };
  uint64_t other = block + 1;
  while (slot(other) != slot(block)) ++other;
  return other;
}

// So many numbers of a block, every `step`-th.
void AppendBlock(uint64_t block, uint64_t count, uint64_t step, std::vector<CallLine>& lines) {
  for (uint64_t i = 0; i < count; ++i)
    lines.push_back(LineOfNumber(block * kBlockNumbers + i * step));
}

void ExpectFound(NumberTable& table, const std::vector<CallLine>& lines) {
  EXPECT_EQ(table.size(), lines.size());
  for (const CallLine& line : lines) {
    const CallLine* const found = table.Find(line.number());
    ASSERT_NE(found, nullptr) << line.number();
    EXPECT_EQ(found->number(), line.number());
  }
}

TEST(NumberTable, FindsWhatWasAddedAtOnceInDenseBlocksAndBetweenThem) {
  std::vector<CallLine> lines;
  AppendBlock(0, 3, 7, lines);
  AppendBlock(kFirstBlock, 9'000, 1, lines);
  AppendBlock(kFirstBlock + 1, 100, 1, lines);
  AppendBlock(kFirstBlock + 2, 1, 1, lines);
  AppendBlock(kFirstBlock + 3, 10'000, 1, lines);
  lines.push_back(LineOfNumber(UINT64_MAX));
  NumberTable table;
  table.AddAll(lines);
  ExpectFound(table, lines);
  EXPECT_EQ(table.Find(kFirstBlock * kBlockNumbers + 9'000), nullptr);
}

TEST(NumberTable, GivesADenseBlockLinesOfItsOwnAtOnce) {
  std::vector<CallLine> lines;
  AppendBlock(kFirstBlock, 6'500, 1, lines);
  AppendBlock(kFirstBlock + 1, 6'499, 1, lines);
  NumberTable table;
  table.AddAll(lines);
  EXPECT_NE(table.InBlock(kFirstBlock * kBlockNumbers), nullptr);
  EXPECT_EQ(table.InBlock((kFirstBlock + 1) * kBlockNumbers), nullptr);
}

TEST(NumberTable, AddsToABlockThatHasLinesOfItsOwn) {
  std::vector<CallLine> lines;
  AppendBlock(kFirstBlock, 9'000, 1, lines);
  NumberTable table;
  table.AddAll({lines.data(), 8'500});
  table.AddAll(absl::MakeConstSpan(lines).subspan(8'500));
  ExpectFound(table, lines);
  table.DropSparseBlocks();
  ExpectFound(table, lines);
}

TEST(NumberTable, GivesBackWhatItReservedInVain) {
  std::mt19937_64 random(1);
  std::set<uint64_t> numbers;
  while (numbers.size() < 3'000) numbers.insert(random() >> 20);
  std::vector<CallLine> lines;
  for (const uint64_t number : numbers) lines.push_back(LineOfNumber(number));
  NumberTable grown;
  grown.AddAll(lines);
  NumberTable reserved;
  reserved.Reserve(2'000'000);
  reserved.AddAll(lines);
  EXPECT_GT(reserved.memory_bytes(), 3 * grown.memory_bytes());
  reserved.Fit();
  EXPECT_LE(reserved.memory_bytes(), grown.memory_bytes());
  ExpectFound(reserved, lines);
}

TEST(NumberTable, ABlockThatBecomesDenseTakesItsLinesAlongAndLeavesTheOthers) {
  std::mt19937_64 random(2);
  std::vector<CallLine> lines;
  for (uint64_t i = 0; i < 7'000; ++i) {
    const EventTime own = kTime + std::chrono::seconds(i);
    CallLine line;
    line.Assign(kFirstBlock * kBlockNumbers + i, {own}, {});
    lines.push_back(line);
    line.Assign(1'000'000'000'000 + i * 10'007, {own + std::chrono::hours(2)}, {});
    lines.push_back(line);
  }
  std::shuffle(lines.begin(), lines.end(), random);
  NumberTable table;
  for (const CallLine& line : lines) {
    table.Add(line.number()) = line;
    table.KeepDenseBlocks();
  }
  EXPECT_NE(table.InBlock(kFirstBlock * kBlockNumbers), nullptr);
  ExpectFound(table, lines);
  for (const CallLine& line : lines) {
    EXPECT_EQ(table.Find(line.number())->newest(), line.newest()) << line.number();
  }
}

// BlockCensus says that it may be dense, again and again.
TEST(NumberTable, KeepsNumbersOfABlockThatIsCountedWithADenserOne) {
  NumberTable table;
  std::vector<CallLine> lines;
  AppendBlock(BlockCountedWith(kFirstBlock), 6'400, 1, lines);
  for (uint64_t first = 0; first < kBlockNumbers; first += 400) {
    for (uint64_t i = 0; i < 50; ++i) {
      lines.push_back(LineOfNumber(kFirstBlock * kBlockNumbers + first + i));
    }
  }
  for (const CallLine& line : lines) {
    table.Add(line.number()) = line;
    table.KeepDenseBlocks();
  }
  ExpectFound(table, lines);
}

}  // namespace
}  // namespace ringfence
