// The detector beside what the machine can do at best: to update 64-byte lines of memory at random.
// Ten million numbers, a day of traffic before, limit and detector by turns, so that what else runs
// on the machine disturbs both.
#include <benchmark/benchmark.h>
#include <ctime>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include "detector/detector.h"
#include "ingest/model/huge_pages.h"
#include "tests/bench/carrier_traffic.h"
#include "tests/bench/scale.h"

namespace ringfence {
namespace {

const size_t kNumbers = Scaled(10'000'000);
constexpr size_t kBatch = 1024;
const size_t kBatchesPerTurn = Scaled(409'600) / 100;
constexpr size_t kTurns = 15;

// Of this thread's processor time: what else runs on the machine takes turns with it.
double Microseconds(auto&& work) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) * 1e-3;
  };
  const double start = now();
  work();
  return now() - start;
}

double Quantile(std::vector<double> values, double share) {
  const auto place =
      values.begin() + static_cast<ptrdiff_t>(static_cast<double>(values.size() - 1) * share);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

// As many lines as numbers, updated at random, each fetched 32 updates ahead.
class LineUpdates {
 public:
  LineUpdates() : lines_(kNumbers), order_(kBatch + kAhead) {}

  // Microseconds for a batch.
  double Batch() {
    for (uint32_t& line : order_) line = static_cast<uint32_t>((random_() >> 32) * kNumbers >> 32);
    return Microseconds([this] {
      for (size_t i = 0; i < kBatch; ++i) {
        __builtin_prefetch(&lines_[order_[i + kAhead]], 1);
        Line& line = lines_[order_[i]];
        line.word[0] += i;
        line.word[7] ^= line.word[0];
      }
      benchmark::ClobberMemory();
    });
  }

 private:
  static constexpr size_t kAhead = 32;
  struct alignas(64) Line {
    uint64_t word[8];
  };
  std::mt19937_64 random_{7};
  std::vector<Line, HugePageAllocator<Line>> lines_;
  std::vector<uint32_t> order_;
};

DetectorOptions NumberRule() {
  DetectorOptions options;
  options.rules = {FrequencyRule{}};
  return options;
}

// A detector with its traffic.
class Feeder {
 public:
  explicit Feeder(bool in_blocks)
      : traffic_(kNumbers, in_blocks), detector_(NumberRule(), nullptr) {
    const double warm_up = 1.2 * traffic_.calls_per_day();
    for (double calls = 0; calls < warm_up; calls += kBatch) Batch();
  }

  // Microseconds for a batch.
  double Batch() {
    traffic_.Fill(kBatch, batch_);
    detections_.clear();
    const double time = Microseconds([this] { detector_.Consume(batch_, detections_, late_); });
    for (const Detection& d : detections_) {
      if (d.level == Level::kAlert) alerted_.insert(d.subject.number.number().packed());
    }
    return time;
  }

  void StopCounting() { traffic_.StopCounting(); }
  bool right() const { return late_.empty() && alerted_ == traffic_.over(); }
  size_t alerted() const { return alerted_.size(); }
  DetectorStats stats() const { return detector_.stats(); }

 private:
  CarrierTraffic traffic_;
  Detector detector_;
  std::vector<Cdr> batch_;
  std::vector<Detection> detections_;
  std::vector<size_t> late_;
  std::unordered_set<uint64_t> alerted_;
};

void Measure(benchmark::State& state, const std::string& name, bool in_blocks) {
  LineUpdates limit;
  Feeder feeder(in_blocks);
  if (!feeder.right()) {
    state.SkipWithError("the numbers that alerted are not those of brute force");
    return;
  }
  feeder.StopCounting();
  const DetectorStats stats = feeder.stats();
  std::vector<double> limits, detectors, ratios, batches;
  for (auto _ : state) {
    for (size_t turn = 0; turn < kTurns; ++turn) {
      double limit_time = 0;
      double detector_time = 0;
      for (size_t i = 0; i < kBatchesPerTurn; ++i) limit_time += limit.Batch();
      for (size_t i = 0; i < kBatchesPerTurn; ++i) {
        batches.push_back(feeder.Batch());
        detector_time += batches.back();
      }
      const auto calls = static_cast<double>(kBatchesPerTurn * kBatch);
      limits.push_back(calls / limit_time);
      detectors.push_back(calls / detector_time);
      ratios.push_back(limit_time / detector_time);
      state.SetIterationTime(detector_time * 1e-6);
    }
  }
  state.counters["limit_random_line_update_mops"] = Quantile(limits, 0.5);
  state.counters["detector_" + name + "_mops"] = Quantile(detectors, 0.5);
  state.counters["share_of_limit"] = Quantile(ratios, 0.5);
  state.counters["bytes_per_number_" + name] =
      static_cast<double>(stats.memory_bytes) / static_cast<double>(stats.tracked_numbers);
  state.counters["batch_p50_us"] = Quantile(batches, 0.5);
  state.counters["batch_p99_us"] = Quantile(batches, 0.99);
  state.counters["alerted"] = static_cast<double>(feeder.alerted());
}

void BM_DetectorHash(benchmark::State& state) { Measure(state, "hash", false); }
void BM_DetectorDirect(benchmark::State& state) { Measure(state, "direct", true); }

BENCHMARK(BM_DetectorHash)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(1);
BENCHMARK(BM_DetectorDirect)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(1);

}  // namespace
}  // namespace ringfence
