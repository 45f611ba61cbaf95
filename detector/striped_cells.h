// Lists that grow alike, in stripes: one span of addresses, in which a run of each list follows
// after the other, then the next run of each.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "detector/reserved_cells.h"

namespace ringfence {

// kLists lists of up to kMost elements of one cell each, in runs of kRun. Not thread-safe.
template <typename T, size_t kLists, size_t kRun, size_t kMost>
class StripedCells {
 public:
  // Where the list begins, once any has a run.
  T* begin(size_t list) const { return reinterpret_cast<T*>(cells_.begin()) + list * kRun; }
  // An element of the list that begins there.
  static T& At(T* begin, size_t index) {
    return begin[index / kRun * (kLists * kRun) + index % kRun];
  }
  static const T& At(const T* begin, size_t index) {
    return begin[index / kRun * (kLists * kRun) + index % kRun];
  }
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
  static_assert(std::has_single_bit(kLists) && std::has_single_bit(kRun));
  static_assert(kMost % kRun == 0 && kRun * sizeof(T) <= kLargePageBytes);

  static size_t FirstCell(size_t list, size_t run) { return (run * kLists + list) * kRun; }

  ReservedCells cells_{kLists * kMost};
  std::array<uint32_t, kLists> runs_ = {};
};

}  // namespace ringfence
