#include "tools/service/entry_decoder.h"

#include "ingest/model/status_macros.h"

namespace ringfence {

void HeldRejects::OnReject(const Reject& reject) {
  Held& held =
      held_.emplace_back(Held{reject, std::string(reject.source), std::string(reject.bytes)});
  held.reject.source = held.reject.bytes = {};
}

void HeldRejects::PassTo(RejectSink& next) const {
  for (const Held& held : held_) {
    Reject reject = held.reject;
    reject.source = held.source;
    reject.bytes = held.bytes;
    next.OnReject(reject);
  }
}

absl::Status EntryDecoder::Decode(const RawBatch& raw, EventTime received_at,
                                  DecodedEntry& decoded) {
  account_ = {};
  std::swap(rejects_, decoded.rejects);
  rejects_.Clear();
  RF_RETURN_IF_ERROR(batches_.Begin(raw, received_at + max_future_));
  CdrBatchWriter writer(decoded.batch);
  RawRecord record;
  for (;;) {
    if (!before_record_ && batches_.TakeQuickly(writer)) continue;
    RF_ASSIGN_OR_RETURN(const bool more, batches_.NextRecord(record));
    if (!more) break;
    if (before_record_) before_record_(record.bytes);
    batches_.TakeRecord(record, writer);
  }
  writer.Finish();
  decoded.batch.end.source = batches_.source();
  decoded.read = account_.read;
  decoded.duplicates.reset();
  std::swap(rejects_, decoded.rejects);
  return absl::OkStatus();
}

}  // namespace ringfence
