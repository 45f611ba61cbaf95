// A snapshot of the core as bytes.
//
//   "RFCORE"     6 bytes
//   version      varint, now 1
//   fingerprint  8 bytes: of the options that the state was made with
//   lsn          varint: the last journal entry in it
//   account      read, accepted, duplicates, late; then a count, and rejects by reason
//   quarantine   inode, size
//   streams      a count; each: source, stream, epoch, next record, next offset, CRC
//   files        a count; each: path, records, offset, CRC
//   detector     length, bytes of Detector::Snapshot()
//   duplicates   length, bytes of Deduplicator::Snapshot()
//   checksum     8 bytes, XXH3-64 of all before it, lowest byte first
//
// Numbers are varints; texts have their length in front.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest/file_source.h"
#include "ingest/quarantine.h"
#include "ingest/reconciliation.h"
#include "ingest/transport/receiver.h"

namespace ringfence {

// All but its large parts.
struct CoreState {
  uint64_t fingerprint = 0;
  uint64_t lsn = 0;
  Reconciliation account;
  Quarantine::Mark quarantine;
  std::vector<KeyedPosition> streams;  // sorted by key
  std::vector<FilePosition> files;     // in the order in which they were read
};

// Its bytes are these pieces, one behind the other. Of millions of numbers they are gigabytes: who
// writes them down does not make a copy first.
struct SnapshotPieces {
  std::vector<std::string> pieces;

  size_t bytes() const;
  std::string Join() const;
};
SnapshotPieces WriteCoreState(const CoreState& state, std::string detector,
                              std::string deduplicator);

struct ReadState {
  CoreState state;
  std::string_view detector;  // these live as long as the bytes that were read
  std::string_view deduplicator;
};
// Looks at the checksum, which takes a while of gigabytes. DataLoss: damaged, cut off, or no
// snapshot.
absl::Status CheckCoreState(std::string_view bytes);
// Does not look at it: what is read of damaged bytes is no more than in the form of a state.
// DataLoss: not even that. InvalidArgument: of a version that is not known.
absl::StatusOr<ReadState> ReadCoreState(std::string_view bytes);

}  // namespace ringfence
