// How many different numbers there are among those seen, roughly, in 44 bytes.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ingest/model/bytes.h"

namespace ringfence {

// HyperLogLog (Flajolet, Fusy, Gandouet, Meunier, 2007) with 88 registers of four bits, read by the
// estimator of Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017,
// algorithm 6), which needs neither another method for small counts nor a correction for large
// ones. Standard error 1.04 / sqrt(88), 11 %; less below a hundred. Good to some 500,000.
//
// The same numbers give the same bytes in any order and however often. Not thread-safe.
class DistinctCount {
 public:
  static constexpr uint32_t kRegisters = 88;

  void Add(uint64_t number) {
    const uint64_t bits = Mix(number);
    const auto at = static_cast<uint32_t>((bits >> 32) * kRegisters >> 32);
    const int rank = std::countl_zero(static_cast<uint32_t>(bits)) + 1;
    Raise(at, std::min(rank, kMostRank));
  }
  // As if all numbers of the other had been added.
  void Merge(const DistinctCount& other) {
    for (uint32_t at = 0; at < kRegisters; ++at) Raise(at, other.RankAt(at));
  }
  double Estimate() const;

  void Write(ByteWriter& writer) const;
  // Any bytes of that length are a state.
  void Read(ByteReader& reader);

  friend bool operator==(const DistinctCount&, const DistinctCount&) = default;

 private:
  static constexpr int kMostRank = 15;

  // Numbers one behind the other must fall as if at random. The last step of SplitMix64 (Steele,
  // Lea, Flood, 2014).
  static uint64_t Mix(uint64_t number) {
    number += 0x9E3779B97F4A7C15;
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9;
    number = (number ^ (number >> 27)) * 0x94D049BB133111EB;
    return number ^ (number >> 31);
  }
  int RankAt(uint32_t at) const { return ranks_[at / 2] >> (at % 2 * 4) & kMostRank; }
  void Raise(uint32_t at, int rank) {
    if (rank <= RankAt(at)) return;
    const uint32_t shift = at % 2 * 4;
    const uint32_t other = ranks_[at / 2] & (0xF0U >> shift);
    ranks_[at / 2] = static_cast<uint8_t>(other | static_cast<uint32_t>(rank) << shift);
  }

  std::array<uint8_t, kRegisters / 2> ranks_{};
};

}  // namespace ringfence
