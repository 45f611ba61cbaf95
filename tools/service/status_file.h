// What a running service says of itself: status.json in its data folder.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "blocker/probe.h"
#include "detector/detector.h"
#include "ingest/model/event_time.h"
#include "ingest/reconciliation.h"

namespace ringfence {

// What stands on the disk, and whether the machine may act.
struct DurabilityStatus {
  uint64_t lsn = 0;           // the last journal entry that was judged
  uint64_t durable_lsn = 0;   // the last one that was acknowledged
  uint64_t snapshot_lsn = 0;  // the last one in the latest snapshot
  EventTime snapshot_at;      // when that was taken
  uint64_t snapshot_bytes = 0;
  std::chrono::milliseconds snapshot_took{};
  std::chrono::microseconds snapshot_pause{};  // for how long the service stood still
  std::chrono::milliseconds restore_took{};    // at the start: the snapshot
  std::chrono::milliseconds replay_took{};     // then: the journal behind it
  uint64_t replayed_entries = 0;               // of it
  uint64_t replayed_records = 0;               // in them
  uint64_t queue_bytes = 0;                    // durable, and not judged yet
  uint32_t disk_used_percent = 0;
  bool armed = false;
  std::string disarmed_because;  // empty when armed

  friend bool operator==(const DurabilityStatus&, const DurabilityStatus&) = default;
};

struct ServiceStatus {
  int64_t pid = 0;
  std::string state;     // "starting", "running", "stopped"
  std::string endpoint;  // where `ringfence send` reaches it; empty: no socket
  std::string redis;     // address that switches ask
  EventTime written_at;
  Reconciliation account;
  DetectorStats detector;
  BlockerProbe blocker;
  DurabilityStatus durability;
};

// Written to a temporary file and renamed: a reader sees a whole one. Errors name the file.
absl::Status WriteStatus(const ServiceStatus& status, const std::string& path);
// NotFound when there is none; DataLoss when it can't be understood.
absl::StatusOr<ServiceStatus> ReadStatus(const std::string& path);

}  // namespace ringfence
