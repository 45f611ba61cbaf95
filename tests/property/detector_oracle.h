// What the detector must find, by brute force: sort, then count with a deque. Shares no code with
// it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ingest/model/cdr.h"

namespace ringfence {

// One transition of one level of one subject, in plain numbers.
struct OracleEvent {
  bool opened = false;
  int64_t at = 0;
  int64_t first = 0;
  uint32_t count = 0;

  friend bool operator==(const OracleEvent&, const OracleEvent&) = default;
};

// The transitions for calls in the order of judgement.
inline std::vector<OracleEvent> OracleEpisodes(const std::vector<int64_t>& times, int64_t window,
                                               uint32_t limit) {
  std::vector<OracleEvent> events;
  std::deque<int64_t> inside;
  bool open = false;
  for (const int64_t time : times) {
    inside.push_back(time);
    while (inside.front() <= time - window) inside.pop_front();
    const bool over = inside.size() > limit;
    if (over != open) {
      events.push_back({over, time, inside.front(), static_cast<uint32_t>(inside.size())});
      open = over;
    }
  }
  return events;
}

// Setup times by subject, in order of arrival, of the records that are not late.
template <typename SubjectOf>
std::map<std::string, std::vector<int64_t>> OracleTimes(const std::vector<Cdr>& calls,
                                                        int64_t lateness, SubjectOf subject_of) {
  std::map<std::string, std::vector<int64_t>> times;
  int64_t newest = INT64_MIN;
  for (const Cdr& cdr : calls) {
    const int64_t setup = ToUnixMicros(cdr.setup);
    newest = std::max(newest, setup);
    if (setup < newest - lateness) continue;
    const std::string subject = subject_of(cdr);
    if (!subject.empty()) times[subject].push_back(setup);
  }
  return times;
}

}  // namespace ringfence
