// How fast records become CDRs: canonical CSV and Kamailio flatstore, one thread, from memory.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "absl/strings/str_format.h"
#include "ingest/file_source.h"

namespace ringfence {
namespace {

constexpr int kRows = 200'000;
constexpr int64_t kStart = 1'795'482'900;

class CountingSink : public RejectSink {
 public:
  void OnReject(const Reject&) override { ++count; }
  int64_t count = 0;
};

// Numbers in the forms that switches mix, half of the calls answered.
std::string CanonicalRows() {
  std::mt19937 random(1);
  const char* forms[] = {"+86631555", "0631555", "86631555", "1380000"};
  std::string text = "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk\n";
  for (int i = 0; i < kRows; ++i) {
    const int second = i / 100 % 60;
    const std::string stamp =
        absl::StrFormat("2026-11-24T09:%02d:%02d.%03d+08:00", i / 6000 % 60, second, i * 10 % 1000);
    const auto tail = static_cast<unsigned>(random() % 10'000);
    const std::string caller = absl::StrFormat("%s%04u", forms[random() % 4], tail);
    absl::StrAppendFormat(&text, "call-%08d@sbc1,%s,1380000%04u,%s,%s,,%d,tg%d\n", i, caller,
                          static_cast<unsigned>(random() % 10'000), stamp, i % 2 == 0 ? stamp : "",
                          i % 2 == 0 ? 16 : 17, i % 7);
  }
  return text;
}

std::string FlatstoreRows() {
  std::string text;
  for (int i = 0; i < kRows; ++i) {
    absl::StrAppendFormat(
        &text,
        "%d|%d|5.5|%d-31665@127.0.0.1|12025550%03d|12065550100|12025550%03d|127.0.0.1|%d.%06d"
        "|200|pass|tg1\n",
        kStart + i / 100, kStart + i / 100 + 5, i, i % 1000, i % 1000, kStart + i / 100 + 1, i);
  }
  return text;
}

int64_t ReadAll(const std::string& text, NumberStyle style, uint64_t& sum) {
  NumberPlanOptions numbers;
  numbers.style = style;
  const DecodeOptions options{*NumberPlan::Create(numbers), *LoadTimeZone("Asia/Shanghai")};
  CountingSink sink;
  auto source = FileSource::Over(*RecordFile::Over(*BytesOf(text), "bench", {}), options, sink);
  CdrBatch batch;
  int64_t rows = 0;
  while (*(*source)->Next(batch)) {
    rows += static_cast<int64_t>(batch.cdrs.size());
    for (const Cdr& cdr : batch.cdrs) sum ^= cdr.key.low + cdr.calling.number().packed();
  }
  return sink.count == 0 ? rows : -1;
}

void Run(benchmark::State& state, const std::string& text, NumberStyle style) {
  uint64_t sum = 0;
  if (ReadAll(text, style, sum) != kRows) {
    state.SkipWithError("the reader's answer is wrong");
    return;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(ReadAll(text, style, sum));
  }
  state.SetItemsProcessed(state.iterations() * kRows);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

void ReadCanonical(benchmark::State& state) { Run(state, CanonicalRows(), NumberStyle::kAuto); }
BENCHMARK(ReadCanonical)->Unit(benchmark::kMillisecond);

void ReadFlatstore(benchmark::State& state) { Run(state, FlatstoreRows(), NumberStyle::kE164); }
BENCHMARK(ReadFlatstore)->Unit(benchmark::kMillisecond);

void NormaliseNumber(benchmark::State& state) {
  const NumberPlan plan = *NumberPlan::Create({});
  const std::string texts[] = {"13800000000", "+866315550100", "06315550100", "866315550100"};
  size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(plan.Normalise(texts[i++ % 4]));
}
BENCHMARK(NormaliseNumber);

}  // namespace
}  // namespace ringfence
