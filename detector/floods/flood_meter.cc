#include "detector/floods/flood_meter.h"

#include <limits>

#include "absl/container/flat_hash_set.h"
#include "ingest/model/event_time.h"

namespace ringfence {

void FloodMeter::Begin(absl::Span<const ReceivedCall> calls) {
  calls_ = calls;
  next_ = 0;
  for (End& end : ends_) {
    end.first = 0;
    end.callers.clear();
  }
}

int64_t FloodMeter::Next(bool service) {
  const ReceivedCall& call = calls_[next_];
  int64_t least = std::numeric_limits<int64_t>::max();
  for (size_t i = 0; i < windows_.size(); ++i) {
    End& end = ends_[i];
    ++end.callers[call.caller];
    for (; !InWindow(calls_[end.first].time, call.time, windows_[i].length); ++end.first) {
      const auto gone = end.callers.find(calls_[end.first].caller);
      if (--gone->second == 0) end.callers.erase(gone);
    }
    const FloodCount count{static_cast<uint32_t>(next_ + 1 - end.first),
                           static_cast<uint32_t>(end.callers.size())};
    least = std::min(least, RoomIn(windows_[i], count, service));
  }
  ++next_;
  return least;
}

CallsByCaller CountWindow(absl::Span<const ReceivedCall> calls, Duration length, size_t& first) {
  CallsByCaller counts;
  first = calls.size();
  while (first > 0 && InWindow(calls[first - 1].time, calls.back().time, length)) {
    ++counts[calls[--first].caller];
  }
  return counts;
}

EventTime FloodedUntil(absl::Span<const ReceivedCall> calls,
                       const std::vector<FloodWindow>& windows, bool service) {
  EventTime until = EventTime::min();
  absl::flat_hash_set<uint64_t> callers;
  for (const FloodWindow& window : windows) {
    callers.clear();
    for (size_t i = calls.size(); i > 0; --i) {
      const ReceivedCall& call = calls[i - 1];
      if (!InWindow(call.time, calls.back().time, window.length)) break;
      callers.insert(call.caller);
      const FloodCount count{static_cast<uint32_t>(calls.size() + 1 - i),
                             static_cast<uint32_t>(callers.size())};
      if (RoomIn(window, count, service) >= 0) continue;
      until = std::max(until, TimeAfter(call.time, window.length));
      break;
    }
  }
  return until;
}

}  // namespace ringfence
