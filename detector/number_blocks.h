// Blocks of numbers: what shards and tables of numbers are divided by.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ingest/model/number_hash.h"

namespace ringfence {

// As carriers hand them out.
inline constexpr uint64_t kBlockNumbers = 10'000;
inline constexpr uint64_t BlockOf(uint64_t number) { return number / kBlockNumbers; }

// Multiples of the golden ratio, without what is whole of them, lie evenly, also those of a few
// blocks one behind the other, or of every tenth. In 64 bits behind the point.
inline constexpr uint64_t kGoldenRatio = 0x9E3779B97F4A7C15;

// Which of `shards` holds a number: evenly. A block is in one, so that it can be a dense one.
inline size_t ShardOf(uint64_t number, size_t shards) {
  return Share(BlockOf(number) * kGoldenRatio >> 32, static_cast<uint32_t>(shards));
}

// Where a block of one shard lies in its tables. By their multiples alone all its blocks would be
// in one part of `shards`: they are spread over the whole, as evenly.
class BlockSpread {
 public:
  explicit BlockSpread(size_t shards) : factor_(kGoldenRatio * shards) {}

  // 64 bits, of which the first are the place.
  uint64_t Of(uint64_t block) const { return block * factor_; }

 private:
  uint64_t factor_;
};

}  // namespace ringfence
