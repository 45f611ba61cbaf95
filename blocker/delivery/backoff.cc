#include "blocker/delivery/backoff.h"

#include <algorithm>

namespace ringfence {
namespace {

// SplitMix64: good enough to spread waits, and the same everywhere.
uint64_t Draw(uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  uint64_t x = state;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

std::chrono::milliseconds Backoff::Next() {
  constexpr uint32_t kMostDoublings = 20;
  const auto wait =
      std::min(options_.most, options_.first * (int64_t{1} << std::min(failures_, kMostDoublings)));
  ++failures_;
  const auto half = static_cast<uint64_t>(wait.count() / 2);
  return wait - std::chrono::milliseconds(static_cast<int64_t>(Draw(state_) % (half + 1)));
}

}  // namespace ringfence
