// From the raw records of a stream to CDRs.
#pragma once

#include <memory>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "ingest/cdr_decoder.h"
#include "ingest/cdr_source.h"
#include "ingest/reconciliation.h"
#include "ingest/reject_sink.h"
#include "ingest/transport/receiver.h"

namespace ringfence {

// Decodes batches of any stream, each by the format that its sender named. Not thread-safe.
class BatchDecoder {
 public:
  // defaults: for what a sender left open. The sink and the account must outlive the decoder.
  BatchDecoder(DecodeOptions defaults, RejectSink& rejects, Reconciliation& account)
      : defaults_(std::move(defaults)), rejects_(rejects), account_(account) {}

  // OK when batches of this format can be decoded; a sentence for the sender otherwise.
  absl::Status CheckFormat(const FormatSpec& format) const;

  // Replaces the content of `batch` by the valid CDRs of `raw`. Every record is counted as read,
  // and as rejected where it is. Records later than `not_after` are implausible.
  absl::Status Decode(const RawBatch& raw, EventTime not_after, CdrBatch& batch);

 private:
  absl::StatusOr<DecodeOptions> OptionsFor(const FormatSpec& format) const;

  DecodeOptions defaults_;
  RejectSink& rejects_;
  Reconciliation& account_;
};

}  // namespace ringfence
