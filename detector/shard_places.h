// Which thread holds a number.
#pragma once

#include <cstddef>
#include <cstdint>

#include "detector/block_lines.h"

namespace ringfence {

// A block of numbers is in one shard, so that it can be a dense one. The first shard is that of the
// thread that routes the records for all, and gets fewer numbers: to route a record is taken for an
// eighth of what it is to judge one. From nine shards on it has none.
class ShardPlaces {
 public:
  explicit ShardPlaces(size_t shards) {
    if (shards == 1) return;
    const uint64_t others = shards - 1;
    const uint64_t eighths = others < 8 ? 8 - others : 0;  // of a shard's even part
    first_ = (eighths << 32) / (8 * shards);
    factor_ = (others << kFraction) / (kPlaces - first_);
  }

  size_t ShardOf(uint64_t number) const {
    // Without a branch: whose the next call is can't be foreseen.
    const uint64_t place = PlaceOf(number);
    const uint64_t all_if_other = uint64_t{0} - (place >= first_ ? 1 : 0);
    return all_if_other & (1 + ((place - first_) * factor_ >> kFraction));
  }

 private:
  static constexpr uint64_t kPlaces = uint64_t{1} << 32;
  static constexpr int kFraction = 48;  // bits; products stay below 2^54

  // Where the number's block lies, of kPlaces. Multiples of the golden ratio lie evenly, also those
  // of a few blocks one behind the other.
  static uint64_t PlaceOf(uint64_t number) { return BlockOf(number) * 0x9E3779B97F4A7C15 >> 32; }

  uint64_t first_ = kPlaces;  // so many places are the first shard's
  uint64_t factor_ = 0;       // shards in a place of the others, in bits of kFraction
};

}  // namespace ringfence
