// The snapshots of the core's state, as files beside the journal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/journal/disk.h"
#include "tools/service/core_state.h"

namespace ringfence {

struct SnapshotName {
  uint64_t number = 0;  // rises with each snapshot
  uint64_t lsn = 0;     // last journal entry in it

  friend bool operator==(const SnapshotName&, const SnapshotName&) = default;
};

// One that can't be read is left where it is. Not thread-safe; a copy of the process may write.
class SnapshotFiles {
 public:
  static constexpr size_t kKept = 3;

  // The disk must outlive it.
  explicit SnapshotFiles(Disk& disk) : disk_(disk) {}

  // Newest first.
  absl::StatusOr<std::vector<SnapshotName>> List();
  absl::StatusOr<FileBytes> Read(const SnapshotName& name);
  // All of it is there under this name, durable, or nothing is.
  absl::Status Write(const SnapshotName& name, const SnapshotPieces& snapshot);
  // Removes all but the newest kKept. Returns the last entry that all of those hold: the journal is
  // needed from there on. 0 while there are fewer than kKept.
  absl::StatusOr<uint64_t> Retire();

 private:
  Disk& disk_;
};

}  // namespace ringfence
