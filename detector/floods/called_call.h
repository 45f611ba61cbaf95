// A record that is not too late for the rule for called numbers, on its way to its tracker.
#pragma once

#include <cstdint>

#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"

namespace ringfence {

struct CalledCall {
  const Cdr* cdr = nullptr;
  uint64_t called = 0;  // PhoneNumber::packed()
  EventTime newest;     // setup time of the whole input up to this record
  uint32_t record = 0;  // index in the batch
};

}  // namespace ringfence
