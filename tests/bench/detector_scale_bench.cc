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
#include "detector/worker_team.h"
#include "ingest/model/huge_pages.h"
#include "tests/bench/carrier_traffic.h"
#include "tests/bench/scale.h"

namespace ringfence {
namespace {

const size_t kNumbers = Scaled(10'000'000);
constexpr size_t kBatch = 1024;
const size_t kBatchesPerTurn = Scaled(409'600) / 100;
constexpr size_t kTurns = 15;

double Microseconds(clockid_t clock, auto&& work) {
  const auto now = [clock] {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) * 1e-3;
  };
  const double start = now();
  work();
  return now() - start;
}
// What else runs on the machine takes turns with a thread, and does not count. What threads do
// together can be measured by the wall only.
constexpr clockid_t kThread = CLOCK_THREAD_CPUTIME_ID;
constexpr clockid_t kWall = CLOCK_MONOTONIC;

double Quantile(std::vector<double> values, double share) {
  const auto place =
      values.begin() + static_cast<ptrdiff_t>(static_cast<double>(values.size() - 1) * share);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

// As many lines as numbers, updated at random, each fetched 32 updates ahead.
class LineUpdates {
 public:
  explicit LineUpdates(size_t lines, uint64_t seed) : random_(seed), lines_(lines) {}

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
    benchmark::ClobberMemory();
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

DetectorOptions NumberRule(size_t shards) {
  DetectorOptions options;
  options.rules = {FrequencyRule{}};
  options.shards = shards;
  return options;
}

// A detector with its traffic.
class Feeder {
 public:
  // With a day of traffic before.
  Feeder(bool in_blocks, size_t shards, size_t batch, clockid_t clock)
      : traffic_(kNumbers, in_blocks),
        detector_(NumberRule(shards), nullptr),
        size_(batch),
        clock_(clock) {
    const double warm_up = 1.2 * traffic_.calls_per_day();
    for (double calls = 0; calls < warm_up; calls += static_cast<double>(size_)) Batch();
  }

  // Microseconds for a batch.
  double Batch() {
    traffic_.Fill(size_, batch_);
    detections_.clear();
    const double time =
        Microseconds(clock_, [this] { detector_.Consume(batch_, detections_, late_); });
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
  size_t size_;
  clockid_t clock_;
  std::vector<Cdr> batch_;
  std::vector<Detection> detections_;
  std::vector<size_t> late_;
  std::unordered_set<uint64_t> alerted_;
};

void Measure(benchmark::State& state, const std::string& name, bool in_blocks) {
  LineUpdates limit(kNumbers, 7);
  Feeder feeder(in_blocks, 1, kBatch, kThread);
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
      for (size_t i = 0; i < kBatchesPerTurn; ++i) {
        limit.Choose(kBatch);
        limit_time += Microseconds(kThread, [&] { limit.Update(); });
      }
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

// One thread beside two, limit and detector; batches as large as a file gives them.
void Shards(benchmark::State& state) {
  constexpr size_t kLarge = 64 * kBatch;
  constexpr size_t kBatches = 16;
  LineUpdates lines[] = {LineUpdates(kNumbers / 2, 7), LineUpdates(kNumbers / 2, 8)};
  WorkerTeam team(2);
  Feeder one(false, 1, kLarge, kWall);
  Feeder two(false, 2, kLarge, kWall);
  if (!one.right() || !two.right()) {
    state.SkipWithError("the numbers that alerted are not those of brute force");
    return;
  }
  one.StopCounting();
  two.StopCounting();
  std::vector<double> limits, ones, twos, ratios;
  for (auto _ : state) {
    for (size_t turn = 0; turn < kTurns; ++turn) {
      double time[3] = {};
      for (size_t i = 0; i < kBatches; ++i) {
        for (LineUpdates& half : lines) half.Choose(kLarge / 2);
        time[0] +=
            Microseconds(kWall, [&] { team.Run([&](size_t half) { lines[half].Update(); }); });
        time[1] += one.Batch();
        time[2] += two.Batch();
      }
      constexpr double kCalls = kLarge * kBatches;
      limits.push_back(kCalls / time[0]);
      ones.push_back(kCalls / time[1]);
      twos.push_back(kCalls / time[2]);
      ratios.push_back(time[1] / time[2]);
      state.SetIterationTime(time[2] * 1e-6);
    }
  }
  state.counters["limit_random_line_update_2_threads_mops"] = Quantile(limits, 0.5);
  state.counters["detector_1_shard_mops"] = Quantile(ones, 0.5);
  state.counters["detector_2_shards_mops"] = Quantile(twos, 0.5);
  state.counters["2_shards_over_1"] = Quantile(ratios, 0.5);
}

void BM_DetectorShards(benchmark::State& state) { Shards(state); }
void BM_DetectorHash(benchmark::State& state) { Measure(state, "hash", false); }
void BM_DetectorDirect(benchmark::State& state) { Measure(state, "direct", true); }

BENCHMARK(BM_DetectorHash)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(1);
BENCHMARK(BM_DetectorDirect)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(1);
BENCHMARK(BM_DetectorShards)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(1);

}  // namespace
}  // namespace ringfence
