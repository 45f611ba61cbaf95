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

// What a thread takes of some records.
struct alignas(64) FloodPart {
  std::vector<CalledCall> calls;  // of its shard, in order of arrival
  uint64_t late = 0;              // of all, those that were too late for the rule
  EventTime newest;               // up to the end of the records
};

// Thread-safe.
class FloodRouter {
 public:
  FloodRouter(const FloodSet& set, size_t shards);

  static size_t ShardOf(uint64_t called, size_t shards);

  // As CallRouter has it. Replaces the part's calls, and adds to those that are late.
  void Route(absl::Span<const Cdr> calls, size_t first, std::optional<EventTime> newest,
             size_t shard, FloodPart& part) const;

 private:
  Duration lateness_;
  absl::flat_hash_set<uint64_t> except_;
  size_t shards_;
};

}  // namespace ringfence
