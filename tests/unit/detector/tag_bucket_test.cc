#include "detector/tag_bucket.h"

#include <gtest/gtest.h>

namespace ringfence {
namespace {

constexpr uint64_t kHash = 0x42;
constexpr uint64_t kNinth = uint64_t{1} << 31;

// On the heap: the sanitizer's stack does not align it.
class TagBucketTest : public testing::Test {
 protected:
  TagBucket bucket_;
};

TEST_F(TagBucketTest, MatchesOnlyTheSlotsWithTheTag) {
  bucket_.Set(3, kHash, 7);
  bucket_.Set(9, kHash + 1, 8);
  bucket_.Set(14, kHash, TagBucket::kMaxRef);
  EXPECT_EQ(bucket_.Matches(kHash), 1U << 3 | 1U << 14);
  EXPECT_EQ(bucket_.Ref(3), 7U);
  EXPECT_EQ(bucket_.Ref(14), TagBucket::kMaxRef);
}

TEST_F(TagBucketTest, TellsApartTagsThatDifferInTheNinthBit) {
  bucket_.Set(0, kHash, 1);
  bucket_.Set(14, kHash | kNinth, 2);
  EXPECT_EQ(bucket_.Matches(kHash), 1U << 0);
  EXPECT_EQ(bucket_.Matches(kHash | kNinth), 1U << 14);
}

TEST_F(TagBucketTest, ASlotUsedAgainHasItsNewTagOnly) {
  bucket_.Set(5, kHash | kNinth, 1);
  bucket_.Clear(5);
  EXPECT_EQ(bucket_.Matches(kHash | kNinth), 0U);
  bucket_.Set(5, kHash, 2);
  EXPECT_EQ(bucket_.Matches(kHash), 1U << 5);
  EXPECT_EQ(bucket_.Matches(kHash | kNinth), 0U);
}

TEST_F(TagBucketTest, ATagIsNeverThatOfAFreeSlot) {
  EXPECT_EQ(bucket_.Free(), (1U << TagBucket::kSlots) - 1);
  bucket_.Set(2, 0x4200, 1);
  EXPECT_EQ(bucket_.Free(), ((1U << TagBucket::kSlots) - 1) & ~(1U << 2));
  EXPECT_EQ(bucket_.Matches(0x4200), 1U << 2);
}

TEST_F(TagBucketTest, RedirectsTheReferenceAmongEqualTags) {
  bucket_.Set(1, kHash, 10);
  bucket_.Set(6, kHash, 11);
  EXPECT_TRUE(bucket_.Redirect(kHash, 11, 4));
  EXPECT_EQ(bucket_.Ref(1), 10U);
  EXPECT_EQ(bucket_.Ref(6), 4U);
  EXPECT_EQ(bucket_.Matches(kHash), 1U << 1 | 1U << 6);
}

TEST_F(TagBucketTest, RedirectsNoReferenceOfAnotherTag) {
  bucket_.Set(1, kHash + 1, 10);
  EXPECT_FALSE(bucket_.Redirect(kHash, 10, 4));
  EXPECT_EQ(bucket_.Ref(1), 10U);
}

}  // namespace
}  // namespace ringfence
