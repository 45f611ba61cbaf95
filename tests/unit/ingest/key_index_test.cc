// How a line of the index is looked at: the eight entries at once.
#include "ingest/key_index.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

namespace ringfence {
namespace {

constexpr uint64_t kTag = 0xFFFF'0001;
constexpr uint64_t kPlace = 0xFFFF'FFFF;

// On the heap: the sanitizer's stack does not align it.
class IndexLineTest : public testing::Test {
 protected:
  IndexLine line_;
};

TEST_F(IndexLineTest, FindsATagInEachPlaceAndNowhereElse) {
  for (size_t i = 0; i < IndexLine::kEntries; ++i) {
    line_.entries.fill(IndexLine::Entry(kTag + 2, kPlace));
    line_.entries[i] = IndexLine::Entry(kTag, kPlace);
    EXPECT_EQ(line_.Matches(kTag), 1u << i);
  }
}

TEST_F(IndexLineTest, FindsEveryEntryWithTheTag) {
  for (const size_t i : {0, 3, 4, 7}) line_.entries[i] = IndexLine::Entry(kTag, i);
  EXPECT_EQ(line_.Matches(kTag), 0b1001'1001u);
}

TEST_F(IndexLineTest, ATagThatDiffersInAnyBitIsAnother) {
  line_.entries.fill(IndexLine::Entry(kTag, kPlace));
  for (int bit = 0; bit < 32; ++bit) EXPECT_EQ(line_.Matches(kTag ^ uint64_t{1} << bit), 0u) << bit;
}

TEST_F(IndexLineTest, ThePlaceOfAnEntryIsNoTag) {
  line_.entries.fill(IndexLine::Entry(kTag, 1));
  EXPECT_EQ(line_.Matches(1), 0u);
}

// The first key of all is in place 0.
TEST_F(IndexLineTest, TheEmptyEntriesHaveTagZero) {
  for (size_t used = 0; used < IndexLine::kEntries; ++used) {
    EXPECT_EQ(line_.Matches(0), 0xFFu << used & 0xFF) << used;
    line_.entries[used] = IndexLine::Entry(1, 0);
  }
  EXPECT_EQ(line_.Matches(0), 0u);
}

}  // namespace
}  // namespace ringfence
