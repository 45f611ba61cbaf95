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

// How long before `newer` the time `older` was, in microseconds. older <= newer.
inline uint64_t MicrosBetween(EventTime older, EventTime newer) {
  return static_cast<uint64_t>(ToUnixMicros(newer)) - static_cast<uint64_t>(ToUnixMicros(older));
}

// Whether a call at `older` lies in (newer - window, newer]. older <= newer.
inline bool InWindow(EventTime older, EventTime newer, Duration window) {
  return MicrosBetween(older, newer) < static_cast<uint64_t>(window.count());
}

// time + window, or the end of time.
inline EventTime TimeAfter(EventTime time, Duration window) {
  return time > EventTime::max() - window ? EventTime::max() : time + window;
}

}  // namespace ringfence
