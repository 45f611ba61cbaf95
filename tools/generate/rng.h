// Random numbers that are the same on every machine: whole-number arithmetic only, no standard
// distributions (libraries differ in them), no floating point (compilers differ in it).
#pragma once

#include <bit>
#include <cstdint>

namespace ringfence::generate {

// One step of SplitMix64's output function: every bit of the result depends on every bit of `x`.
constexpr uint64_t Scramble(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// A key for the pair (a, b); chained for longer tuples.
constexpr uint64_t Combine(uint64_t a, uint64_t b) {
  return Scramble(a + 0x9e3779b97f4a7c15u * (b + 1));
}

// SplitMix64. Cheap to make: every call of the city gets a generator of its own from the key (seed,
// caller, day, number of the call), so that nothing depends on the order of generation.
class Rng {
 public:
  explicit constexpr Rng(uint64_t key) : state_(key) {}

  constexpr uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15u;
    return Scramble(state_);
  }

  // Uniform in [0, bound); bound > 0.
  constexpr uint32_t Below(uint32_t bound) {
    return static_cast<uint32_t>(((Next() >> 32) * bound) >> 32);
  }

  // Uniform in [low, high].
  constexpr uint32_t Between(uint32_t low, uint32_t high) { return low + Below(high - low + 1); }

  // In [low, high], low values much likelier: the cube of a uniform number.
  constexpr uint32_t Skewed(uint32_t low, uint32_t high) {
    const uint64_t u = Next() >> 48;
    return low + static_cast<uint32_t>(((u * u * u >> 32) * (high - low + 1)) >> 16);
  }

  constexpr bool Chance(uint32_t per_million) { return Below(1'000'000) < per_million; }

  // Close to an exponential distribution with the given mean: the logarithm is interpolated
  // linearly between powers of two, and scaled so that the mean is exact.
  constexpr uint32_t Exponential(uint32_t mean) {
    const uint64_t x = Next() | 1;
    const int zeros = std::countl_zero(x);
    const uint64_t fraction = (x << zeros << 1) >> 48;
    const uint64_t minus_log2 = static_cast<uint64_t>(zeros + 1) * 65536 - fraction;
    return static_cast<uint32_t>(minus_log2 * 2 * mean / (3 * 65536));
  }

 private:
  uint64_t state_;
};

}  // namespace ringfence::generate
