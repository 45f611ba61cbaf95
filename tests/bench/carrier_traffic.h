// The traffic of a carrier without end: each number calls at random at its own rate, in order of
// time, in whole seconds as most switches write them.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include "ingest/model/cdr.h"

namespace ringfence {

// One number in a thousand is heavy, unless none is: 50 to 10,000 calls a day, 1,880 on average.
// The others make 10: 11.9 calls per number and day in all. An assumption; carriers publish no such
// figures.
class CarrierTraffic {
 public:
  // Scattered numbers are ten to a block of 10,000, those in blocks fill them.
  CarrierTraffic(size_t numbers, bool in_blocks, bool with_heavy = true)
      : numbers_(numbers), in_blocks_(in_blocks) {
    heavy_ = with_heavy ? numbers / 1000 : 0;
    heavy_rate_ = static_cast<double>(heavy_) * (kMost - kLeast) / std::log(kMost / kLeast);
    per_day_ = heavy_rate_ + 10.0 * static_cast<double>(numbers_ - heavy_);
    past_.resize(heavy_);
  }

  // The next calls, in a batch that is used again and again.
  void Fill(size_t size, std::vector<Cdr>& batch) {
    batch.resize(size);
    for (Cdr& cdr : batch) {
      const uint32_t caller = NextCaller();
      seconds_ += 86'400 / per_day_;
      const auto now = static_cast<int64_t>(seconds_);
      cdr.calling = Number(caller);
      cdr.called = AnyCalled();
      cdr.setup = FromUnixMicros((kStart + now) * 1'000'000);
      cdr.answer = cdr.setup + std::chrono::seconds(5);
      cdr.release = cdr.setup + std::chrono::seconds(5 + (caller & 63));
      if (cdr.record_id.empty()) cdr.record_id.Assign("a-record-id");
      if (counting_ && caller < heavy_) Count(caller, now);
    }
  }

  // No more brute force, which would share the caches with what is measured.
  void StopCounting() { counting_ = false; }

  double calls_per_day() const { return per_day_; }

  // By brute force, the numbers that made more than 300 calls in 24 h so far.
  const std::unordered_set<uint64_t>& over() const { return over_; }

 private:
  static constexpr int64_t kStart = 1'795'449'600;
  static constexpr double kLeast = 50;  // calls a day of a heavy number
  static constexpr double kMost = 10'000;

  CallingNumber Number(uint32_t index) const {
    // Heavy numbers lie among the others: 7,919 has no factor in common with the counts used.
    const uint64_t place = index * uint64_t{7'919} % numbers_;
    return CallingNumber(PhoneNumber::FromPacked(in_blocks_ ? 8'613'000'000'000 + place
                                                            : 860'100'000'000 + place * 997));
  }

  // A million numbers, one as likely as the other.
  CalledNumber AnyCalled() {
    const uint64_t place = ++called_ * 0x9E3779B97F4A7C15 >> 44;
    return CalledNumber(PhoneNumber::FromPacked(8'613'900'000'000 + place));
  }

  uint32_t NextCaller() {
    const uint64_t bits = random_();
    const double share = static_cast<double>(bits >> 32) * 0x1p-32 * per_day_;
    if (share < heavy_rate_) {
      // Heavy number i calls at the rate kLeast * (kMost / kLeast)^(i / heavy_).
      const double place =
          std::log1p(share / heavy_rate_ * (kMost / kLeast - 1)) / std::log(kMost / kLeast);
      return static_cast<uint32_t>(place * static_cast<double>(heavy_));
    }
    return static_cast<uint32_t>(heavy_ + ((bits & 0xFFFFFFFF) * (numbers_ - heavy_) >> 32));
  }

  void Count(uint32_t caller, int64_t now) {
    std::deque<int64_t>& past = past_[caller];
    past.push_back(now);
    if (past.size() > 301) past.pop_front();
    if (past.size() == 301 && now - past.front() < 86'400) {
      over_.insert(Number(caller).number().packed());
    }
  }

  std::mt19937_64 random_{20261127};
  size_t numbers_;
  bool in_blocks_;
  size_t heavy_ = 0;
  double heavy_rate_ = 0;
  double per_day_ = 0;
  double seconds_ = 0;
  uint64_t called_ = 0;
  bool counting_ = true;
  std::vector<std::deque<int64_t>> past_;
  std::unordered_set<uint64_t> over_;
};

}  // namespace ringfence
