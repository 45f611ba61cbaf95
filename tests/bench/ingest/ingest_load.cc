// Sends made records to a service and measures: how many a second, and how long until each batch
// was acknowledged. Driven by ingest.py; prints one JSON object.
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "ingest/canonical_row.h"
#include "ingest/client/sender.h"
#include "ingest/model/fixed_record.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/curve_keys.h"
#include "ingest/transport/zmq_context.h"
#include "tests/bench/ingest/record_maker.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/context.h"

namespace ringfence {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

struct LoadOptions {
  SenderOptions sender;
  RecordMakerOptions records;
  std::string format = "canonical";
  uint64_t record_bytes = 128;  // in format binary
  uint32_t batch = 2'500;
  double seconds = 10;
  double rate = 0;           // records a second; 0: as many as go
  std::string curve_secret;  // files; without them there is no CURVE
  std::string server_key;
};

// How long batches waited for their acknowledgement, by the second in which they were due.
class AckTimes {
 public:
  void OnSent(uint64_t end, double second) {
    waiting_.push_back({end, static_cast<size_t>(second), Clock::now()});
  }

  void OnAcked(uint64_t acked) {
    const Clock::time_point now = Clock::now();
    for (; !waiting_.empty() && waiting_.front().end <= acked; waiting_.pop_front()) {
      const Waiting& batch = waiting_.front();
      by_second_.resize(std::max(by_second_.size(), batch.second + 1));
      by_second_[batch.second].push_back(Seconds(now - batch.sent).count() * 1000);
    }
  }

  // In milliseconds, of all seconds.
  std::vector<double> All() const {
    std::vector<double> all;
    for (const auto& times : by_second_) all.insert(all.end(), times.begin(), times.end());
    return all;
  }
  const std::vector<std::vector<double>>& by_second() const { return by_second_; }

 private:
  struct Waiting {
    uint64_t end;
    size_t second;
    Clock::time_point sent;
  };
  std::deque<Waiting> waiting_;
  std::vector<std::vector<double>> by_second_;
};

std::string Quantiles(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  const auto quantile = [&](double q) {
    return times.empty() ? 0 : times[static_cast<size_t>(q * double(times.size() - 1))];
  };
  return absl::StrFormat(R"({"p50": %.3f, "p99": %.3f, "p999": %.3f, "max": %.3f})", quantile(0.5),
                         quantile(0.99), quantile(0.999), quantile(1));
}

std::string QuantilesBySecond(const AckTimes& times) {
  return absl::StrJoin(times.by_second(), ", ", [](std::string* out, const auto& of_second) {
    out->append(Quantiles(of_second));
  });
}

// Batches are due at even distances; one that is late does not move those after it, so that a stall
// is seen by every batch that waited for its end.
absl::Status Load(Sender& sender, const LoadOptions& options, std::ostream& out) {
  RecordMaker records(options.records);
  const bool binary = options.format == kBinaryFormat;
  FormatSpec format;
  format.format = options.format;
  format.header = binary ? BinaryHeader(options.record_bytes) : std::string(kCanonicalHeader);
  RF_RETURN_IF_ERROR(sender.Open("load", options.records.seed, format).status());
  AckTimes times;
  std::string batch;
  const Clock::time_point begin = Clock::now();
  const auto passed = [&] { return Seconds(Clock::now() - begin).count(); };
  while (passed() < options.seconds) {
    // Waits without using the CPU, which the service shares, up to the last millisecond.
    for (double early = 1; options.rate > 0 && early > 0;) {
      early = double(records.made()) / options.rate - passed();
      const std::chrono::milliseconds wait(std::max(0, static_cast<int>(early * 1000)));
      RF_RETURN_IF_ERROR(sender.Poll(wait));
      times.OnAcked(sender.acked());
      if (sender.acked() == records.made()) poll(nullptr, 0, static_cast<int>(wait.count()));
    }
    batch.clear();
    if (binary) {
      RF_RETURN_IF_ERROR(records.AppendRecords(options.batch, options.record_bytes, batch));
    } else {
      records.AppendRows(options.batch, batch);
    }
    times.OnSent(records.made(), passed());
    RF_RETURN_IF_ERROR(sender.Send(batch, options.batch, 0));
    times.OnAcked(sender.acked());
  }
  RF_RETURN_IF_ERROR(sender.Finish());
  times.OnAcked(sender.acked());
  const double seconds = passed();
  out << absl::StrFormat(
      R"({"records": %d, "seconds": %.3f, "records_per_second": %.0f, "resent_batches": %d, )"
      R"("ack_ms": %s, "ack_ms_by_second": [%s]})",
      records.made(), seconds, double(records.made()) / seconds, sender.counters().batches_resent,
      Quantiles(times.All()), QuantilesBySecond(times));
  out << "\n";
  return absl::OkStatus();
}

absl::Status Run(const LoadOptions& load, Context& out) {
  LoadOptions options = load;
  ZmqContext context;
  options.sender.clock = Clock::now;
  if (!options.curve_secret.empty()) {
    RF_ASSIGN_OR_RETURN(options.sender.curve_secret_key, ReadSecretKey(options.curve_secret));
    RF_ASSIGN_OR_RETURN(options.sender.curve_server_key, ReadPublicKey(options.server_key));
  }
  RF_ASSIGN_OR_RETURN(const auto sender, Sender::Create(context, options.sender));
  return Load(*sender, options, out.out);
}

int RunProgram(int argc, char** argv) {
  Context context = ProcessContext();
  cli::Program program("ingest_load", "Sends made records to a service and prints what it measured",
                       "ingest_load 1");
  const auto options = std::make_shared<LoadOptions>();
  cli::Command load = program.command();
  load.AddOption("--to", options->sender.endpoint, "endpoint of the service").Required();
  load.AddOption("--source", options->sender.source, "name of this sender").Required();
  load.AddOption("--format", options->format, "of the records")
      .OneOf({"canonical", std::string(kBinaryFormat)});
  load.AddOption("--record-bytes", options->record_bytes, "of a binary record");
  load.AddOption("--window", options->sender.window_bytes, "bytes sent and not acknowledged");
  load.AddOption("--batch", options->batch, "records of one message");
  load.AddOption("--seconds", options->seconds, "how long");
  load.AddOption("--rate", options->rate, "records a second; 0: as many as go");
  load.AddOption("--curve-secret", options->curve_secret, "file of this sender's secret key");
  load.AddOption("--server-key", options->server_key, "file of the service's public key");
  load.AddOption("--numbers", options->records.numbers, "calling numbers");
  load.AddOption("--calls-a-day", options->records.calls_a_day, "of each number, in event time");
  load.AddOption("--first-setup", options->records.first_setup, "Unix seconds").Required();
  load.AddOption("--seed", options->records.seed, "of the record ids and numbers");
  load.Runs(options, Run);
  return program.Run(argc, argv, context);
}

}  // namespace
}  // namespace ringfence

int main(int argc, char** argv) { return ringfence::RunProgram(argc, argv); }
