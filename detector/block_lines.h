// Lines of number-plan blocks that are in use: 10,000 numbers one behind the other, found by their
// digits. A look-up touches one line and nothing else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "detector/call_line.h"
#include "detector/cell_pool.h"

namespace ringfence {

inline constexpr uint64_t kBlockNumbers = 10'000;
inline uint64_t BlockOf(uint64_t number) { return number / kBlockNumbers; }

// The numbers block * kBlockNumbers and those that follow.
struct NumberBlock {
  uint64_t block = 0;
  uint32_t present = 0;  // lines that are not kNone, for the owner to count
  std::array<Cell*, kBlockNumbers / kRunCells> runs = {};

  CallLine& At(size_t index) const {
    return *reinterpret_cast<CallLine*>(runs[index / kRunCells] + index % kRunCells);
  }
  static_assert(kBlockNumbers % kRunCells == 0);
};

// Not thread-safe. The pool must outlive it.
class BlockLines {
 public:
  explicit BlockLines(CellPool& pool) : pool_(&pool) {}

  // Null: the block is not held.
  NumberBlock* Find(uint64_t block) const {
    if (index_.empty()) return nullptr;
    const auto found = index_.find(block);
    return found == index_.end() ? nullptr : found->second;
  }
  // A block that is not held, with all lines kNone.
  NumberBlock& Add(uint64_t block);
  // The last block takes the position of the one that is dropped.
  void Drop(size_t position);

  size_t size() const { return blocks_.size(); }
  NumberBlock& operator[](size_t position) const { return *blocks_[position]; }

  size_t HeapBytes() const;  // beside the pool's

 private:
  CellPool* pool_;
  std::vector<std::unique_ptr<NumberBlock>> blocks_;
  absl::flat_hash_map<uint64_t, NumberBlock*> index_;
};

}  // namespace ringfence
