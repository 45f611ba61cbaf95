#include "ingest/deduplicator.h"

#include <gtest/gtest.h>
#include <xxhash.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ringfence {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr EventTime kStart = FromUnixMicros(1'795'482'900'000'000);

RecordKey Key(uint64_t n) { return {.high = n, .low = n * 0x9E3779B97F4A7C15u}; }

// Memory of its index for so many keys.
size_t ReservedBytes(Deduplicator& dedup) {
  MemoryRegions regions;
  dedup.AppendRegions(regions);
  size_t bytes = 0;
  for (const MemoryRegion& region : regions) bytes += region.bytes;
  return bytes;
}

TEST(Deduplicator, TheFirstOfAKeyIsFirstAndItsRepetitionIsNot) {
  Deduplicator dedup(hours(48));
  EXPECT_TRUE(dedup.IsFirst(Key(1), kStart));
  EXPECT_FALSE(dedup.IsFirst(Key(1), kStart));
  EXPECT_TRUE(dedup.IsFirst(Key(2), kStart));
}

TEST(Deduplicator, RemembersNothingWithoutAHorizon) {
  Deduplicator dedup(Duration::zero());
  EXPECT_TRUE(dedup.IsFirst(Key(1), kStart));
  EXPECT_TRUE(dedup.IsFirst(Key(1), kStart));
  std::vector<Cdr> cdrs(2);
  dedup.Expect(1'000'000, hours(1));
  dedup.DropRepetitions(cdrs);
  EXPECT_EQ(cdrs.size(), 2u);
  EXPECT_EQ(dedup.size(), 0u);
  EXPECT_EQ(ReservedBytes(dedup), 0u);
}

TEST(Deduplicator, DropsFromABatchWhatIsNotFirstOneByOne) {
  for (const size_t size : {0u, 1u, 63u, 64u, 65u, 300u}) {
    std::mt19937_64 random(size);
    std::vector<Cdr> cdrs(size);
    for (Cdr& cdr : cdrs) {
      cdr.key = Key(random() % 100);
      cdr.setup = kStart;
    }
    Deduplicator one_by_one(hours(48));
    std::vector<RecordKey> expected;
    for (const Cdr& cdr : cdrs) {
      if (one_by_one.IsFirst(cdr.key, cdr.setup)) expected.push_back(cdr.key);
    }
    Deduplicator dedup(hours(48));
    dedup.DropRepetitions(cdrs);
    std::vector<RecordKey> kept;
    for (const Cdr& cdr : cdrs) kept.push_back(cdr.key);
    EXPECT_EQ(kept, expected) << size;
    EXPECT_EQ(dedup.Snapshot(), one_by_one.Snapshot()) << size;
  }
}

