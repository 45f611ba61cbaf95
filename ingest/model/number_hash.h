// Where a number lies in the tables.
#pragma once

#include <cstdint>

namespace ringfence {

// All bits of the number in all bits of the result: the product of 128 bits, folded. The same on
// every machine; numbers of one block must not meet in one bucket.
inline uint64_t HashNumber(uint64_t packed) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{packed ^ 0x9E3779B97F4A7C15} * 0xD6E8FEB86659FD93;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// A uniform share of `count` for 32 uniform bits.
inline uint32_t Share(uint64_t bits, uint32_t count) {
  return static_cast<uint32_t>((uint64_t{static_cast<uint32_t>(bits)} * count) >> 32);
}

}  // namespace ringfence
