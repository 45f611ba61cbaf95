// Lists that grow alike in one span of addresses.
#include "detector/striped_cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringfence {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr size_t kLists = 4;
constexpr size_t kRun = 1024;
constexpr size_t kRunsInSlab = kLargePageBytes / sizeof(Cell) / kRun;
constexpr size_t kMost = 64 * kRun;

template <typename Striped>
class StripedCellsTest : public testing::Test {
 protected:
  MemoryRegions Regions() const {
    MemoryRegions regions;
    cells_.AppendRegions(regions);
    return regions;
  }
  static void Write(Cell& cell, unsigned char byte) { cell.bytes[0] = cell.bytes[63] = byte; }

  Striped cells_;
};

// Stripes of one element, of some, and of whole runs.
using Stripes = testing::Types<StripedCells<Cell, kLists, 1, kRun, kMost>,
                               StripedCells<Cell, kLists, 64, kRun, kMost>,
                               StripedCells<Cell, kLists, kRun, kRun, kMost>>;
TYPED_TEST_SUITE(StripedCellsTest, Stripes);

TYPED_TEST(StripedCellsTest, NothingIsTakenBeforeTheFirstRun) {
  EXPECT_EQ(this->cells_.bytes(), 0);
  EXPECT_THAT(this->Regions(), IsEmpty());
}

TYPED_TEST(StripedCellsTest, EachElementIsItsOwn) {
  for (size_t list = 0; list < kLists; ++list) {
    this->cells_.SetRuns(list, 3);
    for (size_t i = 0; i < 3 * kRun; ++i) {
      this->Write(this->cells_.At(list, i), static_cast<unsigned char>(list * 50 + i % 47));
    }
  }
  for (size_t list = 0; list < kLists; ++list) {
    for (size_t i = 0; i < 3 * kRun; ++i) {
      ASSERT_EQ(this->cells_.At(list, i).bytes[0], list * 50 + i % 47) << list << ' ' << i;
    }
  }
}

TYPED_TEST(StripedCellsTest, ElementsStayWhereTheyAreWhileListsGrow) {
  this->cells_.SetRuns(1, 1);
  Cell* const first = &this->cells_.At(1, kRun - 1);
  this->Write(*first, 7);
  for (size_t list = 0; list < kLists; ++list) this->cells_.SetRuns(list, 20);
  EXPECT_EQ(&this->cells_.At(1, kRun - 1), first);
  EXPECT_EQ(first->bytes[63], 7);
}

TYPED_TEST(StripedCellsTest, BytesAreThoseOfTheRunsInUse) {
  this->cells_.SetRuns(0, 5);
  this->cells_.SetRuns(3, 2);
  EXPECT_EQ(this->cells_.bytes(), 7 * kRun * sizeof(Cell));
  this->cells_.SetRuns(0, 1);
  EXPECT_EQ(this->cells_.bytes(), 3 * kRun * sizeof(Cell));
}

TYPED_TEST(StripedCellsTest, ARegionIsAllSlabsInUseThatAdjoin) {
  for (size_t list = 0; list < kLists; ++list) this->cells_.SetRuns(list, 2 * kRunsInSlab / kLists);
  ASSERT_THAT(this->Regions(), SizeIs(1));
  EXPECT_EQ(this->Regions()[0].bytes, 2 * kLargePageBytes);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(this->Regions()[0].begin) % kLargePageBytes, 0);
}

TYPED_TEST(StripedCellsTest, MemoryOfASlabGoesBackWithItsLastRun) {
  this->cells_.SetRuns(2, 1);
  this->Write(this->cells_.At(2, 0), 9);
  this->cells_.SetRuns(2, 0);
  EXPECT_THAT(this->Regions(), IsEmpty());
  this->cells_.SetRuns(2, 1);
  EXPECT_EQ(this->cells_.At(2, 0).bytes[0], 0);
}

// As without memory: a sanitizer says so in its own words.
TYPED_TEST(StripedCellsTest, MoreThanThereIsRoomForEndsTheProgram) {
  this->cells_.SetRuns(kLists - 1, kMost / kRun);
  const auto add = [&]() noexcept { this->cells_.SetRuns(kLists - 1, kMost / kRun + 1); };
  EXPECT_DEATH(add(), "bad_alloc|allocation-size-too-big");
}

}  // namespace
}  // namespace ringfence
