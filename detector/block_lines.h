// Lines of number-plan blocks that are in use: 10,000 numbers one behind the other, found by their
// digits. A look-up touches one line and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

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
    if (blocks_.empty()) return nullptr;
    const uint64_t block = BlockOf(number);
    CallLine* const lines = index_[Locate(block)].lines;
    return lines == nullptr ? nullptr : lines + (number - block * kBlockNumbers);
  }
  // The block must be held.
  Block& BlockWith(uint64_t number) { return blocks_[index_[Locate(BlockOf(number))].position]; }
  bool Holds(uint64_t block) const { return Find(block * kBlockNumbers) != nullptr; }

  // A block that is not held, with all lines kNone.
  Block& Add(uint64_t block);
  // The last block takes the position of the one that is dropped.
  void Drop(size_t position);

  size_t size() const { return blocks_.size(); }
  Block& operator[](size_t position) { return blocks_[position]; }

  size_t memory_bytes() const;

 private:
  // Of a block that is held; or was, and then without lines.
  struct Place {
    uint64_t block = kNoBlock;
    CallLine* lines = nullptr;
    size_t position = 0;
  };
  static constexpr uint64_t kNoBlock = UINT64_MAX;

  // Where in the index the block stands, or would stand.
  size_t Locate(uint64_t block) const {
    size_t at = block * 0x9E3779B97F4A7C15 >> shift_;
    while (index_[at].block != block && index_[at].block != kNoBlock) {
      at = (at + 1) & (index_.size() - 1);
    }
    return at;
  }
  void Rebuild();

  // 11 large pages of 2 MiB, with next to nothing left over.
  static constexpr size_t kBlocksInSlab = 36;

  CellPool pool_{kBlockNumbers, kBlocksInSlab};
  std::vector<Block> blocks_;
  // By the digits, with free places between, because every call looks here: a power of two, at
  // least twice the blocks.
  std::vector<Place> index_;
  size_t used_ = 0;  // places that are not free
  int shift_ = 0;    // from 64 bits to a place
};

}  // namespace ringfence
