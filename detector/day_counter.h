// Calls per calendar day, for reports.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "ingest/model/event_time.h"

namespace ringfence {

// The calendar day of `time`, in days since 1970-01-01, where days begin at UTC + offset.
inline int32_t DayOf(EventTime time, Duration offset) {
  constexpr int64_t kMicrosPerDay = std::chrono::microseconds(std::chrono::hours(24)).count();
  const int64_t micros = ToUnixMicros(time);
  const int64_t rest = (micros % kMicrosPerDay + kMicrosPerDay) % kMicrosPerDay;
  const int64_t day = micros / kMicrosPerDay - (micros % kMicrosPerDay < 0 ? 1 : 0);
  const int64_t local = rest + offset.count();  // |offset| <= one day: no overflow
  const int64_t carry = local < 0 ? -1 : local / kMicrosPerDay;
  return static_cast<int32_t>(day + carry);
}

// DayOf() for many times with one offset, sooner known where their SecondsOf() is.
class DaysOfSeconds {
 public:
  explicit DaysOfSeconds(Duration offset)
      : offset_(offset), seconds_(std::chrono::floor<std::chrono::seconds>(offset).count()) {}

  // `seconds` is SecondsOf(time). A fraction of the offset makes no difference to whole seconds.
  int32_t Of(uint32_t seconds, EventTime time) const {
    constexpr int64_t kSecondsPerDay = 86'400;
    const int64_t local = seconds + seconds_;
    if (seconds == std::numeric_limits<uint32_t>::max() || local < 0) return DayOf(time, offset_);
    return static_cast<int32_t>(static_cast<uint64_t>(local) / kSecondsPerDay);
  }

 private:
  Duration offset_;
  int64_t seconds_;  // of the offset, rounded down
};

// How long before `time` its calendar day began.
inline Duration SinceMidnight(EventTime time, Duration offset) {
  constexpr int64_t kMicrosPerDay = std::chrono::microseconds(std::chrono::hours(24)).count();
  const int64_t rest = (ToUnixMicros(time) % kMicrosPerDay + kMicrosPerDay) % kMicrosPerDay;
  return Duration((rest + offset.count() + kMicrosPerDay) % kMicrosPerDay);
}

// Counts the calls of a subject's newest day and of the day before.
class DayCounter {
 public:
  void Add(int32_t day, uint32_t calls = 1) {
    if (day > day_) {
      yesterday_ = day == day_ + int64_t{1} ? today_ : 0;
      today_ = calls;
      day_ = day;
    } else if (day == day_) {
      today_ += calls;
    } else if (day == day_ - 1) {
      yesterday_ += calls;
    }
  }

  // None for a day before these two.
  std::optional<uint32_t> Count(int32_t day) const {
    if (day > day_) return 0;
    if (day == day_) return today_;
    if (day == day_ - 1) return yesterday_;
    return std::nullopt;
  }

  int32_t newest_day() const { return day_; }
  uint32_t today() const { return today_; }
  uint32_t yesterday() const { return yesterday_; }

  static DayCounter FromParts(int32_t day, uint32_t today, uint32_t yesterday) {
    DayCounter counter;
    counter.day_ = day;
    counter.today_ = today;
    counter.yesterday_ = yesterday;
    return counter;
  }

 private:
  int32_t day_ = std::numeric_limits<int32_t>::min() + 1;  // before any day
  uint32_t today_ = 0;
  uint32_t yesterday_ = 0;
};

}  // namespace ringfence
