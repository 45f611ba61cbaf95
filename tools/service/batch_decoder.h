// From the raw records of a stream to CDRs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/cdr_decoder.h"
#include "ingest/cdr_source.h"
#include "ingest/reconciliation.h"
#include "ingest/reject_sink.h"
#include "ingest/text/record_splitter.h"
#include "ingest/transport/receiver.h"

namespace ringfence {

// OK when batches of this format can be decoded with these defaults for what the sender left open;
// a sentence for the sender otherwise. Any thread may ask.
absl::Status CheckFormat(const DecodeOptions& defaults, const FormatSpec& format);

// Decodes batches of any stream, each by the format that its sender named. Not thread-safe.
class BatchDecoder {
 public:
  // defaults: for what a sender left open. The sink and the account must outlive the decoder.
  BatchDecoder(DecodeOptions defaults, RejectSink& rejects, Reconciliation& account)
      : defaults_(std::move(defaults)), rejects_(rejects), account_(account) {}

  // Replaces the content of `batch` by the valid CDRs of `raw`. Every record is counted as read,
  // and as rejected where it is. Records later than `not_after` are implausible.
  absl::Status Decode(const RawBatch& raw, EventTime not_after, CdrBatch& batch);

  // The same record by record: Begin(), then NextRecord() and TakeRecord() or RefuseRecord() until
  // there is none. `raw` must live until then.
  absl::Status Begin(const RawBatch& raw, EventTime not_after);
  absl::StatusOr<bool> NextRecord(RawRecord& record);
  // In place of NextRecord() and TakeRecord(), for all records up to the first that the quick way
  // can't decode; false where that is the next one.
  bool TakeQuickly(CdrBatchWriter& writer);
  void TakeRecord(const RawRecord& record, CdrBatchWriter& writer);
  void RefuseRecord(const RawRecord& record, RejectReason reason);
  // The name that stands in rejects: "source/stream".
  const std::string& source() const { return source_; }

 private:
  // How one format is read; made once, for making it costs as much as decoding many records.
  struct Reading {
    FormatSpec format;
    RecordRules rules;
    CdrDecoder decoder;
  };

  absl::StatusOr<Reading*> Find(const FormatSpec& format);

  DecodeOptions defaults_;
  RejectSink& rejects_;
  Reconciliation& account_;
  std::vector<std::unique_ptr<Reading>> readings_;  // the latest used first
  Reading* reading_ = nullptr;                      // of the batch at hand
  const RawBatch* raw_ = nullptr;                   // likewise
  std::optional<RecordSplitter> splitter_;          // likewise
  std::string source_;                              // likewise
  uint64_t index_ = 0;                              // of the record at hand, from 1
};

}  // namespace ringfence
