// Records of one live stream on the disk, from the moment when they were handed over until they are
// durable at the receiver. A spool is a journal of its own (docs/journal-format.md): numbering,
// epoch and format of the stream stand in its entries.
//
//   RF_ASSIGN_OR_RETURN(auto spool, Spool::Open(disk, {}));
//   RF_RETURN_IF_ERROR(spool->Begin({{"msc-01", "live", random_number}, format}));
//   RF_RETURN_IF_ERROR(spool->Append("id1,+8663155501 …\n", 1));
//   RF_RETURN_IF_ERROR(spool->Commit());  // from here on no crash loses it
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/journal/disk.h"
#include "ingest/journal/journal.h"
#include "ingest/journal/journal_reader.h"
#include "ingest/transport/raw_batch.h"

namespace ringfence {

struct SpoolOptions {
  // All files together; at least four segments.
  uint64_t max_bytes = uint64_t{1024} * 1024 * 1024;
  // What is acknowledged is removed in pieces of this size.
  uint64_t segment_bytes = 8 * 1024 * 1024;
  // Kept in memory too, so that a receiver that keeps up costs no reading.
  size_t recent_bytes = 8 * 1024 * 1024;
  // See JournalOptions.
  uint64_t salt = 0;
};

// Not thread-safe, and one at a time in a folder: SpoolFolder sees to that.
class Spool {
 public:
  // Reads what is there, whatever crash came before. DataLoss: a place is damaged that can't be the
  // torn end. FailedPrecondition: the folder holds something else. `disk` must outlive the spool.
  static absl::StatusOr<std::unique_ptr<Spool>> Open(Disk& disk, const SpoolOptions& options);

  // Who the stream is and how it is read. Null while the spool is new.
  const StreamInfo* stream() const { return stream_.get(); }
  // Names the stream of a new spool. Its epoch, a random number, is durable with the first records.
  // A spool that has a stream keeps its epoch, and all else must be the same: FailedPrecondition.
  absl::Status Begin(StreamInfo stream);

  // Takes the next `count` records, each ended by '\n' or as long as the format says, into memory.
  // They are sent in one message if the receiver's credit allows. ResourceExhausted: the spool is
  // full, nothing was taken, try again when the receiver has acknowledged more. InvalidArgument:
  // the caller's mistake.
  absl::Status Append(std::string_view records, uint32_t count);
  // Makes durable all that was appended. ResourceExhausted: the disk is full; the records are still
  // in memory, repeat only this call. Internal is for good: open the spool anew; records whose
  // Commit() failed, or never came, may be in it or not.
  absl::Status Commit();

  // Goes to where the receiver is. Never skips a record in silence. DataLoss: the receiver needs
  // records that the spool has no more, or has fewer than it acknowledged. FailedPrecondition: it
  // has more than the spool, or other ones.
  absl::Status Resume(const StreamPosition& receiver);
  // Replaces `batch` by the next durable records; false when all were handed out.
  absl::StatusOr<bool> Next(RawBatch& batch);
  // Everything before `next_seq` is durable at the receiver: gives the room free.
  absl::Status Acknowledge(uint64_t next_seq);

  // Keeps acked_seq() for the next Open(). One small write without a sync; nothing depends on it
  // but what that Open() can say before Resume(). Errors as those of Disk; the spool is as it was.
  absl::Status RememberAcknowledged();

  // Numbers of records: the oldest that can be sent, which is one that was acknowledged as long as
  // no receiver said so to this object; the first that is not acknowledged, as far as is known; the
  // first that is not durable here; the next to be appended.
  uint64_t oldest_seq() const { return std::max(first_seq_, acked_seq_); }
  uint64_t first_seq() const { return first_seq_; }
  uint64_t acked_seq() const { return std::max(acked_seq_, remembered_seq_); }
  uint64_t durable_seq() const { return durable_seq_; }
  uint64_t next_seq() const { return end_.next_seq; }
  uint64_t disk_bytes() const { return disk_bytes_; }

 private:
  struct Entry {
    uint64_t lsn = 0;
    RawBatch batch;
  };
  struct HandedOut {
    uint64_t lsn = 0;
    uint64_t end_seq = 0;
  };

  Spool(Disk& disk, const SpoolOptions& options) : disk_(disk), options_(options) {}

  absl::Status ReadAll(JournalEnd& end);
  absl::Status CheckPosition(const StreamPosition& receiver) const;
  absl::Status ReadNext(RawBatch& batch);
  absl::Status Trim();
  absl::Status Measure();

  Disk& disk_;
  const SpoolOptions options_;
  std::shared_ptr<const StreamInfo> stream_;
  std::unique_ptr<Journal> journal_;
  absl::Status broken_;
  StreamPosition end_;  // of what was appended
  uint64_t durable_seq_ = 0;
  uint64_t first_seq_ = 0;
  uint64_t disk_bytes_ = 0;
  uint64_t measured_segments_ = 0;

  std::deque<Entry> uncommitted_;
  std::deque<Entry> recent_;  // the last durable ones without a gap
  size_t recent_bytes_ = 0;
  std::unique_ptr<JournalReader> reader_;  // of what is not in recent_

  uint64_t handed_lsn_ = 0;   // the last that Next() gave
  uint64_t resumed_seq_ = 0;  // what is before is not handed out
  std::deque<HandedOut> unacknowledged_;
  uint64_t acked_seq_ = 0;       // since Open()
  uint64_t remembered_seq_ = 0;  // before that; 0 after Resume(): the receiver knows better
  uint64_t marked_seq_ = 0;      // what is kept for the next Open()
  uint64_t acked_lsn_ = 0;
  uint64_t trimmed_lsn_ = 0;
};

// Bytes of the first `count` of a batch's records. FailedPrecondition when a batch can't be cut:
// its lines are not its records.
absl::StatusOr<size_t> BytesOfRecords(const RawBatch& batch, uint64_t count);
// Removes the first `count` records of a batch, fewer than all.
absl::Status DropRecords(RawBatch& batch, uint64_t count);

}  // namespace ringfence
