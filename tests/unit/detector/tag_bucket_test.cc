#include "detector/tag_bucket.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

constexpr uint64_t kHash = 0x42;

// On the heap: the sanitizer's stack does not align it.
class TagBucketTest : public testing::Test {
 protected:
  TagBucket bucket_;
};

TEST_F(TagBucketTest, MatchesOnlyTheSlotsWithTheTag) {
  bucket_.Set(3, TagBucket::TagOf(kHash), 7);
  bucket_.Set(9, TagBucket::TagOf(kHash + 1), 8);
  bucket_.Set(14, TagBucket::TagOf(kHash), TagBucket::kMaxRef);
  EXPECT_EQ(bucket_.Matches(TagBucket::TagOf(kHash)), 1U << 3 | 1U << 14);
  EXPECT_EQ(bucket_.Ref(3), 7U);
  EXPECT_EQ(bucket_.Ref(14), TagBucket::kMaxRef);
}

TEST_F(TagBucketTest, TellsApartTagsThatDifferInTheNinthBit) {
  bucket_.Set(0, TagBucket::TagOf(kHash), 1);
  bucket_.Set(14, TagBucket::TagOf(kHash | 0x8000), 2);
  EXPECT_EQ(bucket_.Matches(TagBucket::TagOf(kHash)), 1U << 0);
  EXPECT_EQ(bucket_.Matches(TagBucket::TagOf(kHash | 0x8000)), 1U << 14);
}

TEST_F(TagBucketTest, ASlotUsedAgainHasItsNewTagOnly) {
  bucket_.Set(5, TagBucket::TagOf(kHash | 0x8000), 1);
  bucket_.Clear(5);
  EXPECT_EQ(bucket_.Matches(TagBucket::TagOf(kHash | 0x8000)), 0U);
  bucket_.Set(5, TagBucket::TagOf(kHash), 2);
  EXPECT_EQ(bucket_.Matches(TagBucket::TagOf(kHash)), 1U << 5);
  EXPECT_EQ(bucket_.Matches(TagBucket::TagOf(kHash | 0x8000)), 0U);
}

TEST_F(TagBucketTest, ATagIsNeverThatOfAFreeSlot) {
  EXPECT_EQ(bucket_.Free(), (1U << TagBucket::kSlots) - 1);
  bucket_.Set(2, TagBucket::TagOf(0x4200), 1);
  EXPECT_EQ(bucket_.Free(), ((1U << TagBucket::kSlots) - 1) & ~(1U << 2));
  EXPECT_EQ(bucket_.Matches(TagBucket::TagOf(0x4200)), 1U << 2);
}

}  // namespace
}  // namespace ringfence
