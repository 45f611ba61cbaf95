// The first step of a record: late ones out, and of the others those of a shard's numbers.
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
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"
#include "ingest/model/number_hash.h"

namespace ringfence {

// What a thread takes of some records, in order of arrival.
struct RoutedPart {
  RoutedCalls calls;                // of its shard
  std::vector<size_t> late;         // of all, by index in the batch
  std::optional<EventTime> newest;  // up to the end of the records
};

// Each thread reads all records and takes what is its own: a nanosecond or two for each. To hand
// them from thread to thread is no less, with a few threads, and then they wait for each other.
//
// Thread-safe.
class CallRouter {
 public:
  CallRouter(Duration lateness, size_t shards)
      : lateness_(lateness), shards_(static_cast<uint32_t>(shards)) {}

  // A block of numbers is in one shard, so that it can be a dense one.
  static size_t ShardOf(uint64_t number, size_t shards);

  // `first`: index of calls[0] in the batch. `newest`: up to the record before them. Replaces the
  // part's calls, and adds to those that are late.
  void Route(absl::Span<const Cdr> calls, size_t first, std::optional<EventTime> newest,
             size_t shard, RoutedPart& part) const;
  // Appends those that are not late and of numbers in the ledger, from calls[begin] on.
  void AddMembers(absl::Span<const Cdr> calls, size_t begin, size_t first,
                  std::optional<EventTime> newest, const SubjectDirectory& directory,
                  std::vector<MemberCall>& members) const;

 private:
  template <bool kOneShard>
  void Take(absl::Span<const Cdr> calls, size_t first, size_t shard, ArrivalTime arrival,
            RoutedPart& part) const;

  Duration lateness_;
  uint32_t shards_;
};

}  // namespace ringfence
