// Memory in cells at addresses that are reserved beforehand: a
// table grows in place, nothing is moved, and where a cell lies is computed instead of looked up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "detector/cell.h"
#include "ingest/model/huge_pages.h"

namespace ringfence {

// Addresses cost nothing but themselves; memory is taken from the system in slabs of one large
// page, with the first cell that is used, and goes back with the last. Not thread-safe.
class ReservedCells {
 public:
  // Room for so many cells; the addresses are asked for with the first that is used.
  explicit ReservedCells(size_t most) : most_(most) {}

  // Where cell 0 is; null as long as none was ever used.
  Cell* begin() const { return cells_.get(); }
  // Cells that are used from now on, or no longer: within one slab. What they hold is zero or what
  // was there before. Without memory, or beyond the room, the program ends, as with any container.
  void Use(size_t first, size_t count);
  void Release(size_t first, size_t count);

  // Of the cells in use.
  size_t bytes() const { return used_ * sizeof(Cell); }
  // Appends the slabs with cells in use.
  void AppendRegions(MemoryRegions& regions) const;

 private:
  struct Unmap {
    size_t bytes;
    void operator()(Cell* cells) const;
  };

  static constexpr size_t kSlabCells = kLargePageBytes / sizeof(Cell);

  void Reserve();
  Cell* Slab(size_t slab) const { return cells_.get() + slab * kSlabCells; }

  size_t most_;
  std::unique_ptr<Cell[], Unmap> cells_{nullptr, Unmap{0}};
  std::vector<uint32_t> used_of_;  // cells in use, by slab
  size_t used_ = 0;                // in all
};

}  // namespace ringfence
