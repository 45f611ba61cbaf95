// What it takes to find a number by hash in the detector's own table, and nothing else.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "detector/call_line.h"
#include "detector/number_table.h"
#include "ingest/model/fetch.h"

namespace ringfence {

// Scattered numbers, looked for 64 at a time in the steps of NumberTracker. Not thread-safe.
class LookUps {
 public:
  LookUps(size_t numbers, uint64_t seed) : random_(seed), count_(numbers) {
    // As they come one after the other: neighbours in the index are far apart.
    std::vector<uint32_t> order(numbers);
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random_);
    for (const uint32_t i : order) table_.Add(Number(i)).Start(Number(i), 1, {});
  }

  // Chooses the numbers of a batch.
  void Choose(size_t numbers) {
    numbers_.resize(numbers);
    for (uint64_t& number : numbers_) number = Number((random_() >> 32) * count_ >> 32);
  }
  void Find() {
    const size_t groups = numbers_.size() / kGroup;
    looked_for_ += groups * kGroup;
    std::array<Group, 2> under_way;
    for (size_t g = 0; g < groups + 2; ++g) {
      if (g >= 2) Check(g - 2, under_way[g % 2]);
      if (g < groups) Approach(g, under_way[g % 2]);
      if (g >= 1 && g - 1 < groups) ChooseLines(under_way[(g - 1) % 2]);
    }
  }
  // Whether so many of those that were looked for were found as are where they are looked for
  // first: 97 in 100, as buckets are full and tags equal for some.
  bool FoundMost() const { return 100 * found_ >= 95 * looked_for_ && found_ <= looked_for_; }

 private:
  static constexpr size_t kGroup = 64;
  struct Group {
    std::array<NumberTable::Search, kGroup> searches;
    std::array<const CallLine*, kGroup> lines;
  };

  static uint64_t Number(uint64_t place) { return 860'100'000'000 + place * 997; }

  void Approach(size_t group, Group& under_way) const {
    for (size_t i = 0; i < kGroup; ++i) {
      under_way.searches[i] = table_.Begin(numbers_[group * kGroup + i]);
    }
    for (const NumberTable::Search& search : under_way.searches) Fetch(search.bucket);
  }
  void ChooseLines(Group& under_way) const {
    for (size_t i = 0; i < kGroup; ++i) {
      const CallLine* const line = table_.Candidate(under_way.searches[i], [](const void*) {});
      under_way.lines[i] = line != nullptr ? line : &none_;
    }
    FetchAll(absl::MakeConstSpan(under_way.lines));
  }
  void Check(size_t group, const Group& under_way) {
    for (size_t i = 0; i < kGroup; ++i) {
      found_ += under_way.lines[i]->number() == numbers_[group * kGroup + i] ? 1 : 0;
    }
  }

  std::mt19937_64 random_;
  size_t count_;
  NumberTable table_;
  CallLine none_;
  std::vector<uint64_t> numbers_;
  uint64_t looked_for_ = 0;
  uint64_t found_ = 0;
};

}  // namespace ringfence
