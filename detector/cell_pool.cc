#include "detector/cell_pool.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace ringfence {

Cell* CellPool::Take() {
  Slab& slab = with_room_.empty() ? AddSlab() : slabs_.find(*with_room_.begin())->second;
  Cell* run = nullptr;
  if (!slab.free.empty()) {
    run = slab.free.back();
    slab.free.pop_back();
    std::memset(run, 0, run_cells_ * sizeof(Cell));
  } else {
    run = slab.cells.data() + slab.cells.size();
    slab.cells.resize(slab.cells.size() + run_cells_);
    bytes_ += run_cells_ * sizeof(Cell);
  }
  ++slab.in_use;
  if (Full(slab)) with_room_.erase(slab.cells.data());
  return run;
}

void CellPool::GiveBack(Cell* run) {
  const auto slab = std::prev(slabs_.upper_bound(run));
  slab->second.free.push_back(run);
  with_room_.insert(slab->first);
  // The last one with room stays, so that a table on the edge does not ask the system each time.
  if (--slab->second.in_use > 0 || with_room_.size() == 1) return;
  bytes_ -= slab->second.cells.size() * sizeof(Cell);
  with_room_.erase(slab->first);
  slabs_.erase(slab);
}

CellPool::Slab& CellPool::AddSlab() {
  Slab slab;
  slab.cells.reserve(next_runs_ * run_cells_);
  next_runs_ = std::min(2 * next_runs_, slab_runs_);
  const Cell* base = slab.cells.data();
  with_room_.insert(base);
  return slabs_.emplace(base, std::move(slab)).first->second;
}

}  // namespace ringfence
