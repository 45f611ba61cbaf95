// Times and durations as text, both ways.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// "Asia/Shanghai", "UTC", "+08:00". NotFound names the zone that the system's tzdata does not have.
absl::StatusOr<absl::TimeZone> LoadTimeZone(std::string_view name);

// Reads RFC 3339 ("2026-11-24T08:00:00.123+08:00", 'Z', a space for 'T'), Unix seconds with
// optional decimals ("1795482900.534882"), and local times without an offset, taken in `zone`
// ("2026-11-24 08:00:00", "2020/2/10 22:41"). Digits past the microsecond are cut off.
// InvalidArgument says what was not understood.
absl::StatusOr<EventTime> ParseTime(std::string_view text, const absl::TimeZone& zone);

// RFC 3339 with milliseconds and the offset of `zone`: "2026-11-24T08:00:00.123+08:00".
std::string FormatTime(EventTime time, const absl::TimeZone& zone);

// A whole number with a unit: "24h", "90m", "30s", "500ms", "7d". InvalidArgument otherwise, and
// for 0.
absl::StatusOr<Duration> ParseDuration(std::string_view text);

// The shortest form that ParseDuration reads back: 86,400 s is "24h", 5,400 s is "90m".
std::string FormatDuration(Duration duration);

}  // namespace ringfence
