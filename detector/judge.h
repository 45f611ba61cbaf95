// When an alert or a warning of one subject opens and closes.
#pragma once

#include <cstddef>
#include <optional>

#include "detector/model/episode.h"
#include "detector/sliding_window.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// What one call changed: positions in the window, none when nothing opened or closed.
struct Judgement {
  std::optional<size_t> opened;
  std::optional<size_t> closed;  // after `opened` if both are set
};

// Judges what the call just inserted at `inserted` changes, and updates the episode.
//
// The subject's newest call opens or closes by its own count. A call older than the newest can push
// calls in [its time, + window) over the limit: if one of them belongs to no episode yet, one opens
// at the earliest; it closes at once, at the first later call within the limit, unless the newest
// call exceeds the limit too. Calls that only make a reported episode longer open nothing, unless
// the newest call is among them: then the episode, whose close was reported too early, opens again.
Judgement Judge(const SlidingWindow& calls, size_t inserted, size_t limit, Duration window,
                Episode& episode);

}  // namespace ringfence
