// The first step of a record to the rule for called numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/types/span.h"
#include "detector/floods/called_call.h"
#include "detector/floods/flood_state.h"
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// What came of a part of a batch, in order of arrival.
struct alignas(64) FloodPart {
  std::vector<std::vector<CalledCall>> of_shard;
  uint64_t late = 0;  // records that were too late for the rule
};

// Thread-safe.
class FloodRouter {
 public:
  FloodRouter(const FloodSet& set, size_t shards);

  static size_t ShardOf(uint64_t called, size_t shards);

  // `first`: index of calls[0] in the batch. `newest`: up to the record before them.
  void Route(absl::Span<const Cdr> calls, size_t first, std::optional<EventTime> newest,
             FloodPart& part) const;

 private:
  Duration lateness_;
  absl::flat_hash_set<uint64_t> except_;
  size_t shards_;
};

}  // namespace ringfence
