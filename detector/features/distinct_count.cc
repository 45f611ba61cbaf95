#include "detector/features/distinct_count.h"

#include <cmath>
#include <limits>

namespace ringfence {
namespace {

// The two series of the estimator, in its author's names: for registers that are empty, and for
// those that can't rise further.
double Sigma(double x) {
  if (x == 1.0) return std::numeric_limits<double>::infinity();
  double sum = x;
  double power = 1;
  for (double before = -1; before != sum;) {
    x *= x;
    before = sum;
    sum += x * power;
    power *= 2;
  }
  return sum;
}

double Tau(double x) {
  if (x == 0.0 || x == 1.0) return 0;
  double sum = 1 - x;
  double power = 1;
  for (double before = -1; before != sum;) {
    x = std::sqrt(x);
    before = sum;
    power *= 0.5;
    sum -= (1 - x) * (1 - x) * power;
  }
  return sum / 3;
}

}  // namespace

double DistinctCount::Estimate() const {
  std::array<double, kMostRank + 1> registers{};  // with each rank
  for (uint32_t at = 0; at < kRegisters; ++at) ++registers[static_cast<size_t>(RankAt(at))];
  constexpr double kAll = kRegisters;
  double sum = kAll * Tau(1 - registers[kMostRank] / kAll);
  for (size_t rank = kMostRank - 1; rank > 0; --rank) sum = 0.5 * (sum + registers[rank]);
  sum += kAll * Sigma(registers[0] / kAll);
  constexpr double kAlpha = 0.7213475204444817;  // 1 / (2 ln 2)
  return kAlpha * kAll * kAll / sum;
}

void DistinctCount::Write(ByteWriter& writer) const {
  writer.Raw({reinterpret_cast<const char*>(ranks_.data()), ranks_.size()});
}

void DistinctCount::Read(ByteReader& reader) {
  const std::string_view bytes = reader.Raw(ranks_.size());
  std::copy(bytes.begin(), bytes.end(), ranks_.begin());
}

}  // namespace ringfence
