// A record that is not late, on its way to the trackers.
#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "detector/call_line.h"
#include "detector/model/subject.h"
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// What is needed of nearly all records. Short, as it goes from one processor's cache to another's;
// the record itself stays where it is.
struct RoutedCall {
  uint64_t number = 0;   // calling, PhoneNumber::packed()
  EventTime newest;      // setup time of the whole input up to this record
  uint32_t record = 0;   // index in the batch
  uint32_t seconds = 0;  // SecondsOf() the setup time
};

// Calls of one batch, in order of arrival.
struct RoutedPiece {
  absl::Span<const RoutedCall> calls;
  const Cdr* batch = nullptr;
  EventTime newest;  // setup time of the whole input up to the piece's end

  const Cdr& CdrOf(const RoutedCall& call) const { return batch[call.record]; }
  // Without a look at the record, nearly always.
  EventTime SetupOf(const RoutedCall& call) const {
    return call.seconds != kNoSeconds ? FromSeconds(call.seconds) : CdrOf(call).setup;
  }
};

// A record of a number that is in the ledger.
struct MemberCall {
  const Cdr* cdr = nullptr;
  EventTime newest;     // setup time of the whole input up to this record
  uint32_t record = 0;  // index in the batch
  const SubjectDirectory::Membership* member = nullptr;
};

}  // namespace ringfence
