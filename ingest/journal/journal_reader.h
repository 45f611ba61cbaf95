// Reads a journal from an entry on to its end, and finds out where that is.
//
//   RF_ASSIGN_OR_RETURN(auto reader, JournalReader::Open(disk, snapshot_lsn));
//   JournalEntry entry;
//   for (;;) {
//     RF_ASSIGN_OR_RETURN(bool more, reader->Next(entry));
//     if (!more) break;
//     core.Consume(entry);
//   }
//   RF_ASSIGN_OR_RETURN(auto journal, Journal::Open(disk, options, reader->end()));
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/journal/disk.h"
#include "ingest/journal/frame.h"

namespace ringfence {

// Where a journal ends: what is needed to write on.
struct JournalEnd {
  uint64_t lsn = 0;         // of the last entry; 0: there is none
  uint32_t crc = 0;         // of its frame
  uint64_t segment = 0;     // first entry of the last segment; 0: there is no segment
  uint64_t bytes = 0;       // of that segment, up to the end of the last frame
  uint64_t torn_bytes = 0;  // behind it: an entry that was being written, never acknowledged
};

// A whole segment is in memory at a time. Not thread-safe.
class JournalReader {
 public:
  // Entries after `after`, which a snapshot holds. DataLoss: entries between that and the first in
  // the journal are missing. `disk` must outlive the reader.
  static absl::StatusOr<std::unique_ptr<JournalReader>> Open(Disk& disk, uint64_t after);
  // All entries that were not trimmed, for a reader that has no snapshot.
  static absl::StatusOr<std::unique_ptr<JournalReader>> OpenAll(Disk& disk);

  // Replaces the content of `entry` by the next one; false at the end.
  //
  // A frame that is damaged ends the journal only where it can have been half written when the
  // machine stopped: in the last segment, with nothing behind it that was written after it had been
  // durable. Anywhere else it is DataLoss, and the message names file and place: acknowledged
  // entries are gone, a person has to decide.
  absl::StatusOr<bool> Next(JournalEntry& entry);

  // After Next() returned false.
  const JournalEnd& end() const { return end_; }

 private:
  JournalReader(Disk& disk, std::vector<uint64_t> segments, uint64_t after)
      : disk_(disk), segments_(std::move(segments)), after_(after) {}

  absl::Status LoadSegment();
  absl::Status FinishSegment();
  absl::Status Damage(std::string_view what) const;

  Disk& disk_;
  std::vector<uint64_t> segments_;
  uint64_t after_;
  size_t next_segment_ = 0;
  std::string bytes_;  // of the segment at hand
  size_t at_ = 0;
  uint64_t salt_ = 0;  // its
  JournalEnd end_;     // of what was read so far
  BodyReader bodies_;
};

}  // namespace ringfence
