#include "tools/service/group_commit.h"

#include "ingest/model/status_macros.h"

namespace ringfence {

void GroupCommit::Take(EventTime received_at) {
  DurableEntry& entry = entries_.Slot();
  entry.received_at = received_at;
  entry.lsn = journal_.Append(entry.batch, received_at);
  entries_.Keep();
}

absl::Status GroupCommit::Commit(const Acknowledge& acknowledge) {
  RF_RETURN_IF_ERROR(journal_.Commit());
  for (size_t i = 0; i < entries_.size(); ++i) {
    const RawBatch& batch = entries_[i].batch;
    // An acknowledgement is for everything of the stream up to there: one answer for all in a row.
    const bool more =
        i + 1 < entries_.size() && entries_[i + 1].batch.stream->key == batch.stream->key;
    if (!more) RF_RETURN_IF_ERROR(acknowledge(batch.stream->key, batch.end.next_seq));
  }
  return absl::OkStatus();
}

}  // namespace ringfence
