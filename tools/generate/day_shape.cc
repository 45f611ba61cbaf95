#include "tools/generate/day_shape.h"

#include <array>

namespace ringfence::generate {
namespace {

using Weights = std::array<uint32_t, 24>;

// Relative calls per hour, from midnight; in the order of DayShape.
constexpr std::array<Weights, 6> kWeights{{
    {2, 1, 1, 1, 1, 3, 10, 25, 45, 60, 62, 60, 55, 50, 52, 55, 58, 65, 70, 72, 65, 50, 25, 8},
    {0, 0, 0, 0, 0, 0, 0, 3, 30, 100, 110, 90, 35, 60, 100, 100, 95, 70, 15, 3, 0, 0, 0, 0},
    {0, 0, 0, 0, 0, 0, 4, 25, 50, 70, 90, 110, 95, 60, 60, 70, 80, 100, 95, 60, 30, 10, 2, 0},
    {0, 0, 0, 0, 0, 0, 5, 60, 110, 110, 95, 70, 30, 60, 90, 80, 60, 25, 5, 0, 0, 0, 0, 0},
    {12, 8, 6, 5, 5, 8, 20, 35, 50, 60, 62, 60, 60, 58, 56, 56, 58, 62, 66, 70, 66, 55, 40, 22},
    {0, 0, 0, 0, 0, 0, 0, 0, 10, 90, 110, 100, 15, 60, 100, 105, 100, 80, 50, 40, 10, 0, 0, 0},
}};

constexpr uint32_t Sum(const Weights& weights) {
  uint32_t sum = 0;
  for (uint32_t weight : weights) sum += weight;
  return sum;
}

constexpr std::array<uint32_t, kWeights.size()> kSums{Sum(kWeights[0]), Sum(kWeights[1]),
                                                      Sum(kWeights[2]), Sum(kWeights[3]),
                                                      Sum(kWeights[4]), Sum(kWeights[5])};

}  // namespace

int64_t TimeOfDay(DayShape shape, uint32_t position) {
  const auto index = static_cast<size_t>(shape);
  const Weights& weights = kWeights[index];
  uint64_t target = uint64_t{position} * kSums[index];  // in 2^-32 of a weight
  size_t hour = 0;
  while (target >= uint64_t{weights[hour]} << 32) target -= uint64_t{weights[hour++]} << 32;
  const uint64_t share = target / weights[hour];  // of this hour, in 2^-32
  return static_cast<int64_t>(hour) * kHourMillis +
         static_cast<int64_t>((share * static_cast<uint64_t>(kHourMillis)) >> 32);
}

}  // namespace ringfence::generate
