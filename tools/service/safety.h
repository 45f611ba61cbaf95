// Whether the machine may act: start-up, crashes, disk and clock, looked at once a second.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/model/event_time.h"
#include "tools/config/config.h"
#include "tools/service/arming.h"
#include "tools/service/data_folder.h"
#include "tools/service/start_log.h"
#include "tools/service/watches.h"

namespace ringfence {

// Not thread-safe.
class Safety {
 public:
  // Something that people are told.
  struct Alarm {
    std::string name;
    std::string text;
  };

  // Notes a start: it is disarmed until CaughtUp(). Errors: the log of starts can't be used.
  static absl::StatusOr<Safety> Begin(const Config& config, EventTime now);

  // The core is as it was before the last end.
  void CaughtUp() { arming_.Set(DisarmReason::kStartUp, false); }
  // The service ends as it should.
  absl::Status End() { return starts_.NoteStop(); }

  // Looks at disk, clock and the log of starts. Returns what is new. What can't be looked at stays
  // as it was, and is an alarm once.
  std::vector<Alarm> Look(EventTime wall, std::chrono::steady_clock::time_point steady);

  bool armed() const { return arming_.armed(); }
  std::string WhyNot() const { return arming_.Why(); }
  // No room: nothing may be taken from senders.
  bool disk_full() const { return disk_.state() == DiskWatch::State::kStop; }
  uint32_t disk_used_percent() const { return disk_.used_percent(); }

 private:
  Safety(const Config& config, StartLog starts);

  void LookAtDisk(std::vector<Alarm>& alarms);
  void LookAtClock(EventTime wall, std::chrono::steady_clock::time_point steady,
                   std::vector<Alarm>& alarms);

  DataFolder folder_;
  StartLog starts_;
  DiskWatch disk_;
  ClockWatch clock_;
  Arming arming_;
  bool disk_known_ = true;
};

}  // namespace ringfence
