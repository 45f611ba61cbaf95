// Records over ZeroMQ, in turns (turns.h): received and nothing else; through ringfence's
// transport; decoded and judged; and told from their repetitions before that. The detector has seen
// more than a day of calls, and what it finds is compared with brute force after each turn.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/deduplicator.h"
#include "ingest/model/status_macros.h"
#include "tests/bench/detector_feed.h"
#include "tests/bench/turns.h"
#include "tests/bench/zmq_flow.h"
#include "tools/service/batch_decoder.h"
#include "tools/terminal/command_line.h"
#include "tools/terminal/context.h"

namespace ringfence {
namespace {

struct ZmqTurnsOptions {
  uint64_t numbers = 10'000'000;
  uint64_t records = 2'000'000;
  uint64_t message_bytes = 64 * 1024;
  std::string encoding = std::string(kBinaryFormat);
  bool scattered = false;
  uint32_t shards = 1;
  double days = 1.2;
};

class NoRejects : public RejectSink {
 public:
  void OnReject(const Reject&) override { ++count; }
  int64_t count = 0;
};

// From a batch to the detector.
class Judge {
 public:
  Judge(DetectorFeed& feed, DecodeOptions decode)
      : feed_(feed), decoder_(std::move(decode), rejects_, account_) {}

  absl::Status Take(const RawBatch& raw, Deduplicator* deduplicator) {
    RF_RETURN_IF_ERROR(decoder_.Decode(raw, EventTime::max(), batch_));
    if (batch_.cdrs.size() != raw.count || rejects_.count > 0) {
      return absl::InternalError("records were rejected");
    }
    if (deduplicator != nullptr) deduplicator->DropRepetitions(batch_.cdrs);
    if (batch_.cdrs.size() != raw.count) {
      return absl::InternalError("records were taken for repetitions");
    }
    feed_.Consume(batch_.cdrs);
    return absl::OkStatus();
  }

 private:
  DetectorFeed& feed_;
  NoRejects rejects_;
  Reconciliation account_;
  BatchDecoder decoder_;
  CdrBatch batch_;
};

class ZmqTurns {
 public:
  ZmqTurns(const ZmqTurnsOptions& options, RecordEncoding encoding, DecodeOptions decode)
      : options_(options),
        encoding_(std::move(encoding)),
        feed_(options.numbers, !options.scattered, options.shards),
        judge_(feed_, std::move(decode)) {}

  absl::Status WarmUp() { return feed_.WarmUp(options_.days); }

  absl::StatusOr<Figures> Turn() {
    Figures figures;
    const auto per_second = [this](double micros) {
      return static_cast<double>(options_.records) / micros;
    };
    // No record may be judged twice: what is also told from its repetitions are the next ones.
    RF_ASSIGN_OR_RETURN(const Messages first, NextMessages());
    RF_ASSIGN_OR_RETURN(const double raw, SendRaw(first));
    RF_ASSIGN_OR_RETURN(const double received,
                        SendAcknowledged(first, encoding_.format,
                                         [](const RawBatch&) { return absl::OkStatus(); }));
    RF_ASSIGN_OR_RETURN(const double judged,
                        SendAcknowledged(first, encoding_.format, [this](const RawBatch& batch) {
                          return judge_.Take(batch, nullptr);
                        }));
    RF_RETURN_IF_ERROR(feed_.Check());
    RF_ASSIGN_OR_RETURN(const Messages second, NextMessages());
    RF_ASSIGN_OR_RETURN(const double deduplicated,
                        SendAcknowledged(second, encoding_.format, [this](const RawBatch& batch) {
                          return judge_.Take(batch, &deduplicator_);
                        }));
    RF_RETURN_IF_ERROR(feed_.Check());
    return Figures{{"zmq_raw_mrows", per_second(raw)},
                   {"zmq_acknowledged_mrows", per_second(received)},
                   {"zmq_end_to_end_mrows", per_second(judged)},
                   {"zmq_end_to_end_deduplicated_mrows", per_second(deduplicated)},
                   {"zmq_end_to_end_over_raw", raw / judged},
                   {"zmq_record_bytes",
                    static_cast<double>(first.bytes) / static_cast<double>(first.records)}};
  }

 private:
  absl::StatusOr<Messages> NextMessages() {
    return MakeMessages(feed_.traffic(), options_.records, options_.message_bytes, encoding_,
                        next_index_);
  }

  ZmqTurnsOptions options_;
  RecordEncoding encoding_;
  DetectorFeed feed_;
  Judge judge_;
  Deduplicator deduplicator_{std::chrono::hours(48)};
  uint64_t next_index_ = 0;
};

absl::Status RunTurns(const ZmqTurnsOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(RecordEncoding encoding, FindRecordEncoding(options.encoding));
  RF_ASSIGN_OR_RETURN(NumberPlan plan, NumberPlan::Create({}));
  RF_ASSIGN_OR_RETURN(const absl::TimeZone zone, LoadTimeZone("Asia/Shanghai"));
  ZmqTurns turns(options, std::move(encoding), {std::move(plan), zone});
  RF_RETURN_IF_ERROR(turns.WarmUp());
  return TakeTurns(
      {{"records", static_cast<double>(options.records)}}, [&] { return turns.Turn(); }, context);
}

}  // namespace
}  // namespace ringfence

int main(int argc, char** argv) {
  using ringfence::Context;
  using ringfence::ZmqTurnsOptions;
  Context context = ringfence::ProcessContext();
  ringfence::cli::Program program("zmq_turns", "Measures records over ZeroMQ in turns",
                                  "zmq_turns 1");
  const auto options = std::make_shared<ZmqTurnsOptions>();
  ringfence::cli::Command command = program.command();
  command.AddOption("--numbers", options->numbers, "calling numbers").Positive();
  command.AddOption("--records", options->records, "of one turn, for each figure").Positive();
  command.AddOption("--message-bytes", options->message_bytes, "of each message").Positive();
  command.AddOption("--encoding", options->encoding, "of the records")
      .OneOf({std::begin(ringfence::kRecordEncodings), std::end(ringfence::kRecordEncodings)});
  command.AddFlag("--scattered", options->scattered, "numbers that no plan addresses directly");
  command.AddOption("--shards", options->shards, "threads of the detector").Between(1U, 64U);
  command.AddOption("--days", options->days, "of traffic before the first turn");
  command.Runs(options, ringfence::RunTurns);
  return program.Run(argc, argv, context);
}
