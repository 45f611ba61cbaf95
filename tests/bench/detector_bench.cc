// How fast the detector takes records in: a day of a carrier's traffic, a million numbers, most of
// them with a few calls and some with thousands.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "detector/detector.h"
#include "ingest/model/cdr.h"
#include "tests/bench/scale.h"

namespace ringfence {
namespace {

const size_t kNumbers = Scaled(1'000'000);
constexpr int kMeanCallsPerDay = 12;
constexpr int kDays = 1;
constexpr size_t kBatch = 4096;
constexpr int64_t kDayMicros = 86'400'000'000;

struct Traffic {
  std::vector<uint64_t> callers;  // PhoneNumber::packed(), in order of time
  std::vector<int64_t> times;
  size_t over = 0;  // numbers with more than 300 calls in 24 h, by brute force
};

CallingNumber Number(uint64_t packed) { return CallingNumber(PhoneNumber::FromPacked(packed)); }

// Pareto-distributed calls per day: a heavy tail like that of call centres among subscribers.
std::vector<uint32_t> CallsPerNumber(std::mt19937_64& random) {
  constexpr double kShape = 1.25;
  constexpr double kMost = 20'000;
  std::uniform_real_distribution<double> uniform(1e-9, 1.0);
  const double scale = kMeanCallsPerDay * kDays * (kShape - 1) / kShape;
  std::vector<uint32_t> calls(kNumbers);
  for (uint32_t& count : calls) {
    count = static_cast<uint32_t>(
        std::min(kMost, std::ceil(scale * std::pow(uniform(random), -1 / kShape))));
  }
  return calls;
}

size_t BruteForceOver(const Traffic& traffic) {
  std::unordered_map<uint64_t, std::vector<int64_t>> by_number;
  for (size_t i = 0; i < traffic.times.size(); ++i) {
    by_number[traffic.callers[i]].push_back(traffic.times[i]);
  }
  size_t over = 0;
  for (const auto& [number, times] : by_number) {
    for (size_t i = 300; i < times.size(); ++i) {
      if (times[i - 300] <= times[i] - kDayMicros) continue;
      ++over;
      break;
    }
  }
  return over;
}

Traffic MakeTraffic() {
  std::mt19937_64 random(20261124);
  std::uniform_int_distribution<int64_t> time(0, kDays * kDayMicros - 1);
  std::vector<std::pair<int64_t, uint64_t>> calls;
  const std::vector<uint32_t> counts = CallsPerNumber(random);
  for (uint64_t i = 0; i < counts.size(); ++i) {
    for (uint32_t n = 0; n < counts[i]; ++n) {
      calls.emplace_back(1'795'449'600'000'000 + time(random), 8'663'155'500'000 + i * 7);
    }
  }
  std::sort(calls.begin(), calls.end());
  Traffic traffic;
  for (const auto& [setup, caller] : calls) {
    traffic.times.push_back(setup);
    traffic.callers.push_back(caller);
  }
  traffic.over = BruteForceOver(traffic);
  return traffic;
}

const Traffic& TheTraffic() {
  static const Traffic traffic = MakeTraffic();
  return traffic;
}

// Every eighth record is up to half an hour behind its turn.
Traffic Delayed(const Traffic& traffic) {
  std::mt19937_64 random(7);
  std::uniform_int_distribution<int64_t> delay(0, 1'800'000'000);
  std::vector<std::pair<int64_t, size_t>> arrival;
  for (size_t i = 0; i < traffic.times.size(); ++i) {
    arrival.emplace_back(traffic.times[i] + (i % 8 == 0 ? delay(random) : 0), i);
  }
  std::sort(arrival.begin(), arrival.end());
  Traffic delayed;
  delayed.over = traffic.over;
  for (const auto& [when, i] : arrival) {
    delayed.times.push_back(traffic.times[i]);
    delayed.callers.push_back(traffic.callers[i]);
  }
  return delayed;
}

DetectorOptions Options() {
  DetectorOptions options;
  options.rules = {FrequencyRule{}};
  return options;
}

void FillBatch(const Traffic& traffic, size_t from, std::vector<Cdr>& batch) {
  const size_t size = std::min(kBatch, traffic.times.size() - from);
  batch.resize(size);
  for (size_t i = 0; i < size; ++i) {
    batch[i].calling = Number(traffic.callers[from + i]);
    batch[i].setup = FromUnixMicros(traffic.times[from + i]);
    batch[i].record_id.Assign("r");
  }
}

// Numbers that ever alerted; the time to fill the batches is not measured.
size_t Consume(benchmark::State& state, const Traffic& traffic, Detector& detector) {
  std::vector<Cdr> batch;
  std::vector<Detection> detections;
  std::vector<size_t> late;
  std::unordered_set<uint64_t> over;
  for (size_t from = 0; from < traffic.times.size(); from += kBatch) {
    state.PauseTiming();
    FillBatch(traffic, from, batch);
    detections.clear();
    state.ResumeTiming();
    detector.Consume(batch, detections, late);
    for (const Detection& d : detections) {
      if (d.level == Level::kAlert) over.insert(d.subject.number.number().packed());
    }
  }
  return late.empty() ? over.size() : SIZE_MAX;
}

void Run(benchmark::State& state, const Traffic& traffic) {
  DetectorStats stats;
  for (auto _ : state) {
    Detector detector(Options(), nullptr);
    const size_t over = Consume(state, traffic, detector);
    if (over != traffic.over) {
      state.SkipWithError("the numbers that alerted are not those of brute force");
      return;
    }
    state.PauseTiming();
    stats = detector.stats();
    detector = Detector(Options(), nullptr);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(traffic.times.size()));
  const auto numbers = static_cast<double>(stats.tracked_numbers);
  state.counters["numbers"] = numbers;
  state.counters["over"] = static_cast<double>(traffic.over);
  state.counters["bytes_per_number"] = static_cast<double>(stats.memory_bytes) / numbers;
}

void BM_ConsumeInOrder(benchmark::State& state) { Run(state, TheTraffic()); }

void BM_ConsumeDelayed(benchmark::State& state) {
  static const Traffic delayed = Delayed(TheTraffic());
  Run(state, delayed);
}

// After the whole day.
Detector FilledDetector() {
  Detector detector(Options(), nullptr);
  std::vector<Cdr> batch;
  std::vector<Detection> detections;
  std::vector<size_t> late;
  for (size_t from = 0; from < TheTraffic().times.size(); from += kBatch) {
    FillBatch(TheTraffic(), from, batch);
    detector.Consume(batch, detections, late);
  }
  return detector;
}

void BM_Snapshot(benchmark::State& state) {
  const Detector detector = FilledDetector();
  size_t bytes = 0;
  for (auto _ : state) bytes = detector.Snapshot().size();
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes));
  state.counters["bytes"] = static_cast<double>(bytes);
}

void BM_Restore(benchmark::State& state) {
  const std::string bytes = FilledDetector().Snapshot();
  const auto check = Detector::Restore(bytes, Options(), nullptr);
  if (!check.ok() || check->Snapshot() != bytes) {
    state.SkipWithError("the restored detector is not the one that was saved");
    return;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(Detector::Restore(bytes, Options(), nullptr));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes.size()));
}

BENCHMARK(BM_ConsumeInOrder)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_ConsumeDelayed)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Snapshot)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Restore)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ringfence
