// Whether an alert or a warning of one subject is open, and what was reported of it.
#pragma once

#include <optional>

#include "ingest/model/event_time.h"

namespace ringfence {

// The state of one level of one subject.
//
// Invariants, as long as the limit stays the same:
// 1. open == the subject's newest call exceeds the limit.
// 2. Openings and closings alternate, an opening first.
// 3. Every call held that exceeds the limit belongs to an episode that was reported: it lies before
//    `covered`, or the episode is open.
struct Episode {
  bool open = false;
  // Setup time of the call that closed the last episode, moved forward when older records that came
  // afterwards made that episode longer. None before the first.
  std::optional<EventTime> covered;

  friend bool operator==(const Episode&, const Episode&) = default;
};

}  // namespace ringfence
