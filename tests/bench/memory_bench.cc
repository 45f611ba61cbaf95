// What a number takes in memory, by how it calls and by which limits it is judged: a million
// numbers after a day.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "detector/detector.h"
#include "ingest/model/cdr.h"
#include "tests/bench/scale.h"

namespace ringfence {
namespace {

const size_t kNumbers = Scaled(1'000'000);
constexpr int64_t kDayMicros = 86'400'000'000;

// Of each number, its calls in a day.
using Counts = std::function<uint32_t(std::mt19937_64&)>;

struct Shape {
  Counts counts;
  int64_t precision = 1'000'000;                  // of times, in microseconds
  uint64_t step = 7;                              // from number to number: blocks are not full
  std::map<std::string, uint32_t> by_class = {};  // thresholds of some lines
};

// By chance.
Counts About(double calls) {
  return [calls](std::mt19937_64& random) {
    return std::poisson_distribution<uint32_t>(calls)(random);
  };
}

// Twelve on average, up to 20,000 by a Pareto distribution.
uint32_t HeavyTail(std::mt19937_64& random) {
  constexpr double kShape = 1.25;
  constexpr double kScale = 12 * (kShape - 1) / kShape;
  std::uniform_real_distribution<double> uniform(1e-9, 1.0);
  const double calls = std::ceil(kScale * std::pow(uniform(random), -1 / kShape));
  return static_cast<uint32_t>(std::min(20'000.0, calls));
}

// Twelve on average, half of all from an eighth of the numbers.
uint32_t HalfFromAnEighth(std::mt19937_64& random) {
  const double calls = random() % 8 == 0 ? 48 : 48.0 / 7;
  return std::poisson_distribution<uint32_t>(calls)(random);
}

// The callers of a day, one call after the other.
std::vector<uint32_t> Callers(const Counts& counts) {
  std::mt19937_64 random(20261129);
  std::vector<uint32_t> callers;
  for (uint32_t number = 0; number < kNumbers; ++number) {
    callers.insert(callers.end(), counts(random), number);
  }
  std::shuffle(callers.begin(), callers.end(), random);
  return callers;
}

void Judge(const std::vector<uint32_t>& callers, const Shape& shape, Detector& detector) {
  constexpr int64_t kStart = 1'795'449'600'000'000;
  std::vector<Cdr> batch;
  std::vector<Detection> detections;
  std::vector<size_t> late;
  const double gap = static_cast<double>(kDayMicros) / static_cast<double>(callers.size());
  for (size_t from = 0; from < callers.size(); from += batch.size()) {
    batch.resize(std::min<size_t>(4096, callers.size() - from));
    for (size_t i = 0; i < batch.size(); ++i) {
      const auto since = static_cast<int64_t>(gap * static_cast<double>(from + i));
      const uint64_t number = 8'663'155'500'000 + callers[from + i] * shape.step;
      batch[i].calling = CallingNumber(PhoneNumber::FromPacked(number));
      batch[i].setup = FromUnixMicros(kStart + since / shape.precision * shape.precision);
      batch[i].record_id.Assign("r");
    }
    detector.Consume(batch, detections, late);
    detections.clear();
  }
}

// Of this process, in bytes.
double Resident() {
  malloc_trim(0);
  std::ifstream file("/proc/self/statm");
  uint64_t all = 0;
  uint64_t resident = 0;
  file >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void BM_Memory(benchmark::State& state, const Shape& shape) {
  DetectorOptions options;
  options.rules = {FrequencyRule{}};
  options.rules[0].ledger_thresholds.by_class = shape.by_class;
  for (auto _ : state) {
    const std::vector<uint32_t> callers = Callers(shape.counts);
    const double before = Resident();
    Detector detector(options, nullptr);
    Judge(callers, shape, detector);
    const DetectorStats stats = detector.stats();
    const auto numbers = static_cast<double>(stats.tracked_numbers);
    state.counters["memory_bytes"] = static_cast<double>(stats.memory_bytes) / numbers;
    state.counters["process_bytes"] = (Resident() - before) / numbers;
  }
}

std::map<std::string, uint32_t> Loan() { return {{"loan", 20}}; }
std::map<std::string, uint32_t> CallCenter() { return {{"call-center", 2'000}}; }

void Once(benchmark::internal::Benchmark* benchmark) {
  benchmark->Iterations(1)->Repetitions(1)->Unit(benchmark::kSecond);
}

BENCHMARK_CAPTURE(BM_Memory, about_3, {.counts = About(3)})->Apply(Once);
BENCHMARK_CAPTURE(BM_Memory, about_10, {.counts = About(10)})->Apply(Once);
BENCHMARK_CAPTURE(BM_Memory, about_10_in_blocks, {.counts = About(10), .step = 1})->Apply(Once);
BENCHMARK_CAPTURE(BM_Memory, about_10_milliseconds, {.counts = About(10), .precision = 1'000})
    ->Apply(Once);
BENCHMARK_CAPTURE(BM_Memory, heavy_tail, {.counts = HeavyTail})->Apply(Once);
BENCHMARK_CAPTURE(BM_Memory, about_40, {.counts = About(40)})->Apply(Once);
BENCHMARK_CAPTURE(BM_Memory, about_3_loan, {.counts = About(3), .by_class = Loan()})->Apply(Once);
BENCHMARK_CAPTURE(BM_Memory, about_10_loan, {.counts = About(10), .by_class = Loan()})->Apply(Once);
BENCHMARK_CAPTURE(BM_Memory, eighth, {.counts = HalfFromAnEighth})->Apply(Once);
BENCHMARK_CAPTURE(BM_Memory, eighth_loan, {.counts = HalfFromAnEighth, .by_class = Loan()})
    ->Apply(Once);
BENCHMARK_CAPTURE(BM_Memory, eighth_call_center,
                  {.counts = HalfFromAnEighth, .by_class = CallCenter()})
    ->Apply(Once);

}  // namespace
}  // namespace ringfence
