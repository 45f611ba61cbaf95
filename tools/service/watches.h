// Two things of the machine that the service keeps an eye on: room on the disk, and the clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/model/event_time.h"

namespace ringfence {

struct DiskSpace {
  uint64_t total_bytes = 0;      // without what is reserved for root
  uint64_t available_bytes = 0;  // for the service's user

  // Rounded up, as df shows it; 100 for a disk without any room.
  uint32_t UsedPercent() const;
};

// statvfs of the file system that holds `path`. Unavailable names the path.
absl::StatusOr<DiskSpace> SpaceOf(const std::string& path);

// What the use of the disk asks for. Not thread-safe.
class DiskWatch {
 public:
  enum class State {
    kOk,
    kAlarm,  // make room soon
    kStop,   // nothing more is taken from senders, nothing is dispatched
  };

  // Percent, alarm <= stop.
  DiskWatch(uint32_t alarm_percent, uint32_t stop_percent)
      : alarm_(alarm_percent), stop_(stop_percent) {}

  // True when the state is another than before.
  bool Look(const DiskSpace& space);
  State state() const { return state_; }
  uint32_t used_percent() const { return used_; }

 private:
  uint32_t alarm_;
  uint32_t stop_;
  uint32_t used_ = 0;
  State state_ = State::kOk;
};

// Compares the wall clock with one that is never set. After a step of more than a second (somebody
// set the clock, the machine was suspended) it distrusts the wall clock until it has run evenly for
// a minute: ages and expiries were computed with the other time. Not thread-safe.
class ClockWatch {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  static constexpr Duration kStep = std::chrono::seconds(1);
  static constexpr std::chrono::seconds kStableAfter{60};

  // True when trusted() is another than before. Call it about once a second.
  bool Look(EventTime wall, Steady steady);
  bool trusted() const { return !stepped_at_.has_value(); }
  // Of the latest step; positive: forward.
  Duration step() const { return step_; }

 private:
  struct Reading {
    EventTime wall;
    Steady steady;
  };
  std::optional<Reading> last_;
  std::optional<Steady> stepped_at_;
  Duration step_{};
};

}  // namespace ringfence
