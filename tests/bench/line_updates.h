// What the machine can do at best: to update 64-byte lines of memory at random.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "ingest/model/fetch.h"
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

// The same where each line is found in another one, as a hash table has it: 12 numbers to a line of
// the index. Both are fetched, 64 at a time, two steps ahead. Not thread-safe.
class FoundLineUpdates {
 public:
  FoundLineUpdates(size_t lines, uint64_t seed)
      : random_(seed), lines_(lines), index_((lines + kNumbers - 1) / kNumbers) {
    // As numbers come one after the other: neighbours in the index are far apart.
    std::vector<uint32_t> all(index_.size() * kNumbers);
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint32_t>(i % lines);
    std::shuffle(all.begin(), all.end(), random_);
    for (size_t i = 0; i < all.size(); ++i) index_[i / kNumbers].of[i % kNumbers] = all[i];
  }

  // Chooses the lines of a batch.
  void Choose(size_t updates) {
    order_.resize(updates);
    for (uint32_t& number : order_) {
      number = static_cast<uint32_t>((random_() >> 32) * (index_.size() * kNumbers) >> 32);
    }
  }
  void Update() {
    const size_t groups = order_.size() / kGroup;
    std::array<std::array<Line*, kGroup>, 2> found;
    for (size_t g = 0; g < groups + 2; ++g) {
      if (g < groups) FetchIndex(g);
      if (g >= 1 && g - 1 < groups) Find(g - 1, found[(g - 1) % 2]);
      if (g < 2) continue;
      for (Line* line : found[g % 2]) {
        line->word[0] += g;
        line->word[7] ^= line->word[0];
      }
    }
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }

 private:
  static constexpr size_t kNumbers = 12;
  static constexpr size_t kGroup = 64;
  struct alignas(64) Line {
    uint64_t word[8];
  };
  struct alignas(64) Index {
    uint32_t of[kNumbers];
  };

  void FetchIndex(size_t group) const {
    for (size_t i = 0; i < kGroup; ++i) Fetch(&index_[order_[group * kGroup + i] / kNumbers]);
  }
  void Find(size_t group, std::array<Line*, kGroup>& found) {
    for (size_t i = 0; i < kGroup; ++i) {
      const uint32_t number = order_[group * kGroup + i];
      found[i] = &lines_[index_[number / kNumbers].of[number % kNumbers]];
    }
    for (const Line* line : found) Fetch(line);
  }

  std::mt19937_64 random_;
  std::vector<Line, HugePageAllocator<Line>> lines_;
  std::vector<Index, HugePageAllocator<Index>> index_;
  std::vector<uint32_t> order_;
};

}  // namespace ringfence
