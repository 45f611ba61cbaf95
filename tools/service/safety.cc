#include "tools/service/safety.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {

Safety::Safety(const Config& config, StartLog starts)
    : folder_{config.data},
      starts_(std::move(starts)),
      disk_(config.disk_alarm_percent, config.disk_stop_percent) {
  arming_.Set(DisarmReason::kStartUp, true);
}

absl::StatusOr<Safety> Safety::Begin(const Config& config, EventTime now) {
  StartLog starts(DataFolder{config.data}.Starts(), config.disarm_after_crashes);
  RF_ASSIGN_OR_RETURN(const bool disarmed, starts.NoteStart(now));
  Safety safety(config, std::move(starts));
  safety.arming_.Set(DisarmReason::kCrashLoop, disarmed);
  return safety;
}

std::vector<Safety::Alarm> Safety::Look(EventTime wall,
                                        std::chrono::steady_clock::time_point steady) {
  std::vector<Alarm> alarms;
  LookAtDisk(alarms);
  LookAtClock(wall, steady, alarms);
  if (const auto disarmed = starts_.Disarmed(); disarmed.ok()) {
    arming_.Set(DisarmReason::kCrashLoop, *disarmed);
  }
  return alarms;
}

void Safety::LookAtDisk(std::vector<Alarm>& alarms) {
  const auto space = SpaceOf(folder_.root);
  if (!space.ok()) {
    if (std::exchange(disk_known_, false)) {
      alarms.push_back({"disk-unknown", std::string(ToStd(space.status().message()))});
    }
    return;
  }
  disk_known_ = true;
  if (!disk_.Look(*space)) return;
  arming_.Set(DisarmReason::kDisk, disk_full());
  const std::string used =
      absl::StrCat("The disk of ", folder_.root, " is ", disk_.used_percent(), " % full");
  switch (disk_.state()) {
    case DiskWatch::State::kOk:
      alarms.push_back({"disk-ok", used + "."});
      break;
    case DiskWatch::State::kAlarm:
      alarms.push_back({"disk-filling", used + ": make room."});
      break;
    case DiskWatch::State::kStop:
      alarms.push_back({"disk-full", used + ": senders wait, nothing is suspended or blocked."});
      break;
  }
}

void Safety::LookAtClock(EventTime wall, std::chrono::steady_clock::time_point steady,
                         std::vector<Alarm>& alarms) {
  if (!clock_.Look(wall, steady)) return;
  arming_.Set(DisarmReason::kClock, !clock_.trusted());
  if (clock_.trusted()) {
    alarms.push_back({"clock-ok", "The clock has run evenly for a minute."});
    return;
  }
  const auto step = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.step());
  alarms.push_back({"clock-stepped", absl::StrCat("The clock was set by ", step.count(),
                                                  " ms; ages and expiries were computed with the "
                                                  "other time.")});
}

}  // namespace ringfence
