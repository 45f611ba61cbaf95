// A record that is not late, on its way to the trackers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "detector/call_line.h"
#include "detector/model/subject.h"
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// Records that are routed together: what is known of their calls stays in a near cache, and what
// waits at the end of a piece is seldom.
inline constexpr size_t kPieceSize = 4096;

// What is needed of nearly all records. Short, as it goes from one processor's cache to another's;
// the record itself stays where it is.
struct RoutedCall {
  uint64_t number = 0;   // calling, PhoneNumber::packed()
  uint32_t seconds = 0;  // SecondsOf() the setup time
  uint16_t record = 0;   // place in the piece
  uint16_t newest = 0;   // place of the newest setup time so far in RoutedPiece::newest_times
};
static_assert(sizeof(RoutedCall) == 16 && kPieceSize < UINT16_MAX);

// Calls of one piece, in order of arrival.
struct RoutedPiece {
  absl::Span<const RoutedCall> calls;
  const Cdr* records = nullptr;             // of the piece, whatever their shard
  uint32_t first = 0;                       // place in the batch of the first of them
  const EventTime* newest_times = nullptr;  // of the whole input, one after the other
  EventTime newest;                         // up to the piece's end

  const Cdr& CdrOf(const RoutedCall& call) const { return records[call.record]; }
  uint32_t PlaceOf(const RoutedCall& call) const { return first + call.record; }  // in the batch
  // The newest setup time of the whole input up to this call.
  EventTime NewestOf(const RoutedCall& call) const { return newest_times[call.newest]; }
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
