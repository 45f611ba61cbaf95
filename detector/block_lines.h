// Lines of number-plan blocks that are in use: 10,000 numbers one behind the other, found by their
// digits. A look-up touches one line and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "detector/call_line.h"
#include "detector/cell_pool.h"

namespace ringfence {

inline constexpr uint64_t kBlockNumbers = 10'000;
inline uint64_t BlockOf(uint64_t number) { return number / kBlockNumbers; }

// Not thread-safe.
class BlockLines {
 public:
  // The numbers block * kBlockNumbers and those that follow.
  struct Block {
    uint64_t block = 0;
    uint32_t present = 0;  // lines that are not kNone, for the owner to count
    CallLine* lines = nullptr;
  };

  // The line of the number, kNone as long as nothing is assigned; null when its block is not held.
  CallLine* Find(uint64_t number) const {
    if (index_.empty()) return nullptr;
    const auto found = index_.find(BlockOf(number));
    return found == index_.end() ? nullptr : found->second.lines + number % kBlockNumbers;
  }
  // The block must be held.
  Block& BlockWith(uint64_t number) {
    return blocks_[index_.find(BlockOf(number))->second.position];
  }
  bool Holds(uint64_t block) const { return index_.contains(block); }

  // A block that is not held, with all lines kNone.
  Block& Add(uint64_t block);
  // The last block takes the position of the one that is dropped.
  void Drop(size_t position);

  size_t size() const { return blocks_.size(); }
  Block& operator[](size_t position) { return blocks_[position]; }

  size_t memory_bytes() const;

 private:
  struct Place {
    CallLine* lines = nullptr;
    size_t position = 0;
  };

  // 11 large pages of 2 MiB, with next to nothing left over.
  static constexpr size_t kBlocksInSlab = 36;

  CellPool pool_{kBlockNumbers, kBlocksInSlab};
  std::vector<Block> blocks_;
  absl::flat_hash_map<uint64_t, Place> index_;
};

}  // namespace ringfence
