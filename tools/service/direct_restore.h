// Taking actions back without a running service: what a person restored must come free also when
// nothing but this program and the receivers work.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "blocker/action_journal.h"
#include "tools/config/config.h"

namespace ringfence {

struct DirectRestore {
  std::vector<std::string> confirmed;  // receivers that took everything back
  std::vector<std::string> missing;    // the others, each with what it said last
  bool complete = false;               // the actions are at their end; else a service goes on
};

struct DirectRestoreWorld {
  std::function<EventTime()> now;
  std::function<std::chrono::steady_clock::time_point()> steady_now;
};

// Asks the configured receivers to take the actions, which are kRestoring, back, and waits for
// them, at most `bound`. The caller holds the folder's lock: no service does the same meanwhile.
// The private Redis of a service that does not run is told when it starts. Errors: the record, or
// what the configuration names, can't be used.
absl::StatusOr<DirectRestore> RestoreDirectly(const Config& config, ActionJournal& journal,
                                              std::vector<ActionRecord> actions,
                                              std::chrono::milliseconds bound,
                                              const DirectRestoreWorld& world);

}  // namespace ringfence
