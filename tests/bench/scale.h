// How much the benchmarks do: all of it when measured, a hundredth when a test only runs them.
#pragma once

#include <cstdlib>

namespace ringfence {

inline size_t Scaled(size_t full) {
  return std::getenv("RINGFENCE_BENCH_SMOKE") == nullptr ? full : full / 100;
}

}  // namespace ringfence
