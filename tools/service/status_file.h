// What a running service says of itself: status.json in its data folder.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "blocker/probe.h"
#include "detector/detector.h"
#include "ingest/model/event_time.h"
#include "ingest/reconciliation.h"

namespace ringfence {

struct ServiceStatus {
  int64_t pid = 0;
  std::string state;     // "starting", "running", "stopped"
  std::string endpoint;  // where `ringfence send` reaches it; empty: no socket
  std::string redis;     // address that switches ask
  EventTime written_at;
  Reconciliation account;
  DetectorStats detector;
  BlockerProbe blocker;
};

// Written to a temporary file and renamed: a reader sees a whole one. Errors name the file.
absl::Status WriteStatus(const ServiceStatus& status, const std::string& path);
// NotFound when there is none; DataLoss when it can't be understood.
absl::StatusOr<ServiceStatus> ReadStatus(const std::string& path);

}  // namespace ringfence
