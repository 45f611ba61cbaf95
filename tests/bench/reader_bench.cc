// How fast records become CDRs: canonical CSV, the same calls as binary records, Kamailio flatstore
// and Asterisk, one thread, from memory; and a whole scan of a CSV file, on one thread and on more:
// reading, de-duplication and judgement. RINGFENCE_BENCH_ROWS sets the rows of that file (10
// million).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "detector/detector.h"
#include "ingest/binary_record.h"
#include "ingest/deduplicator.h"
#include "ingest/file_source.h"
#include "ingest/parallel_files.h"
#include "tests/bench/carrier_traffic.h"
#include "tests/bench/record_encoding.h"
#include "tests/bench/scale.h"

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

std::string AsteriskRows() {
  std::string text;
  for (int i = 0; i < kRows; ++i) {
    absl::StrAppendFormat(
        &text,
        "\"\",\"0631555%04d\",\"1380000%04d\",\"in\",\"\"\"Desk\"\" <0631555%04d>\","
        "\"PJSIP/tg1-%08x\",\"\",\"Dial\",\"PJSIP/x\",\"2026-11-24 09:%02d:%02d\",\"\","
        "\"2026-11-24 09:%02d:59\",59,0,\"NO ANSWER\",\"DOCUMENTATION\",\"%d.%d\",\"\"\n",
        i % 10'000, i % 9'999, i % 10'000, static_cast<unsigned>(i), i / 6000 % 60, i / 100 % 60,
        i / 6000 % 60, kStart + i / 100, i);
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

// The same calls.
std::string BinaryRows(size_t record_bytes) {
  const std::string text = CanonicalRows();
  const DecodeOptions options{*NumberPlan::Create({}), *LoadTimeZone("Asia/Shanghai")};
  CountingSink sink;
  auto source = FileSource::Over(*RecordFile::Over(*BytesOf(text), "bench", {}), options, sink);
  std::string records = BinaryHeaderRecord(record_bytes);
  CdrBatch batch;
  while (*(*source)->Next(batch)) {
    for (const Cdr& cdr : batch.cdrs) {
      if (!AppendBinaryRecord(cdr, record_bytes, records).ok()) return "";
    }
  }
  return records;
}

void ReadBinary(benchmark::State& state) {
  Run(state, BinaryRows(static_cast<size_t>(state.range(0))), NumberStyle::kAuto);
}
BENCHMARK(ReadBinary)->ArgName("bytes")->Arg(96)->Arg(128)->Unit(benchmark::kMillisecond);

void ReadFlatstore(benchmark::State& state) { Run(state, FlatstoreRows(), NumberStyle::kE164); }
BENCHMARK(ReadFlatstore)->Unit(benchmark::kMillisecond);

void ReadAsterisk(benchmark::State& state) { Run(state, AsteriskRows(), NumberStyle::kAuto); }
BENCHMARK(ReadAsterisk)->Unit(benchmark::kMillisecond);

// As the service decodes: records in memory, by batches of a message's size.
void DecodeBatches(benchmark::State& state, const std::string& text) {
  const Layout layout = *FindLayout({}, {std::string_view(text).substr(0, text.find('\n'))});
  const DecodeOptions options{*NumberPlan::Create({}), *LoadTimeZone("Asia/Shanghai")};
  CdrDecoder decoder = *CdrDecoder::Create(layout, options);
  const std::string_view records = std::string_view(text).substr(text.find('\n') + 1);
  constexpr size_t kBatchRecords = 2'500;
  CdrBatch batch;
  int64_t decoded = 0;
  for (auto _ : state) {
    for (size_t at = 0; at < records.size();) {
      RecordSplitter splitter(records.substr(at), layout.Rules(RecordFile::kMaxRecordBytes));
      CdrBatchWriter writer(batch);
      const QuickRun quick = decoder.DecodeQuickly(splitter.Rest(), writer, kBatchRecords);
      splitter.Skip(quick.bytes, quick.records);
      if (quick.records == 0) break;  // the last few of a text are read in the other way
      at += splitter.offset();
      decoded += static_cast<int64_t>(writer.size());
      writer.Finish();
      benchmark::DoNotOptimize(batch.cdrs.data());
    }
  }
  if (decoded < state.iterations() * (kRows - 2)) state.SkipWithError("records are missing");
  state.SetItemsProcessed(decoded);
}

void DecodeCanonical(benchmark::State& state) { DecodeBatches(state, CanonicalRows()); }
BENCHMARK(DecodeCanonical)->Unit(benchmark::kMillisecond);

// The rows of the file that other systems are compared with.
void DecodePeersRows(benchmark::State& state) {
  CarrierTraffic traffic(1'000'000, true);
  std::vector<Cdr> calls;
  traffic.Fill(kRows, calls);
  std::string text = std::string(kCanonicalHeader) + "\n";
  for (size_t i = 0; i < calls.size(); ++i) AppendRow(calls[i], i, text);
  DecodeBatches(state, text);
}
BENCHMARK(DecodePeersRows)->Unit(benchmark::kMillisecond);

void DecodeBinary(benchmark::State& state) {
  DecodeBatches(state, BinaryRows(static_cast<size_t>(state.range(0))));
}
BENCHMARK(DecodeBinary)->ArgName("bytes")->Arg(96)->Arg(128)->Unit(benchmark::kMillisecond);

// A day of calls, each 50th by one of 20 numbers that go above the threshold.
class ScannedFile {
 public:
  explicit ScannedFile(int64_t rows)
      : path_(std::filesystem::temp_directory_path() / "ringfence-reader-bench.csv"), rows_(rows) {
    std::mt19937_64 random(1);
    std::ofstream file(path_, std::ios::binary);
    file << "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk\n";
    std::string text;
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t milli = i * 86'400'000 / rows;
      const int64_t second = milli / 1000;
      const auto caller = i % 50 == 0 ? i / 50 % kHeavy : random() % 1'000'000 + kHeavy;
      absl::StrAppendFormat(&text,
                            "c-%08d,+86138%08d,+86139%08d,2026-11-24T%02d:%02d:%02d.%03d+08:00,,"
                            "2026-11-24T%02d:%02d:59.999+08:00,19,tg%d\n",
                            i, caller, random() % 100'000'000, second / 3600, second / 60 % 60,
                            second % 60, milli % 1000, second / 3600, second / 60 % 60, i % 7);
      if (text.size() > 1'000'000 || i + 1 == rows) {
        file << text;
        text.clear();
      }
    }
  }
  ~ScannedFile() { std::filesystem::remove(path_); }

  static constexpr int64_t kHeavy = 20;
  std::string path() const { return path_.string(); }
  int64_t rows() const { return rows_; }

 private:
  std::filesystem::path path_;
  int64_t rows_;
};

int64_t RowsOfScan() {
  const char* rows = std::getenv("RINGFENCE_BENCH_ROWS");
  return static_cast<int64_t>(rows != nullptr ? std::strtoull(rows, nullptr, 10)
                                              : Scaled(10'000'000));
}

// Returns the rows that were judged; `opened` counts the alerts.
int64_t ScanAll(const ScannedFile& file, size_t threads, bool judge, int64_t& opened) {
  CountingSink sink;
  const DecodeOptions decode{*NumberPlan::Create({}), *LoadTimeZone("Asia/Shanghai")};
  ParallelFiles files({file.path()}, {}, decode, sink, {.threads = threads});
  Deduplicator deduplicator{std::chrono::hours(48)};
  DetectorOptions options;
  options.rules = DefaultRules();
  Detector detector(options, nullptr);
  std::vector<Detection> detections;
  std::vector<size_t> late;
  CdrBatch batch;
  int64_t rows = 0;
  while (*files.Next(batch)) {
    rows += static_cast<int64_t>(batch.cdrs.size());
    if (!judge) continue;
    const size_t read = batch.cdrs.size();
    deduplicator.DropRepetitions(batch.cdrs);
    if (batch.cdrs.size() != read) return -1;
    detector.Consume(batch.cdrs, detections, late);
    opened += std::count_if(detections.begin(), detections.end(), [](const Detection& detection) {
      return detection.transition == Transition::kOpened && detection.level == Level::kAlert;
    });
    detections.clear();
  }
  return sink.count == 0 && late.empty() ? rows : -1;
}

void ScanFile(benchmark::State& state) {
  static const ScannedFile file(RowsOfScan());
  const auto threads = static_cast<size_t>(state.range(0));
  const bool judge = state.range(1) != 0;
  int64_t opened = 0;
  const int64_t rows = ScanAll(file, threads, judge, opened);
  const bool all_open = file.rows() > 50 * 301 * ScannedFile::kHeavy;
  if (rows != file.rows() || (judge && all_open && opened != ScannedFile::kHeavy)) {
    state.SkipWithError("the scan's answer is wrong");
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(ScanAll(file, threads, judge, opened));
  state.SetItemsProcessed(state.iterations() * file.rows());
}
BENCHMARK(ScanFile)
    ->ArgNames({"threads", "judge"})
    ->ArgsProduct({{1, 2}, {0, 1}})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

void NormaliseNumber(benchmark::State& state) {
  const NumberPlan plan = *NumberPlan::Create({});
  const std::string texts[] = {"13800000000", "+866315550100", "06315550100", "866315550100"};
  size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(plan.Normalise(texts[i++ % 4]));
}
BENCHMARK(NormaliseNumber);

}  // namespace
}  // namespace ringfence
