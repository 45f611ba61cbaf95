// The journal behind the socket: raw batches become durable here before they are acknowledged.
//
//   RF_ASSIGN_OR_RETURN(auto journal, Journal::Open(disk, options, reader->end()));
//   uint64_t lsn = journal->Append(batch, now);  // as many as came together
//   RF_RETURN_IF_ERROR(journal->Commit());       // one write, one fdatasync
//   ... acknowledge them
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/journal/disk.h"
#include "ingest/journal/frame.h"
#include "ingest/journal/journal_reader.h"

namespace ringfence {

struct JournalOptions {
  // A file's length. Room is reserved when it is made.
  uint64_t segment_bytes = 64 * 1024 * 1024;
  // Goes into every checksum. Random where records come from others: who knows it can make records
  // that look like entries of the journal when a write is torn.
  uint64_t salt = 0;
};

// Not thread-safe.
class Journal {
 public:
  // Writes on behind `end`, which a JournalReader has found: what is torn is cut off, and a new
  // segment is begun. `disk` must outlive the journal.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(Disk& disk, JournalOptions options,
                                                       const JournalEnd& end);

  // Takes the batch into memory and returns its number. Numbers follow each other without a gap.
  uint64_t Append(const RawBatch& batch, EventTime received_at);

  // Makes durable all that was appended. ResourceExhausted when there is no room for a new segment:
  // the call can be repeated. Internal is for good: nobody knows what is on the disk, so the
  // process has to end and read the journal again.
  absl::Status Commit();

  // Removes segments in which no entry after `lsn` lies, the oldest first, at most so many; never
  // the one that is written.
  absl::Status TrimTo(uint64_t lsn, size_t most = std::numeric_limits<size_t>::max());
  // Whether it would remove any.
  bool CanTrimTo(uint64_t lsn) const { return segments_.size() > 1 && segments_[1] <= lsn + 1; }

  uint64_t appended_lsn() const { return appended_lsn_; }
  uint64_t durable_lsn() const { return durable_lsn_; }
  size_t pending_bytes() const { return pending_.size(); }
  uint64_t segments() const { return segments_.size(); }

 private:
  Journal(Disk& disk, JournalOptions options, const JournalEnd& end)
      : disk_(disk),
        options_(options),
        appended_lsn_(end.lsn),
        durable_lsn_(end.lsn),
        crc_(end.crc),
        durable_crc_(end.crc) {}

  absl::Status CloseSegment();
  absl::Status BeginSegment(uint64_t least_bytes);
  absl::Status WritePending();
  absl::Status BreakUnlessOk(const absl::Status& status);

  Disk& disk_;
  const JournalOptions options_;
  std::vector<uint64_t> segments_;  // first entries; the last is the one that is written
  std::unique_ptr<DiskFile> file_;  // null: it has to be begun
  uint64_t size_ = 0;               // of the file, with the room reserved
  uint64_t at_ = 0;                 // where the next frame goes
  std::string pending_;             // frames that are not written
  uint64_t appended_lsn_;
  uint64_t durable_lsn_;
  uint32_t crc_;          // of the frame of appended_lsn_
  uint32_t durable_crc_;  // of that of durable_lsn_
  absl::Status broken_;
};

}  // namespace ringfence
