// Lists that grow alike, in one span of addresses: a stripe of each follows after the other, then
// the next stripe of each.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "detector/reserved_cells.h"

namespace ringfence {

// kLists lists of up to kMost elements of one cell each, in stripes of kStripe. They take memory in
// runs of kRun. With stripes of one element it is soon found; those of a larger stripe lie
// together. Not thread-safe.
template <typename T, size_t kLists, size_t kStripe, size_t kRun, size_t kMost>
class StripedCells {
 public:
  // Where the list begins, once any has a run.
  T* begin(size_t list) const { return reinterpret_cast<T*>(cells_.begin()) + list * kStripe; }
  // An element of the list that begins there.
  static T& At(T* begin, size_t index) { return begin[Offset(index)]; }
  static const T& At(const T* begin, size_t index) { return begin[Offset(index)]; }
  T& At(size_t list, size_t index) const { return At(begin(list), index); }

  // How many runs of the list are in use. Elements of new ones are to be written first.
  size_t runs(size_t list) const { return runs_[list]; }
  void SetRuns(size_t list, size_t runs) {
    for (; runs_[list] < runs; ++runs_[list]) cells_.Use(FirstCell(list, runs_[list]), kRun);
    while (runs_[list] > runs) cells_.Release(FirstCell(list, --runs_[list]), kRun);
  }

  size_t bytes() const { return cells_.bytes(); }
  void AppendRegions(MemoryRegions& regions) const { cells_.AppendRegions(regions); }

 private:
  static_assert(sizeof(T) == sizeof(Cell));
  static_assert(std::has_single_bit(kLists) && std::has_single_bit(kStripe));
  // A run, or the same run of all lists, lies in one slab.
  static_assert(std::has_single_bit(kRun) && kMost % kRun == 0 && kRun % kStripe == 0);
  static_assert((kStripe == kRun ? kRun : kLists * kRun) * sizeof(T) <= kLargePageBytes);

  static size_t Offset(size_t index) {
    return index / kStripe * (kLists * kStripe) + index % kStripe;
  }
  static size_t FirstCell(size_t list, size_t run) { return run * kRun * kLists + list * kStripe; }

  ReservedCells cells_{kLists * kMost};
  std::array<uint32_t, kLists> runs_ = {};
};

}  // namespace ringfence
