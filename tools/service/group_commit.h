// The order that nothing may change: a batch is written down, made durable, acknowledged, judged.
//
//   while (a batch came) group.Take(batch, now);
//   RF_RETURN_IF_ERROR(group.Commit(acknowledge));  // one write and one fdatasync for all of them
//   queue.Push(group.entries());
#pragma once

#include <cstddef>
#include <functional>

#include "absl/status/status.h"
#include "ingest/journal/journal.h"
#include "ingest/model/event_time.h"
#include "ingest/transport/stream.h"
#include "tools/service/entry_queue.h"

namespace ringfence {

// Knows no socket and no clock. Not thread-safe.
class GroupCommit {
 public:
  using Acknowledge = std::function<absl::Status(const StreamKey& stream, uint64_t next_seq)>;

  // The journal must outlive it.
  explicit GroupCommit(Journal& journal) : journal_(journal) {}

  // Where the next batch goes: fill it, then Take() it.
  RawBatch& Slot() { return entries_.Slot().batch; }
  void Take(EventTime received_at);

  // Makes everything that was taken durable, then acknowledges it. Errors of Journal::Commit(), or
  // of `acknowledge`; after ResourceExhausted the call can be repeated.
  absl::Status Commit(const Acknowledge& acknowledge);

  // After Commit(): durable, and to be judged. Whoever takes them leaves an empty group.
  EntryGroup& entries() { return entries_; }
  size_t bytes() const { return entries_.bytes(); }
  bool empty() const { return entries_.size() == 0; }

 private:
  Journal& journal_;
  EntryGroup entries_;
};

}  // namespace ringfence
