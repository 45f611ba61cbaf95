// What became of one call, as features count it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"

namespace ringfence {

struct CallOutcome {
  bool answered = false;
  // Answered, and released less than the given time later: nobody stayed to listen.
  bool brief = false;
  // From answer to release, whole seconds, rounded down; 0 when either is unknown.
  uint32_t talk_seconds = 0;
};

inline CallOutcome OutcomeOf(const Cdr& cdr, Duration short_call) {
  if (!cdr.answer) return {};
  if (!cdr.release || *cdr.release < *cdr.answer) return {.answered = true};
  const uint64_t talk = static_cast<uint64_t>(ToUnixMicros(*cdr.release)) -
                        static_cast<uint64_t>(ToUnixMicros(*cdr.answer));
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  return {true, talk < static_cast<uint64_t>(short_call.count()),
          static_cast<uint32_t>(std::min(talk / 1'000'000, kMost))};
}

}  // namespace ringfence
