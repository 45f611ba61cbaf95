// What the deduplicator's tests cannot see: when the table does its work.
#include "ingest/key_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <set>
#include <utility>
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

TEST(KeyTable, KeysOfASnapshotGoWhereTheyStayWhateverTheirAge) {
  constexpr uint64_t kStep = UINT64_MAX / kOfGeneration;
  KeyTable table;
  for (size_t age = 1; age < KeyTable::kGenerations; ++age) table.BeginGeneration();
  table.Reserve(KeyTable::kGenerations * kOfGeneration);
  for (size_t age = 0; age < KeyTable::kGenerations; ++age) {
    for (uint64_t n = 0; n < kOfGeneration; ++n) {
      ASSERT_TRUE(table.InsertOfAge({.high = age, .low = n * kStep}, age));
    }
    EXPECT_EQ(table.size_of_age(age), kOfGeneration);
  }
  EXPECT_EQ(table.moved(), 0u);
  for (size_t age = KeyTable::kGenerations; age > 0; --age) {
    EXPECT_EQ(table.size(), age * kOfGeneration);
    table.BeginGeneration();
  }
}

// What is in the table, by age, as sets in the order that is promised.
using SetsByAge = std::array<std::set<std::pair<uint64_t, uint64_t>>, KeyTable::kGenerations>;

void ExpectOrdered(const KeyTable& table, const SetsByAge& expected) {
  std::array<std::vector<std::pair<uint64_t, uint64_t>>, KeyTable::kGenerations> read;
  KeyTable::KeysByAge of_shard;
  for (size_t shard = 0; shard < KeyTable::kShards; ++shard) {
    table.ReadShard(shard, of_shard);
    for (size_t age = 0; age < read.size(); ++age) {
      for (const RecordKey& key : of_shard[age]) read[age].emplace_back(key.low, key.high);
    }
  }
  for (size_t age = 0; age < read.size(); ++age) {
    EXPECT_EQ(table.size_of_age(age), expected[age].size()) << "age " << age;
    EXPECT_TRUE(
        std::equal(read[age].begin(), read[age].end(), expected[age].begin(), expected[age].end()))
        << "age " << age;
  }
}

TEST(KeyTable, KeysComeInTheirOrderWhereverTheyFoundRoom) {
  std::mt19937_64 random(4);
  for (const bool crowded : {false, true}) {  // crowded: at the end of shards
    KeyTable table;
    SetsByAge expected;
    for (int generation = 0; generation < 7; ++generation) {
      for (int n = 0; n < 3'000; ++n) {
        const uint64_t low = crowded ? random() | (~uint64_t{0} >> 6) : random();
        const RecordKey key{.high = random() % 5, .low = low - n % 3};
        if (table.Insert(key)) expected[0].emplace(key.low, key.high);
      }
      ExpectOrdered(table, expected);
      table.BeginGeneration();
      std::rotate(expected.begin(), expected.end() - 1, expected.end());
      expected[0].clear();
    }
  }
}

}  // namespace
}  // namespace ringfence
