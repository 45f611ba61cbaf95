// A record that is not late, on its way to the trackers.
#pragma once

#include <cstdint>

#include "detector/subject.h"
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"

namespace ringfence {

struct RoutedCall {
  const Cdr* cdr = nullptr;
  uint64_t number = 0;  // calling, PhoneNumber::packed()
  uint64_t hash = 0;    // HashNumber() of it
  EventTime setup;
  EventTime newest;   // setup time of the whole input up to this record
  size_t record = 0;  // index in the batch
};

// One of a number that is in the ledger.
struct MemberCall : RoutedCall {
  const SubjectDirectory::Membership* member = nullptr;
};

}  // namespace ringfence
