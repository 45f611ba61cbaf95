// Lines of number-plan blocks that are in use: 10,000 numbers one behind the other, found by their
// digits. A look-up touches one line and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "detector/call_line.h"
#include "detector/cell_pool.h"
#include "detector/number_blocks.h"

namespace ringfence {

// Not thread-safe.
class BlockLines {
 public:
  // One of so many shards.
  explicit BlockLines(size_t shards = 1) : spread_(shards) {}

  // The numbers block * kBlockNumbers and those that follow.
  struct Block {
    uint64_t block = 0;
    uint32_t present = 0;  // lines that are not kNone, for the owner to count
    CallLine* lines = nullptr;
  };

  // The line of the number, kNone as long as nothing is assigned; null when its block is not held.
  CallLine* Find(uint64_t number) const {
    const uint64_t block = BlockOf(number);
    const Place* place = &index_[FirstPlace(block)];
    if (place->block != block) [[unlikely]]
      place = &index_[Locate(block)];
    if (place->block != block) [[unlikely]]
      return nullptr;
    return reinterpret_cast<CallLine*>(place->origin + number * sizeof(CallLine));
  }
  // The block must be held.
  Block& BlockWith(uint64_t number) { return blocks_[position_[Locate(BlockOf(number))]]; }
  bool Holds(uint64_t block) const { return index_[Locate(block)].block == block; }

  // A block that is not held, with all lines kNone.
  Block& Add(uint64_t block);
  // The last block takes the position of the one that is dropped.
  void Drop(size_t position);

  size_t size() const { return blocks_.size(); }
  Block& operator[](size_t position) { return blocks_[position]; }

  size_t memory_bytes() const;
  void AppendRegions(MemoryRegions& regions) const { pool_.AppendRegions(regions); }

 private:
  // Of a block that is held; or free, or kDropped.
  struct Place {
    uint64_t block = kFree;
    uintptr_t origin = 0;  // where the line of number 0 would be
  };
  static constexpr uint64_t kFree = UINT64_MAX;
  static constexpr uint64_t kDropped = kFree - 1;

  size_t FirstPlace(uint64_t block) const { return spread_.Of(block) >> shift_; }
  // Where in the index the block stands, or else the free place where it would.
  size_t Locate(uint64_t block) const {
    size_t at = FirstPlace(block);
    while (index_[at].block != block && index_[at].block != kFree) {
      at = (at + 1) & (index_.size() - 1);
    }
    return at;
  }
  void Refer(size_t position);
  void Rebuild();

  // 29 large pages of 2 MiB, with next to nothing left over.
  static constexpr size_t kBlocksInSlab = 95;

  BlockSpread spread_;
  CellPool pool_{kBlockNumbers, kBlocksInSlab};
  std::vector<Block> blocks_;
  // By the digits, with free places between, because every call looks here: a power of two, at
  // least twice the places in use.
  std::vector<Place> index_ = std::vector<Place>(2);
  std::vector<size_t> position_ = std::vector<size_t>(2);  // in blocks_, by place in the index
  size_t used_ = 0;                                        // places that are not free
  int shift_ = 63;                                         // from 64 bits to a place
};

}  // namespace ringfence
