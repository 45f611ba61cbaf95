// Which records come too late to count.
#pragma once

#include <cstdint>
#include <optional>

#include "ingest/model/event_time.h"

namespace ringfence {

// Whether a setup time lies more than the lateness before the newest one, which is not before it.
inline bool IsLate(EventTime setup, EventTime newest, Duration lateness) {
  return MicrosBetween(setup, newest) > static_cast<uint64_t>(lateness.count());
}

// How far event time has come, along the records in their order of arrival.
class ArrivalTime {
 public:
  // newest: up to the record before the first; none: there was none.
  ArrivalTime(Duration lateness, std::optional<EventTime> newest)
      : lateness_(lateness), newest_(newest.value_or(EventTime::min())) {}

  // The next record. False: it is late, and changes nothing.
  bool Take(EventTime setup) {
    if (setup < newest_) return !IsLate(setup, newest_, lateness_);
    newest_ = setup;
    return true;
  }
  // The newest setup time up to here.
  EventTime newest() const { return newest_; }

 private:
  Duration lateness_;
  EventTime newest_;
};

}  // namespace ringfence
