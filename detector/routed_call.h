// A record that is not late, on its way to the trackers.
#pragma once

#include <cstdint>

#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"

namespace ringfence {

struct RoutedCall {
  const Cdr* cdr = nullptr;
  uint64_t hash = 0;    // HashNumber() of the calling number
  EventTime newest;     // setup time of the whole input up to this record
  uint32_t record = 0;  // index in the batch
  uint64_t number() const { return cdr->calling.number().packed(); }
};

}  // namespace ringfence
