// How many scattered numbers each block of 10,000 has, roughly and in little memory: enough to know
// which blocks are worth a count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "detector/number_blocks.h"

namespace ringfence {

// Blocks share counters, so a block has at most as many numbers as its counter says.
class BlockCensus {
 public:
  // One of so many shards.
  explicit BlockCensus(size_t shards) : spread_(shards) {}

  // True: count the block's numbers, there may be `enough`. Says so again at every kStep-th number
  // only. `total` is the count of all numbers: what the counter owes to other blocks is taken off.
  bool Add(uint64_t block, uint64_t enough, uint64_t total) {
    if (counts_.empty()) counts_.resize(kCounters);
    const uint64_t count = ++counts_[Slot(block)];
    return count >= enough + total / kCounters && count % kStep == 0;
  }
  void Remove(uint64_t block, uint32_t numbers = 1) { counts_[Slot(block)] -= numbers; }

  size_t HeapBytes() const { return counts_.capacity() * sizeof(uint32_t); }

 private:
  static constexpr size_t kCounters = 1 << 16;
  static constexpr uint64_t kStep = 256;

  size_t Slot(uint64_t block) const { return spread_.Of(block) >> 48; }

  BlockSpread spread_;
  std::vector<uint32_t> counts_;  // empty until the first number
};

}  // namespace ringfence
