// From what lies on the disk to the core as it was: a snapshot, and the journal behind it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "detector/model/detection.h"
#include "detector/model/subject.h"
#include "ingest/journal/disk.h"
#include "ingest/journal/journal_reader.h"
#include "ingest/reject_sink.h"
#include "tools/service/poison_guard.h"
#include "tools/service/service_core.h"
#include "tools/service/snapshot_files.h"

namespace ringfence {

struct RestoredCore {
  std::unique_ptr<ServiceCore> core;
  SnapshotName snapshot;             // number 0: there was none, the core is new
  uint64_t last_number = 0;          // of all snapshots, readable or not
  std::vector<absl::Status> damage;  // of newer snapshots, which were passed over
};

// The core of the newest snapshot that can be read; of an older one the journal reaches further.
// DataLoss when there are snapshots and none can be read: a person has to decide. keeper and guard
// as for ServiceCore.
absl::StatusOr<RestoredCore> RestoreCore(SnapshotFiles& files, const CoreOptions& options,
                                         std::shared_ptr<const SubjectDirectory> directory,
                                         RejectKeeper& keeper, PoisonGuard* guard);

struct ReplayOptions {
  // What was found, after some entries that found anything and at the end.
  std::function<absl::Status(const std::vector<Detection>&)> handle;
  std::function<bool()> stop;  // true: Cancelled
};

struct Replayed {
  JournalEnd end;
  uint64_t entries = 0;
};

// Feeds the core what the journal holds behind its last entry. Errors of JournalReader, of the core
// and of `handle`; after one of the latter two, and when stopped, the core must not be used: it has
// seen a part of what follows.
absl::StatusOr<Replayed> Replay(Disk& disk, ServiceCore& core, const ReplayOptions& options);

}  // namespace ringfence
