// Records through sender, loopback and receiver: both ends in one process, on two threads. What is
// received is checked (sequence and checksum of the whole stream) before it counts.
#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "ingest/client/sender.h"
#include "ingest/model/crc32c.h"
#include "ingest/transport/receiver.h"
#include "ingest/transport/wire.h"
#include "ingest/transport/zmq_context.h"
#include "tests/bench/scale.h"

namespace ringfence {
namespace {

const uint64_t kRecords = Scaled(2'000'000);
constexpr size_t kRecordBytes = 100;

std::chrono::steady_clock::time_point Now() { return std::chrono::steady_clock::now(); }

std::string Records(size_t bytes) {
  const std::string record = std::string(kRecordBytes - 1, 'r') + "\n";
  std::string records;
  while (records.size() + kRecordBytes <= bytes) records += record;
  return records;
}

// Takes everything and acknowledges each batch at once, as if it were durable.
void Receive(Receiver& receiver, const std::atomic<bool>& stop, StreamPosition& end) {
  RawBatch batch;
  while (!stop) {
    auto got = receiver.Next(batch, std::chrono::milliseconds(5));
    if (!got.ok() || !*got) continue;
    end = batch.end;
    if (!receiver.Ack(batch.stream->key, batch.end.next_seq).ok()) return;
  }
}

bool Ship(Sender& sender, const std::string& records, uint64_t epoch) {
  FormatSpec format;
  format.format = "canonical";
  if (!sender.Open("bench", epoch, format).ok()) return false;
  const auto count = static_cast<uint32_t>(records.size() / kRecordBytes);
  for (uint64_t sent = 0; sent < kRecords; sent += count) {
    if (!sender.Send(records, count, sent * kRecordBytes).ok()) return false;
  }
  return sender.Finish().ok();
}

void BM_Loopback(benchmark::State& state) {
  const std::string records = Records(static_cast<size_t>(state.range(0)));
  ZmqContext context;
  ReceiverOptions options;
  options.endpoint = "tcp://127.0.0.1:*";
  options.clock = Now;
  auto receiver = Receiver::Bind(context, options);
  if (!receiver.ok()) return state.SkipWithError("no receiver");
  std::atomic<bool> stop = false;
  StreamPosition end;
  std::thread thread([&] { Receive(**receiver, stop, end); });
  uint64_t epoch = 0;
  {
    auto sender = Sender::Create(
        context, {.endpoint = (*receiver)->endpoint(), .source = "bench", .clock = Now});
    for (auto _ : state) {
      if (!Ship(**sender, records, ++epoch)) state.SkipWithError("not shipped");
    }
    state.counters["records/s"] = benchmark::Counter(
        static_cast<double>((*sender)->acked() * epoch), benchmark::Counter::kIsRate);
  }
  stop = true;
  thread.join();
  uint32_t crc = 0;
  for (uint64_t bytes = 0; bytes < end.next_offset; bytes += records.size()) {
    crc = ExtendCrc32c(crc, records);
  }
  if (end.next_seq < kRecords || crc != end.content_crc) state.SkipWithError("received otherwise");
}
BENCHMARK(BM_Loopback)
    ->Arg(100)
    ->Arg(10'000)
    ->Arg(64 * 1024)
    ->Arg(256 * 1024)
    ->Arg(1024 * 1024)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_Crc32c(benchmark::State& state) {
  const std::string bytes(256 * 1024, 'x');
  for (auto _ : state) benchmark::DoNotOptimize(Crc32c(bytes));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes.size()));
}
BENCHMARK(BM_Crc32c);

}  // namespace
}  // namespace ringfence
