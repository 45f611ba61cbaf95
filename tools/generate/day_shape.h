// When in the day calls are made.
#pragma once

#include <cstdint>

#include "tools/generate/role.h"

namespace ringfence::generate {

inline constexpr int64_t kHourMillis = 3'600'000;
inline constexpr int64_t kDayMillis = 24 * kHourMillis;

// The time of day, in milliseconds after midnight, by which the share `position` / 2^32 of a day's
// calls has been made. Not for DayShape::kWindow. Never decreases with `position`.
int64_t TimeOfDay(DayShape shape, uint32_t position);

}  // namespace ringfence::generate
