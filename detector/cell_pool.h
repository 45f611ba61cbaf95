// Memory in cells of 64 bytes, one cache line each, handed out in runs. All tables of numbers are
// built of it: what one of them gives back another one can use, and nothing is ever moved to grow.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <vector>

#include "ingest/model/huge_pages.h"

namespace ringfence {

struct alignas(64) Cell {
  unsigned char bytes[64];
};

// Cells in a run: a block of 10,000 numbers is 80 runs, and little is lost at the end of a table.
inline constexpr size_t kRunCells = 125;

// Owns the memory of all runs that it handed out. Not thread-safe.
class CellPool {
 public:
  CellPool() = default;
  CellPool(CellPool&&) = default;
  CellPool& operator=(CellPool&&) = default;

  // A run of kRunCells cells, all bytes zero. Never null: without memory the program ends, as with
  // any container.
  Cell* Take();
  // Takes a run back. Memory in which no run is left in use goes back to the system.
  void GiveBack(Cell* run);

  // Bytes held, in use or not.
  size_t bytes() const { return bytes_; }

 private:
  // A piece of memory of the system, cut into runs. Small ones first, so that a small table is
  // cheap, then pieces of 4 MiB in large pages.
  struct Slab {
    std::vector<Cell, HugePageAllocator<Cell>> cells;  // those handed out for the first time so far
    std::vector<Cell*> free;                           // runs that were given back
    size_t in_use = 0;

    bool full() const { return free.empty() && cells.size() + kRunCells > cells.capacity(); }
  };

  Slab& AddSlab();

  std::map<const Cell*, Slab> slabs_;  // by address
  std::set<const Cell*> with_room_;    // keys of slabs_
  size_t next_runs_ = 1;               // in the next slab
  size_t bytes_ = 0;
};

}  // namespace ringfence
