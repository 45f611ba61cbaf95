// What the deduplicator's tests cannot see: when the table does its work.
#include "ingest/key_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <vector>

namespace ringfence {
namespace {

constexpr uint64_t kOfGeneration = 50'000;
constexpr uint64_t kStretch = kOfGeneration / 50;  // half a percent of what is kept in the end
constexpr double kThird = 1.0 / 3;

// Inserts so many new keys, generation after generation; the most that were moved while a stretch
// of them came, as a share of those in the table.
double MostMovedAtOnce(KeyTable& table, std::mt19937_64& random, uint64_t keys) {
  double most = 0;
  for (uint64_t i = 0; i < keys; i += kStretch) {
    const uint64_t before = table.moved();
    if (i % kOfGeneration == 0) table.BeginGeneration();
    for (uint64_t n = 0; n < kStretch; ++n) table.Insert({.high = random(), .low = random()});
    most = std::max(most, double(table.moved() - before) / double(table.size()));
  }
  return most;
}

TEST(KeyTable, AThirdOfTheKeysAtMostIsMovedAtATimeWhileItGrows) {
  KeyTable table;
  std::mt19937_64 random(1);
  MostMovedAtOnce(table, random, kOfGeneration);
  EXPECT_LT(MostMovedAtOnce(table, random, 3 * kOfGeneration), kThird);
}

TEST(KeyTable, AThirdOfTheKeysAtMostIsMovedAtATimeWhileGenerationsPass) {
  KeyTable table;
  std::mt19937_64 random(2);
  MostMovedAtOnce(table, random, 4 * kOfGeneration);
  EXPECT_LT(MostMovedAtOnce(table, random, 40 * kOfGeneration), kThird);
}

TEST(KeyTable, AThirdOfTheKeysAtMostIsMovedAtATimeAfterASnapshotWasTakenUp) {
  KeyTable table;
  std::mt19937_64 random(3);
  table.Reserve(3 * kOfGeneration);
  for (uint64_t n = 0; n < 3 * kOfGeneration; ++n) table.Insert({random(), random()});
  EXPECT_LT(MostMovedAtOnce(table, random, 10 * kOfGeneration), kThird);
}

// A snapshot has the oldest keys first, sorted in earlier versions, and some generations may be
// empty.
TEST(KeyTable, NothingIsMovedWhileASnapshotIsTakenUp) {
  std::mt19937_64 random(5);
  std::vector<RecordKey> keys(4 * kOfGeneration);
  for (RecordKey& key : keys) key = {random(), random()};
  std::sort(keys.begin(), keys.end(),
            [](const RecordKey& a, const RecordKey& b) { return a.low < b.low; });
  for (const size_t generations : {1, 4}) {
    KeyTable table;
    table.Reserve(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      if (i % (keys.size() / generations) == 0) table.BeginGeneration();
      ASSERT_TRUE(table.Insert(keys[i]));
    }
    EXPECT_EQ(table.moved(), 0u);
    EXPECT_EQ(table.size(), keys.size());
  }
}

TEST(KeyTable, AReservationInTheMidstKeepsWhatIsThereAndMovesNothingAfterwards) {
  std::mt19937_64 random(6);
  std::vector<RecordKey> keys(2 * kOfGeneration);
  for (RecordKey& key : keys) key = {random(), random()};
  KeyTable table;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i == keys.size() / 8) table.Reserve(keys.size());
    const uint64_t before = table.moved();
    ASSERT_TRUE(table.Insert(keys[i]));
    if (i >= keys.size() / 8) {
      ASSERT_EQ(table.moved(), before) << i;
    }
  }
  for (const RecordKey& key : keys) EXPECT_FALSE(table.Insert(key));
}

TEST(KeyTable, AReservationOfLessThanThereIsChangesNothing) {
  std::mt19937_64 random(7);
  KeyTable table;
  for (uint64_t n = 0; n < kOfGeneration; ++n) table.Insert({random(), random()});
  const uint64_t moved = table.moved();
  const size_t bytes = table.memory_bytes();
  table.Reserve(0);
  table.Reserve(kOfGeneration / 2);
  EXPECT_EQ(table.moved(), moved);
  EXPECT_EQ(table.memory_bytes(), bytes);
}

using KeysByAge = std::array<std::vector<RecordKey>, KeyTable::kGenerations>;

TEST(KeyTable, KeysOfAGenerationComeInTheOrderInWhichTheyCame) {
  std::mt19937_64 random(4);
  for (const bool crowded : {false, true}) {  // crowded: at the end of a shard
    KeyTable table;
    KeysByAge expected;
    for (int generation = 0; generation < 20; ++generation) {
      for (int n = 0; n < 30'000; ++n) {
        const uint64_t low = crowded ? random() | (~uint64_t{0} >> 12) << 4 : random();
        const RecordKey key{.high = random() % 5, .low = low - n % 3};
        if (table.Insert(key)) expected[0].push_back(key);
      }
      for (size_t age = 0; age < expected.size(); ++age) {
        std::vector<RecordKey> keys;
        table.ForEachSpan(age, [&keys](absl::Span<const RecordKey> span) {
          keys.insert(keys.end(), span.begin(), span.end());
        });
        EXPECT_EQ(table.size_of_age(age), expected[age].size()) << "age " << age;
        EXPECT_TRUE(keys == expected[age]) << "age " << age;
      }
      table.BeginGeneration();
      std::rotate(expected.begin(), expected.end() - 1, expected.end());
      expected[0].clear();
    }
  }
}

TEST(KeyTable, WhatAChildNeedsIsTheEndOfTheKeysAlone) {
  KeyTable table;
  std::mt19937_64 random(6);
  for (uint64_t n = 0; n < 6 * kOfGeneration; ++n) table.Insert({random(), random()});
  MemoryRegions regions;
  table.AppendRegions(regions);
  const auto needed = std::count_if(regions.begin(), regions.end(),
                                    [](const MemoryRegion& region) { return region.for_children; });
  EXPECT_EQ(needed, 1);
  EXPECT_GT(regions.size(), 2u);
}

TEST(KeyTable, AKeyTakesThirtyTwoBytesAtMost) {
  KeyTable table;
  std::mt19937_64 random(7);
  constexpr size_t kWholePages = 4 * kLargePageBytes;
  for (int generation = 0; generation < 12; ++generation) {
    table.BeginGeneration();
    for (uint64_t n = 0; n < 4 * kOfGeneration; ++n) table.Insert({random(), random()});
    EXPECT_LT(table.memory_bytes(), 32 * table.size() + kWholePages) << generation;
  }
}

}  // namespace
}  // namespace ringfence
