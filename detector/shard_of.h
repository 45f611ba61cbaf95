// Which thread holds a number.
#pragma once

#include <cstddef>
#include <cstdint>

#include "detector/block_lines.h"
#include "ingest/model/number_hash.h"

namespace ringfence {

// Of `shards`, evenly. A block of numbers is in one, so that it can be a dense one. Multiples of
// the golden ratio lie evenly, also those of a few blocks one behind the other.
inline size_t ShardOf(uint64_t number, size_t shards) {
  return Share(BlockOf(number) * 0x9E3779B97F4A7C15 >> 32, static_cast<uint32_t>(shards));
}

}  // namespace ringfence
