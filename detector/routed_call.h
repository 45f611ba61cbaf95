// A record that is not late, on its way to the trackers.
#pragma once

#include <cstdint>

#include "detector/call_line.h"
#include "detector/model/subject.h"
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// In half a cache line.
struct RoutedCall {
  const Cdr* cdr = nullptr;
  uint64_t number = 0;   // calling, PhoneNumber::packed()
  EventTime newest;      // setup time of the whole input up to this record
  uint32_t record = 0;   // index in the batch
  uint32_t seconds = 0;  // SecondsOf() the setup time

  // Without a look at the record, nearly always: another thread has it in its cache.
  EventTime setup() const { return seconds != kNoSeconds ? FromSeconds(seconds) : cdr->setup; }
};

// One of a number that is in the ledger.
struct MemberCall : RoutedCall {
  const SubjectDirectory::Membership* member = nullptr;
};

}  // namespace ringfence
