// What the machine can do at best: to update 64-byte lines of memory at random.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "ingest/model/huge_pages.h"

namespace ringfence {

// Lines in large pages, each fetched 32 updates ahead. Not thread-safe.
class LineUpdates {
 public:
  LineUpdates(size_t lines, uint64_t seed) : random_(seed), lines_(lines) {}

  // Chooses the lines of a batch.
  void Choose(size_t updates) {
    order_.resize(updates + kAhead);
    for (uint32_t& line : order_) {
      line = static_cast<uint32_t>((random_() >> 32) * lines_.size() >> 32);
    }
  }
  void Update() {
    for (size_t i = 0; i + kAhead < order_.size(); ++i) {
      __builtin_prefetch(&lines_[order_[i + kAhead]], 1);
      Line& line = lines_[order_[i]];
      line.word[0] += i;
      line.word[7] ^= line.word[0];
    }
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }

 private:
  static constexpr size_t kAhead = 32;
  struct alignas(64) Line {
    uint64_t word[8];
  };
  std::mt19937_64 random_;
  std::vector<Line, HugePageAllocator<Line>> lines_;
  std::vector<uint32_t> order_;
};

}  // namespace ringfence
