// What event time the records took, and how far they came behind the newest before them, to tell
// what --lateness would have taken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/types/span.h"
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"

namespace ringfence {

class LagMeter {
 public:
  void See(absl::Span<const Cdr> records);  // in order of arrival
  Duration farthest() const { return farthest_; }
  // From the first record to the newest.
  Duration span() const { return newest_ ? *newest_ - *first_ : Duration::zero(); }

 private:
  std::optional<EventTime> first_;
  std::optional<EventTime> newest_;
  Duration farthest_ = Duration::zero();
};

// A sentence for a person about `late` records that were not counted.
std::string LateAdvice(uint64_t late, const std::string& lateness, Duration farthest);

}  // namespace ringfence
