// A time that may be missing, in eight bytes.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "ingest/model/event_time.h"

namespace ringfence {

// As std::optional<EventTime>, but for half its size: CDRs are many. The first microsecond of all
// is no time, and can't be held.
class MaybeTime {
 public:
  constexpr MaybeTime() = default;
  constexpr MaybeTime(std::nullopt_t) {}                                // NOLINT: as std::optional
  constexpr MaybeTime(EventTime time) : micros_(ToUnixMicros(time)) {}  // NOLINT: likewise
  constexpr MaybeTime(std::optional<EventTime> time) {                  // NOLINT: likewise
    if (time) *this = *time;
  }

  constexpr bool has_value() const { return micros_ != kNone; }
  constexpr explicit operator bool() const { return has_value(); }
  // Only of a time that is there.
  constexpr EventTime operator*() const { return FromUnixMicros(micros_); }
  constexpr EventTime value_or(EventTime other) const { return has_value() ? **this : other; }
  constexpr void reset() { micros_ = kNone; }

  friend bool operator==(const MaybeTime&, const MaybeTime&) = default;

 private:
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::min();

  int64_t micros_ = kNone;
};

}  // namespace ringfence
