#include "tools/service/watches.h"

#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace ringfence {

uint32_t DiskSpace::UsedPercent() const {
  if (total_bytes == 0 || available_bytes >= total_bytes) return total_bytes == 0 ? 100 : 0;
  const double used = static_cast<double>(total_bytes - available_bytes);
  const double percent = used * 100.0 / static_cast<double>(total_bytes);
  const auto whole = static_cast<uint32_t>(percent);
  return static_cast<double>(whole) < percent ? whole + 1 : whole;
}

absl::StatusOr<DiskSpace> SpaceOf(const std::string& path) {
  struct statvfs space {};
  if (statvfs(path.c_str(), &space) != 0) {
    return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
  }
  const uint64_t used = space.f_blocks - space.f_bfree;
  return DiskSpace{.total_bytes = (used + space.f_bavail) * space.f_frsize,
                   .available_bytes = space.f_bavail * space.f_frsize};
}

bool DiskWatch::Look(const DiskSpace& space) {
  used_ = space.UsedPercent();
  const State before = state_;
  state_ = used_ >= stop_ ? State::kStop : used_ >= alarm_ ? State::kAlarm : State::kOk;
  return state_ != before;
}

bool ClockWatch::Look(EventTime wall, Steady steady) {
  const bool before = trusted();
  if (last_.has_value()) {
    const Duration by_wall = wall - last_->wall;
    const auto by_steady = std::chrono::duration_cast<Duration>(steady - last_->steady);
    const Duration difference = by_wall - by_steady;
    if (difference > kStep || difference < -kStep) {
      step_ = difference;
      stepped_at_ = steady;
    } else if (stepped_at_.has_value() && steady - *stepped_at_ >= kStableAfter) {
      stepped_at_.reset();
    }
  }
  last_ = Reading{wall, steady};
  return trusted() != before;
}

}  // namespace ringfence
