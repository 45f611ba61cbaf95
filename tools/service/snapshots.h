// Writes the core's state down now and then, while the service goes on.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/model/event_time.h"
#include "ingest/quarantine.h"
#include "tools/service/forked_work.h"
#include "tools/service/memory_copy.h"
#include "tools/service/service_core.h"
#include "tools/service/snapshot_files.h"

namespace ringfence {

struct SnapshotReport {
  SnapshotName name;  // the latest that is on the disk
  EventTime taken_at;
  uint64_t bytes = 0;
  std::chrono::milliseconds took{};
  std::chrono::microseconds pause{};  // for how long the core stood still
  uint64_t trim_to = 0;               // the journal is needed behind this entry only
};

// A copy of the process (fork) writes while this one goes on. Its state is copied beforehand, so
// that this process never waits for a page that both have; where there is no memory for that, pages
// are copied as they change. Not thread-safe.
class Snapshots {
 public:
  struct World {
    std::function<std::chrono::steady_clock::time_point()> steady_now;
    std::function<std::optional<uint64_t>()> free_memory;  // in bytes; none: nobody knows
  };

  // last_number: that of the newest snapshot on the disk. The others must outlive it.
  Snapshots(SnapshotFiles& files, const ServiceCore& core, Quarantine& quarantine,
            uint64_t last_number, World world)
      : files_(files),
        core_(core),
        quarantine_(quarantine),
        number_(last_number),
        world_(std::move(world)) {}

  // Takes some of the memory that Begin() will copy the state to, a few milliseconds' worth; true:
  // there is no more to be done. Begin() copies as much as was taken, nothing without this.
  bool Prepare();
  // Begins one as of now. Unavailable when there can't be a child, or when rejects can't be
  // written; nothing was begun then. Not while running().
  absl::Status Begin(EventTime now);
  bool running() const { return child_ != nullptr; }
  // Notes the end of the one that runs; false while it runs, or when none does. An error: it could
  // not be written; the one before it stands.
  absl::StatusOr<bool> Poll();

  // Writes one here and now.
  absl::Status WriteNow(EventTime now);

  const SnapshotReport& report() const { return report_; }
  // Why the latest one was begun without a copy of the state; empty: there was one.
  const std::string& no_copy() const { return no_copy_; }

 private:
  void TakeRoom();
  absl::StatusOr<Quarantine::Mark> MarkRejects();
  void StartNext(EventTime now);
  absl::Status Finish(const absl::StatusOr<uint64_t>& bytes);

  SnapshotFiles& files_;
  const ServiceCore& core_;
  Quarantine& quarantine_;
  uint64_t number_;
  World world_;
  SnapshotReport report_;
  SnapshotReport next_;  // of the one that runs
  std::chrono::steady_clock::time_point begun_;
  bool room_asked_for_ = false;
  std::unique_ptr<MemoryCopy> copy_;  // until Begin(); null: none, or not asked for yet
  std::string no_copy_;
  std::unique_ptr<ForkedWork> child_;
};

}  // namespace ringfence
