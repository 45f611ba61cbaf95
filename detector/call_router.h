// The first step of a record: late ones out, the others to the shards of their numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "detector/model/lateness.h"
#include "detector/model/subject.h"
#include "detector/routed_call.h"
#include "detector/routed_pieces.h"
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// Takes each record apart once, for all threads.
//
// Thread-safe.
class CallRouter {
 public:
  explicit CallRouter(Duration lateness) : lateness_(lateness) {}

  // Writes each call of a piece's records that is not late where the next one of its shard goes,
  // and moves that place on; there must be room. Returns the newest setup time of the whole input
  // up to their end. Appends those that are late: their place in the batch, where the first
  // record's is `first`.
  EventTime Route(absl::Span<const Cdr> records, size_t first, RoutedPieces::Ends ends,
                  std::vector<size_t>& late) const;
  // Appends those that are not late and of numbers in the ledger, from calls[begin] on.
  void AddMembers(absl::Span<const Cdr> calls, size_t begin, size_t first,
                  std::optional<EventTime> newest, const SubjectDirectory& directory,
                  std::vector<MemberCall>& members) const;

 private:
  template <bool kOneShard>
  EventTime Take(absl::Span<const Cdr> records, size_t first, RoutedPieces::Ends ends,
                 std::vector<size_t>& late) const;

  Duration lateness_;
};

}  // namespace ringfence
