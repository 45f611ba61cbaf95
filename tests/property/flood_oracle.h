// Who is flooded, by brute force: each call's windows are counted anew. Shares no code with the
// detector.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "detector/model/flood_rule.h"
#include "ingest/model/cdr.h"

namespace ringfence {

struct OracleReceived {
  int64_t time = 0;
  uint64_t caller = 0;
};

// One transition of one called number, in plain numbers.
struct FloodEvent {
  bool opened = false;
  int64_t at = 0;
  int64_t first = 0;
  int64_t window = 0;
  uint32_t calls = 0;
  uint32_t callers = 0;

  friend bool operator==(const FloodEvent&, const FloodEvent&) = default;
};

struct OracleWindow {
  FloodEvent event;
  bool over = false;
};

// The window of the call at `place`.
inline OracleWindow CountOracleWindow(const std::vector<OracleReceived>& calls, size_t place,
                                      const FloodWindow& window, bool service) {
  std::map<uint64_t, uint32_t> callers;
  OracleWindow counted;
  FloodEvent& event = counted.event;
  event.at = calls[place].time;
  event.window = window.length.count();
  for (size_t i = 0; i <= place; ++i) {
    if (calls[i].time <= event.at - event.window) continue;
    if (event.calls == 0) event.first = calls[i].time;
    ++event.calls;
    ++callers[calls[i].caller];
  }
  event.callers = static_cast<uint32_t>(callers.size());
  counted.over = service ? event.calls - event.callers > window.calls
                         : event.calls > window.calls || event.callers > window.callers;
  return counted;
}

// The transitions for calls in the order of judgement.
inline std::vector<FloodEvent> OracleFloods(const std::vector<OracleReceived>& calls,
                                            const FloodRule& rule, bool service) {
  std::vector<FloodEvent> events;
  bool open = false;
  for (size_t place = 0; place < calls.size(); ++place) {
    OracleWindow counted;
    for (const FloodWindow& window : rule.windows) {
      counted = CountOracleWindow(calls, place, window, service);
      if (counted.over) break;
    }
    if (counted.over == open) continue;
    open = counted.over;
    counted.event.opened = open;
    events.push_back(counted.event);
  }
  return events;
}

// What each number received, in order of arrival, without the records that are late.
inline std::map<uint64_t, std::vector<OracleReceived>> OracleReceivedBy(
    const std::vector<Cdr>& calls, int64_t lateness) {
  std::map<uint64_t, std::vector<OracleReceived>> received;
  int64_t newest = INT64_MIN;
  for (const Cdr& cdr : calls) {
    const int64_t setup = ToUnixMicros(cdr.setup);
    newest = std::max(newest, setup);
    if (setup < newest - lateness) continue;
    received[cdr.called.number().packed()].push_back({setup, cdr.calling.number().packed()});
  }
  return received;
}

}  // namespace ringfence
