#include "detector/tag_bucket.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

constexpr uint64_t kHash = 0x42;

TEST(TagBucket, MatchesOnlyTheSlotsWithTheTag) {
  TagBucket bucket;
  bucket.Set(3, TagBucket::TagOf(kHash), 7);
  bucket.Set(9, TagBucket::TagOf(kHash + 1), 8);
  bucket.Set(14, TagBucket::TagOf(kHash), TagBucket::kMaxRef);
  EXPECT_EQ(bucket.Matches(TagBucket::TagOf(kHash)), 1U << 3 | 1U << 14);
  EXPECT_EQ(bucket.Ref(3), 7U);
  EXPECT_EQ(bucket.Ref(14), TagBucket::kMaxRef);
}

TEST(TagBucket, TellsApartTagsThatDifferInTheNinthBit) {
  TagBucket bucket;
  bucket.Set(0, TagBucket::TagOf(kHash), 1);
  bucket.Set(14, TagBucket::TagOf(kHash | 0x100), 2);
  EXPECT_EQ(bucket.Matches(TagBucket::TagOf(kHash)), 1U << 0);
  EXPECT_EQ(bucket.Matches(TagBucket::TagOf(kHash | 0x100)), 1U << 14);
}

TEST(TagBucket, ASlotUsedAgainHasItsNewTagOnly) {
  TagBucket bucket;
  bucket.Set(5, TagBucket::TagOf(kHash | 0x100), 1);
  bucket.Clear(5);
  EXPECT_EQ(bucket.Matches(TagBucket::TagOf(kHash | 0x100)), 0U);
  bucket.Set(5, TagBucket::TagOf(kHash), 2);
  EXPECT_EQ(bucket.Matches(TagBucket::TagOf(kHash)), 1U << 5);
  EXPECT_EQ(bucket.Matches(TagBucket::TagOf(kHash | 0x100)), 0U);
}

TEST(TagBucket, ATagIsNeverThatOfAFreeSlot) {
  TagBucket bucket;
  EXPECT_EQ(bucket.Free(), (1U << TagBucket::kSlots) - 1);
  bucket.Set(2, TagBucket::TagOf(0x4200), 1);
  EXPECT_EQ(bucket.Free(), ((1U << TagBucket::kSlots) - 1) & ~(1U << 2));
  EXPECT_EQ(bucket.Matches(TagBucket::TagOf(0x4200)), 1U << 2);
}

}  // namespace
}  // namespace ringfence
