// What kind of caller a subject is: what people want to see who verify an alert. Nothing is decided
// by it. docs/rules.md has the meaning of each.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ingest/model/event_time.h"

namespace ringfence {

struct CallFeatures {
  // Of a number's calls on one calendar day, as far as they had arrived; each stops at a maximum
  // (DayTally).
  struct Day {
    uint32_t answered = 0;
    uint32_t brief = 0;  // of these: released soon after the answer
    uint32_t talk_seconds = 0;

    friend bool operator==(const Day&, const Day&) = default;
  };
  // The day of `Detection::at`, where that is the day of the number's newest call. None for lines
  // and customers.
  std::optional<Day> day;

  // The rest is of the calls that were counted in the hours of the window, from `since` on: the
  // subject was half way to a limit then. All zero while it is not.
  EventTime since;
  uint32_t calls = 0;
  uint32_t answered = 0;
  uint32_t brief = 0;
  uint64_t talk_seconds = 0;
  uint32_t distinct_called = 0;  // an estimate, see DistinctCount; at most `calls`
  uint32_t sequential = 0;       // called a number close to the one called before
  EventTime first_hour;          // the beginning of calls_by_hour[0]
  std::vector<uint32_t> calls_by_hour;

  friend bool operator==(const CallFeatures&, const CallFeatures&) = default;
};

}  // namespace ringfence
