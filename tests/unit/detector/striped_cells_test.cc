// Lists that grow alike in one span of addresses.
#include "detector/striped_cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>

namespace ringfence {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr size_t kLists = 4;
constexpr size_t kRun = 1024;
constexpr size_t kRunsInSlab = kLargePageBytes / sizeof(Cell) / kRun;
constexpr size_t kMost = 64 * kRun;

class StripedCellsTest : public testing::Test {
 protected:
  using Striped = StripedCells<Cell, kLists, kRun, kMost>;

  MemoryRegions Regions() const {
    MemoryRegions regions;
    cells_.AppendRegions(regions);
    return regions;
  }
  static void Write(Cell& cell, unsigned char byte) { cell.bytes[0] = cell.bytes[63] = byte; }

  Striped cells_;
};

TEST_F(StripedCellsTest, NothingIsTakenBeforeTheFirstRun) {
  EXPECT_EQ(cells_.bytes(), 0);
  EXPECT_THAT(Regions(), IsEmpty());
}

TEST_F(StripedCellsTest, EachElementIsItsOwn) {
  for (size_t list = 0; list < kLists; ++list) {
    cells_.SetRuns(list, 3);
    for (size_t i = 0; i < 3 * kRun; ++i) {
      Write(cells_.At(list, i), static_cast<unsigned char>(list * 50 + i % 47));
    }
  }
  for (size_t list = 0; list < kLists; ++list) {
    for (size_t i = 0; i < 3 * kRun; ++i) {
      ASSERT_EQ(cells_.At(list, i).bytes[0], list * 50 + i % 47) << list << ' ' << i;
    }
  }
}

TEST_F(StripedCellsTest, ElementsStayWhereTheyAreWhileListsGrow) {
  cells_.SetRuns(1, 1);
  Cell* const first = &cells_.At(1, kRun - 1);
  Write(*first, 7);
  for (size_t list = 0; list < kLists; ++list) cells_.SetRuns(list, 20);
  EXPECT_EQ(&cells_.At(1, kRun - 1), first);
  EXPECT_EQ(first->bytes[63], 7);
}

TEST_F(StripedCellsTest, BytesAreThoseOfTheRunsInUse) {
  cells_.SetRuns(0, 5);
  cells_.SetRuns(3, 2);
  EXPECT_EQ(cells_.bytes(), 7 * kRun * sizeof(Cell));
  cells_.SetRuns(0, 1);
  EXPECT_EQ(cells_.bytes(), 3 * kRun * sizeof(Cell));
}

TEST_F(StripedCellsTest, ARegionIsAllSlabsInUseThatAdjoin) {
  for (size_t list = 0; list < kLists; ++list) cells_.SetRuns(list, 2 * kRunsInSlab / kLists);
  ASSERT_THAT(Regions(), SizeIs(1));
  EXPECT_EQ(Regions()[0].bytes, 2 * kLargePageBytes);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(Regions()[0].begin) % kLargePageBytes, 0);
}

TEST_F(StripedCellsTest, MemoryOfASlabGoesBackWithItsLastRun) {
  cells_.SetRuns(2, 1);
  Write(cells_.At(2, 0), 9);
  cells_.SetRuns(2, 0);
  EXPECT_THAT(Regions(), IsEmpty());
  cells_.SetRuns(2, 1);
  EXPECT_EQ(cells_.At(2, 0).bytes[0], 0);
}

TEST_F(StripedCellsTest, MoreThanThereIsRoomForIsAsWithoutMemory) {
  cells_.SetRuns(kLists - 1, kMost / kRun);
  EXPECT_THROW(cells_.SetRuns(kLists - 1, kMost / kRun + 1), std::bad_alloc);
}

}  // namespace
}  // namespace ringfence
