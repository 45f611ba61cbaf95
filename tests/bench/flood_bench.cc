// What the rule for called numbers adds to a record: an hour and more of a carrier with 100 million
// calls a day, floods among them.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "detector/detector.h"
#include "ingest/model/cdr.h"
#include "tests/bench/scale.h"

namespace ringfence {
namespace {

const size_t kCalls = Scaled(5'000'000);
constexpr int64_t kCallsPerSecond = 1157;
constexpr uint64_t kSubscribers = 8'000'000;
constexpr uint64_t kServices = 40;
constexpr uint64_t kVictims = 10;
constexpr uint64_t kBombers = 240;  // of each victim
constexpr size_t kBatch = 65'536;

enum class Arrival { kInOrder, kWhenCallsEnd };

struct Received {
  int64_t time = 0;  // of the setup
  uint64_t caller = 0;
  PhoneNumber called;
};

PhoneNumber Subscriber(uint64_t index) {
  return PhoneNumber::FromPacked(8'613'000'000'000 + index);
}

// Half of the calls go to anybody, nearly half to the busier tenth, and one in twenty to a service.
PhoneNumber AnyCalled(std::mt19937_64& random) {
  const uint64_t choice = random() % 100;
  if (choice < 5) {
    return PhoneNumber::ShortCode(std::to_string(95'500 + random() % kServices)).value();
  }
  return Subscriber(kVictims + random() % (choice < 50 ? kSubscribers / 10 : kSubscribers));
}

// The calls to each victim lie in ten minutes, some 108 a minute.
std::vector<Received> MakeCalls(Arrival arrival) {
  std::mt19937_64 random(20261127);
  std::exponential_distribution<double> duration(1 / 60.0);
  std::vector<std::pair<int64_t, Received>> calls;  // by arrival
  constexpr int64_t kFloodSeconds = 600;
  const int64_t room = static_cast<int64_t>(kCalls) / kCallsPerSecond - kFloodSeconds;
  const auto add = [&](int64_t time, uint64_t caller, PhoneNumber called, double lasts) {
    const auto delay =
        arrival == Arrival::kInOrder ? 0 : static_cast<int64_t>(std::min(lasts, 590.0) * 1e6);
    calls.push_back({time + delay, {time, caller, called}});
  };
  for (size_t i = 0; i < kCalls; ++i) {
    const auto time = static_cast<int64_t>(i) / kCallsPerSecond * 1'000'000;
    add(time, random() % kSubscribers, AnyCalled(random), duration(random));
  }
  for (uint64_t victim = 0; victim < kVictims; ++victim) {
    const auto begin =
        static_cast<int64_t>(random() % static_cast<uint64_t>(std::max<int64_t>(room, 1)));
    for (int64_t call = 0; call < 1080; ++call) {
      const int64_t time = (begin + call * kFloodSeconds / 1080) * 1'000'000;
      add(time, kSubscribers + victim * kBombers + random() % kBombers, Subscriber(victim), 4);
    }
  }
  std::stable_sort(calls.begin(), calls.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Received> in_order;
  in_order.reserve(calls.size());
  for (const auto& [when, call] : calls) in_order.push_back(call);
  return in_order;
}

const std::vector<Received>& TheCalls(Arrival arrival) {
  static const std::vector<Received> in_order = MakeCalls(Arrival::kInOrder);
  static const std::vector<Received> when_they_end = MakeCalls(Arrival::kWhenCallsEnd);
  return arrival == Arrival::kInOrder ? in_order : when_they_end;
}

void FillReceived(const std::vector<Received>& calls, size_t from, std::vector<Cdr>& batch) {
  batch.resize(std::min(kBatch, calls.size() - from));
  for (size_t i = 0; i < batch.size(); ++i) {
    const Received& call = calls[from + i];
    batch[i].calling = CallingNumber(Subscriber(call.caller));
    batch[i].called = CalledNumber(call.called);
    batch[i].setup = FromUnixMicros(1'795'449'600'000'000 + call.time);
    batch[i].record_id.Assign("r");
  }
}

// Flooded numbers; the time to fill the batches is not measured.
std::set<uint64_t> ConsumeReceived(benchmark::State& state, const std::vector<Received>& calls,
                                   Detector& detector) {
  std::vector<Cdr> batch;
  std::vector<Detection> detections;
  std::vector<size_t> late;
  std::set<uint64_t> flooded;
  for (size_t from = 0; from < calls.size(); from += kBatch) {
    state.PauseTiming();
    FillReceived(calls, from, batch);
    detections.clear();
    state.ResumeTiming();
    detector.Consume(batch, detections, late);
    for (const Detection& d : detections) {
      if (d.flood) flooded.insert(d.subject.called.number().packed());
    }
  }
  return flooded;
}

void RunFloods(benchmark::State& state, const DetectorOptions& options, Arrival arrival) {
  const std::vector<Received>& calls = TheCalls(arrival);
  std::set<uint64_t> victims;
  for (uint64_t victim = 0; options.flood && victim < kVictims; ++victim) {
    victims.insert(Subscriber(victim).packed());
  }
  for (auto _ : state) {
    Detector detector(options, nullptr);
    if (ConsumeReceived(state, calls, detector) != victims) {
      return state.SkipWithError("the flooded numbers are not the victims");
    }
    state.PauseTiming();
    const DetectorStats stats = detector.stats();
    state.counters["MiB"] = static_cast<double>(stats.memory_bytes) / 1048576;
    state.counters["received_calls"] = static_cast<double>(stats.received_calls);
    state.counters["snapshot_MiB"] = static_cast<double>(detector.Snapshot().size()) / 1048576;
    state.ResumeTiming();
  }
  state.counters["per_record"] = benchmark::Counter(
      static_cast<double>(calls.size()),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

DetectorOptions NumbersAlone() {
  DetectorOptions options;
  options.rules = {FrequencyRule{}};
  return options;
}

DetectorOptions NumbersAndFloods() {
  DetectorOptions options = NumbersAlone();
  options.flood.emplace();
  return options;
}

DetectorOptions FloodsAlone() {
  DetectorOptions options;
  options.rules.clear();
  options.flood.emplace();
  return options;
}

void BM_WithoutFloods(benchmark::State& state) {
  RunFloods(state, NumbersAlone(), Arrival::kInOrder);
}
void BM_WithFloods(benchmark::State& state) {
  RunFloods(state, NumbersAndFloods(), Arrival::kInOrder);
}
void BM_WithoutFloodsWhenCallsEnd(benchmark::State& state) {
  RunFloods(state, NumbersAlone(), Arrival::kWhenCallsEnd);
}
void BM_WithFloodsWhenCallsEnd(benchmark::State& state) {
  RunFloods(state, NumbersAndFloods(), Arrival::kWhenCallsEnd);
}
void BM_FloodsAlone(benchmark::State& state) { RunFloods(state, FloodsAlone(), Arrival::kInOrder); }

BENCHMARK(BM_WithoutFloods)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_WithFloods)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_WithoutFloodsWhenCallsEnd)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_WithFloodsWhenCallsEnd)->Unit(benchmark::kMillisecond);
BENCHMARK(BM_FloodsAlone)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ringfence
