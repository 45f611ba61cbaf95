// The first step of a record: late ones out, the others to the shard that holds their number.
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

// What came of a part of a batch, each list in order of arrival.
struct alignas(64) RoutedPart {
  std::vector<RoutedCalls> of_shard;
  std::vector<MemberCall> of_members;  // those of numbers in the ledger once more
  std::vector<size_t> late;            // by index in the batch
  std::optional<EventTime> newest;     // up to the end of the part
};

// Routes the parts of a batch at a time, one thread each, as if nothing had come between the batch
// before and the part; then Join() sees to what the parts before mean for those after.
class CallRouter {
 public:
  CallRouter(Duration lateness, size_t shards)
      : lateness_(lateness), shards_(static_cast<uint32_t>(shards)) {}

  // A block of numbers is in one shard, so that it can be a dense one.
  static size_t ShardOf(uint64_t number, size_t shards);

  // Any thread, each with a part of its own. `first`: index of calls[0] in the batch. `newest`: up
  // to the batch before. `directory`: null if members are not asked for.
  void Route(absl::Span<const Cdr> calls, size_t first, std::optional<EventTime> newest,
             const SubjectDirectory* directory, RoutedPart& part) const;
  // Brings parts, in their order, to what they would be if routed one after the other.
  void Join(absl::Span<RoutedPart> parts) const;

 private:
  template <bool kOneShard>
  void Divide(absl::Span<const Cdr> calls, size_t first, const SubjectDirectory* directory,
              ArrivalTime arrival, RoutedPart& part) const;
  template <typename Call>
  size_t Correct(EventTime before, absl::Span<Call> calls, std::vector<size_t>* late) const;

  Duration lateness_;
  uint32_t shards_;
};

}  // namespace ringfence
