// Memory in cells, handed out in runs: what is given back can be used again, and nothing is ever
// moved to grow.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <vector>

#include "detector/cell.h"
#include "ingest/model/huge_pages.h"

namespace ringfence {

// Owns the memory of all runs that it handed out. Not thread-safe.
class CellPool {
 public:
  // Hands out runs of `run_cells`; asks the system for up to `slab_runs` of them at a time.
  CellPool(size_t run_cells, size_t slab_runs) : run_cells_(run_cells), slab_runs_(slab_runs) {}

  // A run of `run_cells` cells, all bytes zero. Never null: without memory the program ends, as
  // with any container.
  Cell* Take();
  // Takes a run back. Memory in which no run is left in use goes back to the system.
  void GiveBack(Cell* run);

  // Bytes held, in use or not; those that were never in use and cost no memory yet are left out.
  size_t bytes() const { return bytes_; }
  void AppendRegions(MemoryRegions& regions) const {
    for (const auto& [begin, slab] : slabs_) AppendRegion(slab.cells, regions);
  }

 private:
  // A piece of memory of the system, cut into runs. Small ones first, so that a small table is
  // cheap, then those of slab_runs_, in large pages.
  struct Slab {
    std::vector<Cell, HugePageAllocator<Cell>> cells;  // those handed out for the first time so far
    std::vector<Cell*> free;                           // runs that were given back
    size_t in_use = 0;
  };

  bool Full(const Slab& slab) const {
    return slab.free.empty() && slab.cells.size() + run_cells_ > slab.cells.capacity();
  }
  Slab& AddSlab();

  size_t run_cells_;
  size_t slab_runs_;
  std::map<const Cell*, Slab> slabs_;  // by address
  std::set<const Cell*> with_room_;    // keys of slabs_
  size_t next_runs_ = 1;               // in the next slab
  size_t bytes_ = 0;
};

}  // namespace ringfence
