// Counts the calls that one number received, window by window.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "detector/model/flood_rule.h"
#include "ingest/model/event_time.h"

namespace ringfence {

struct ReceivedCall {
  EventTime time;       // of its setup
  uint64_t caller = 0;  // PhoneNumber::packed()
};

// What a window holds.
struct FloodCount {
  uint32_t calls = 0;
  uint32_t callers = 0;

  uint32_t repeated() const { return calls - callers; }
};

// How many more calls a window surely takes before it is flooded; negative: it is. A call more
// makes it one less at most, and a call never makes it more: what comes late, too, can open an
// episode but not take one back. `service`: there to be called by many.
inline int64_t RoomIn(const FloodWindow& window, const FloodCount& count, bool service) {
  if (service) return int64_t{window.calls} - count.repeated();
  return std::min(int64_t{window.calls} - count.calls, int64_t{window.callers} - count.callers);
}

// Goes along the calls of a number, from the oldest on. Not thread-safe; one for many numbers.
class FloodMeter {
 public:
  // The windows must outlive it.
  explicit FloodMeter(const std::vector<FloodWindow>& windows)
      : windows_(windows), ends_(windows.size()) {}

  // Before the first of these calls, which are in order of time and stay where they are.
  void Begin(absl::Span<const ReceivedCall> calls);
  // Takes the next call in; returns the least room of all windows that end with it.
  int64_t Next(bool service);

 private:
  struct End {
    size_t first = 0;  // position of the oldest call in the window
    absl::flat_hash_map<uint64_t, uint32_t> callers;
  };

  const std::vector<FloodWindow>& windows_;
  absl::Span<const ReceivedCall> calls_;
  size_t next_ = 0;
  std::vector<End> ends_;  // by window
};

// The calls that a caller has made in one window.
using CallsByCaller = absl::flat_hash_map<uint64_t, uint32_t>;

// Of the window that ends with the last of these calls; `first`: position of the oldest in it.
CallsByCaller CountWindow(absl::Span<const ReceivedCall> calls, Duration length, size_t& first);

// Until when a call that comes in order finds a window flooded, because the last of these calls
// does and enough of them are still in it; EventTime::min() if the last one does not.
EventTime FloodedUntil(absl::Span<const ReceivedCall> calls,
                       const std::vector<FloodWindow>& windows, bool service);

}  // namespace ringfence
