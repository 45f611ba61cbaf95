// What the deduplicator's tests cannot see: when the table does its work.
#include "ingest/key_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>

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

}  // namespace
}  // namespace ringfence
