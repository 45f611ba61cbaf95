// The CDR's own time. No clock is read here: "now" is always an argument.
#pragma once

#include <chrono>
#include <cstdint>

namespace ringfence {

// Microseconds since the Unix epoch, UTC. It is the time written in a record, never the time at
// which the record was read.
using Duration = std::chrono::microseconds;
using EventTime = std::chrono::sys_time<Duration>;

constexpr EventTime FromUnixMicros(int64_t micros) { return EventTime(Duration(micros)); }
constexpr int64_t ToUnixMicros(EventTime time) { return time.time_since_epoch().count(); }

}  // namespace ringfence
