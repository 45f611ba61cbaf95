#include "detector/reserved_cells.h"

#include <sys/mman.h>

namespace ringfence {

void ReservedCells::Unmap::operator()(Cell* cells) const { munmap(cells, bytes); }

void ReservedCells::Use(size_t first, size_t count) {
  if (first + count > most_) NoMemory();
  if (cells_ == nullptr) Reserve();
  const size_t slab = first / kSlabCells;
  if (slab >= used_of_.size()) used_of_.resize(slab + 1);
  if (used_of_[slab] == 0 && mprotect(Slab(slab), kLargePageBytes, PROT_READ | PROT_WRITE) != 0) {
    NoMemory();
  }
  used_of_[slab] += static_cast<uint32_t>(count);
  used_ += count;
}

void ReservedCells::Release(size_t first, size_t count) {
  const size_t slab = first / kSlabCells;
  used_of_[slab] -= static_cast<uint32_t>(count);
  used_ -= count;
  if (used_of_[slab] > 0) return;
  madvise(Slab(slab), kLargePageBytes, MADV_DONTNEED);
  mprotect(Slab(slab), kLargePageBytes, PROT_NONE);
}

// Memory that may not be touched is not counted against what the system has to give.
void ReservedCells::Reserve() {
  const size_t bytes = RoundUp(most_ * sizeof(Cell), kLargePageBytes);
  char* const memory = MapAtLargePage(bytes, PROT_NONE);
  if (memory == nullptr) NoMemory();
  cells_ = std::unique_ptr<Cell[], Unmap>(reinterpret_cast<Cell*>(memory), Unmap{bytes});
}

void ReservedCells::AppendRegions(MemoryRegions& regions) const {
  const char* end = nullptr;  // of the region before
  for (size_t slab = 0; slab < used_of_.size(); ++slab) {
    if (used_of_[slab] == 0) continue;
    const auto* const begin = reinterpret_cast<const char*>(Slab(slab));
    if (begin == end) {
      regions.back().bytes += kLargePageBytes;
    } else {
      regions.push_back({begin, kLargePageBytes});
    }
    end = begin + kLargePageBytes;
  }
}

}  // namespace ringfence
