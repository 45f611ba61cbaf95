// What a journal entry holds, read without regard to any other entry: the part of the judge's work
// that may be done ahead of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "ingest/cdr_source.h"
#include "ingest/model/event_time.h"
#include "ingest/reconciliation.h"
#include "ingest/reject_sink.h"
#include "ingest/transport/raw_batch.h"
#include "tools/service/batch_decoder.h"

namespace ringfence {

// Rejects that are told later. Not thread-safe.
class HeldRejects : public RejectSink {
 public:
  void OnReject(const Reject& reject) override;
  // In the order in which they came.
  void PassTo(RejectSink& next) const;
  void Clear() { held_.clear(); }

 private:
  struct Held {
    Reject reject;  // without its texts, which are these:
    std::string source;
    std::string bytes;
  };
  std::vector<Held> held_;
};

struct DecodedEntry {
  CdrBatch batch;       // the valid CDRs
  uint64_t read = 0;    // records, rejects included
  HeldRejects rejects;  // the others
  // So many of the valid ones were repetitions and are removed; none: that is still to be done.
  std::optional<uint64_t> duplicates;
};

// A function of the entry alone. Not thread-safe; several can work at a time.
class EntryDecoder {
 public:
  // As CoreOptions has them.
  EntryDecoder(DecodeOptions decode, Duration max_future,
               std::function<void(std::string_view)> before_record)
      : max_future_(max_future),
        before_record_(std::move(before_record)),
        batches_(std::move(decode), rejects_, account_) {}
  EntryDecoder(const EntryDecoder&) = delete;
  EntryDecoder& operator=(const EntryDecoder&) = delete;

  // Replaces the content of `decoded`, whose memory is used again. Errors of BatchDecoder.
  absl::Status Decode(const RawBatch& raw, EventTime received_at, DecodedEntry& decoded);

 private:
  const Duration max_future_;
  const std::function<void(std::string_view)> before_record_;
  HeldRejects rejects_;
  Reconciliation account_;
  BatchDecoder batches_;
};

}  // namespace ringfence