TEST(Deduplicator, WhatIsExpectedChangesNothingThatIsRemembered) {
  for (const uint64_t records : {uint64_t{0}, uint64_t{1'000'000}, UINT64_MAX}) {
    for (const Duration span : {Duration(-1), Duration(0), Duration(seconds(1)), Duration::max()}) {
      Deduplicator dedup(hours(48));
      Deduplicator other(hours(48));
      for (uint64_t n = 0; n < 2'000; ++n) {
        if (n == 1'000) dedup.Expect(records, span);
        const EventTime setup = kStart + seconds(n);
        ASSERT_EQ(dedup.IsFirst(Key(n % 700), setup), other.IsFirst(Key(n % 700), setup));
      }
      EXPECT_EQ(dedup.Snapshot(), other.Snapshot());
    }
  }
}

TEST(Deduplicator, TakesMemoryForNoMoreThanItWillRememberAtATime) {
  const auto reserved = [](uint64_t records, Duration span) {
    Deduplicator dedup(hours(48));
    for (uint64_t n = 0; n < 1'000; ++n) dedup.IsFirst(Key(n), kStart);
    dedup.Expect(records, span);
    return ReservedBytes(dedup);
  };
  // 1,000 records in an hour: 64,000 at a time, however many come.
  const size_t at_a_time = reserved(64'000, {});
  EXPECT_EQ(reserved(1'000'000, hours(1)), at_a_time);
  EXPECT_GT(reserved(1'000'000, {}), at_a_time);
}

TEST(Deduplicator, AGenerationEndsHoweverFarTheNextTimeIs) {
  Deduplicator dedup(hours(3));
  ASSERT_TRUE(dedup.IsFirst(Key(0), EventTime::min()));
  for (uint64_t n = 1; n <= 4; ++n) dedup.IsFirst(Key(n), kStart + hours(2 * n));
  EXPECT_EQ(dedup.size(), 4u);  // the oldest was forgotten
}

TEST(Deduplicator, KeysThatDifferOnlyInTheHighHalfAreDifferent) {
  Deduplicator dedup(hours(48));
  EXPECT_TRUE(dedup.IsFirst({.high = 1, .low = 7}, kStart));
  EXPECT_TRUE(dedup.IsFirst({.high = 2, .low = 7}, kStart));
}

TEST(Deduplicator, ARepetitionIsRecognisedUpToTheHorizonWhateverCameBetween) {
  for (int step_minutes : {1, 7, 60, 16 * 60, 24 * 60}) {
    Deduplicator dedup(hours(48));
    ASSERT_TRUE(dedup.IsFirst(Key(0), kStart));
    uint64_t n = 1;
    const auto step = std::chrono::minutes(step_minutes);
    for (Duration at = step; at <= Duration(hours(48)); at += step) {
      dedup.IsFirst(Key(n++), kStart + at);
    }
    EXPECT_FALSE(dedup.IsFirst(Key(0), kStart)) << "steps of " << step_minutes << " min";
  }
}

TEST(Deduplicator, ALeapForgetsNothingThatCameJustBefore) {
  Deduplicator dedup(hours(48));
  ASSERT_TRUE(dedup.IsFirst(Key(1), kStart));
  ASSERT_TRUE(dedup.IsFirst(Key(2), kStart + hours(1000)));
  EXPECT_FALSE(dedup.IsFirst(Key(1), kStart));
}

TEST(Deduplicator, WhatIsOlderThanTheHorizonIsForgotten) {
  Deduplicator dedup(hours(3));
  for (int i = 0; i < 1000; ++i) {
    dedup.IsFirst(Key(static_cast<uint64_t>(i)), kStart + std::chrono::minutes(i));
  }
  EXPECT_LE(dedup.size(), 4u * 60u + 4u);
}

TEST(Deduplicator, ASnapshotGoesOnWhereItWasTaken) {
  Deduplicator dedup(hours(3));
  for (uint64_t i = 0; i < 500; ++i) dedup.IsFirst(Key(i), kStart + std::chrono::minutes(i));
  auto restored = Deduplicator::Restore(dedup.Snapshot(), hours(3));
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->Snapshot(), dedup.Snapshot());
  for (uint64_t i = 0; i < 900; ++i) {
    const EventTime at = kStart + std::chrono::minutes(i);
    ASSERT_EQ(restored->IsFirst(Key(i), at), dedup.IsFirst(Key(i), at)) << i;
  }
}

// The same by the book: four sets, of which the oldest goes.
class FourSets {
 public:
  explicit FourSets(Duration horizon) : length_(horizon / 3) {}

  bool IsFirst(const RecordKey& key, EventTime setup) {
    if (!begun_) begin_ = setup;
    begun_ = true;
    if (setup >= begin_ + length_) {
      sets_.insert(sets_.begin(), std::set<RecordKey>());
      sets_.resize(4);
      begin_ = setup;
    }
    for (const auto& set : sets_) {
      if (set.contains(key)) return false;
    }
    return sets_.front().insert(key).second;
  }
  size_t size() const {
    size_t keys = 0;
    for (const auto& set : sets_) keys += set.size();
    return keys;
  }

 private:
  Duration length_;
  bool begun_ = false;
  EventTime begin_;
  std::vector<std::set<RecordKey>> sets_{4};
};

TEST(Deduplicator, AgreesWithFourSetsOverHundredsOfGenerations) {
  std::mt19937_64 random(1);
  for (const uint64_t distinct : {40, 2'000, 30'000}) {
    Deduplicator dedup(hours(3));
    FourSets expected(hours(3));
    EventTime at = kStart;
    for (int i = 0; i < 60'000; ++i) {
      at += seconds(random() % 60) - seconds(i % 1000 == 0 ? 600 : 0);
      const RecordKey key = Key(random() % distinct);
      ASSERT_EQ(dedup.IsFirst(key, at), expected.IsFirst(key, at)) << i;
      if (i % 5'000 == 0) {
        ASSERT_EQ(dedup.size(), expected.size()) << i;
        auto restored = Deduplicator::Restore(dedup.Snapshot(), hours(3));
        ASSERT_TRUE(restored.ok()) << restored.status();
        ASSERT_EQ(restored->Snapshot(), dedup.Snapshot());
        if (i % 10'000 == 0) dedup = *std::move(restored);
      }
    }
  }
}

TEST(Deduplicator, KeysThatGoToOnePlaceAreKeptApart) {
  Deduplicator dedup(hours(48));
  for (uint64_t n = 0; n < 1'000; ++n) {
    EXPECT_TRUE(dedup.IsFirst({.high = n, .low = ~uint64_t{0} - n % 3}, kStart)) << n;
  }
  for (uint64_t n = 0; n < 1'000; ++n) {
    EXPECT_FALSE(dedup.IsFirst({.high = n, .low = ~uint64_t{0} - n % 3}, kStart)) << n;
  }
}

TEST(Deduplicator, EveryDamagedOrShortenedSnapshotIsRefused) {
  Deduplicator dedup(hours(3));
  for (uint64_t i = 0; i < 20; ++i) dedup.IsFirst(Key(i), kStart + seconds(i));
  const std::string good = dedup.Snapshot();
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_FALSE(Deduplicator::Restore(bad, hours(3)).ok()) << "byte " << i;
    EXPECT_FALSE(Deduplicator::Restore(good.substr(0, i), hours(3)).ok()) << "length " << i;
  }
}

// What an earlier version wrote of the keys, which are all of the newest generation.
std::string WrittenBefore(char version, std::vector<RecordKey> keys) {
  constexpr size_t kHead = 8 + 4 * 8;  // before the newest keys
  Deduplicator dedup(hours(3));
  for (const RecordKey& key : keys) dedup.IsFirst(key, kStart);
  std::string bytes = dedup.Snapshot();
  std::sort(keys.begin(), keys.end(), [version](const RecordKey& a, const RecordKey& b) {
    return version == '1' ? a < b : std::pair(a.low, a.high) < std::pair(b.low, b.high);
  });
  std::memcpy(&bytes[kHead], keys.data(), keys.size() * sizeof(RecordKey));
  bytes[7] = version;
  const uint64_t checksum = XXH3_64bits(bytes.data(), bytes.size() - sizeof(checksum));
  std::memcpy(&bytes[bytes.size() - sizeof(checksum)], &checksum, sizeof(checksum));
  return bytes;
}

// They had keys in order: by their upper halves, then by their lower ones.
TEST(Deduplicator, SnapshotsOfVersionsOneAndTwoAreRead) {
  std::vector<RecordKey> keys;
  for (uint64_t i = 0; i < 500; ++i) keys.push_back(Key(i));
  for (const char version : {'1', '2'}) {
    auto restored = Deduplicator::Restore(WrittenBefore(version, keys), hours(3));
    ASSERT_TRUE(restored.ok()) << restored.status();
    EXPECT_EQ(restored->size(), keys.size());
    EXPECT_EQ(restored->Snapshot()[7], '3');
    for (const RecordKey& key : keys) EXPECT_FALSE(restored->IsFirst(key, kStart));
    EXPECT_TRUE(restored->IsFirst(Key(keys.size()), kStart));
  }
}

TEST(Deduplicator, ASnapshotGoesOnUnderAnotherHorizon) {
  Deduplicator deduplicator(std::chrono::hours(48));
  EXPECT_TRUE(deduplicator.IsFirst({1, 1}, EventTime{}));
  for (const Duration horizon :
       {Duration(std::chrono::hours(3)), Duration(std::chrono::hours(96))}) {
    auto restored = Deduplicator::Restore(deduplicator.Snapshot(), horizon);
    ASSERT_TRUE(restored.ok()) << restored.status();
    EXPECT_FALSE(restored->IsFirst({1, 1}, EventTime{} + std::chrono::hours(3)));
  }
}

}  // namespace
}  // namespace ringfence
