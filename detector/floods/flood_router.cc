#include "detector/floods/flood_router.h"

#include "detector/model/lateness.h"
#include "ingest/model/event_time.h"
#include "ingest/model/number_hash.h"

namespace ringfence {

FloodRouter::FloodRouter(const FloodSet& set, size_t shards)
    : lateness_(set.lateness), shards_(shards) {
  for (const CalledNumber number : set.rule.except) except_.insert(number.number().packed());
}

// By bits that ReceivedLog does not find the number by.
size_t FloodRouter::ShardOf(uint64_t called, size_t shards) {
  return Share(HashNumber(called) >> 32, static_cast<uint32_t>(shards));
}

void FloodRouter::Route(absl::Span<const Cdr> calls, size_t first, std::optional<EventTime> newest,
                        size_t shard, FloodPart& part) const {
  part.calls.clear();
  ArrivalTime arrival(lateness_, newest);
  for (size_t i = 0; i < calls.size(); ++i) {
    const Cdr& cdr = calls[i];
    if (!arrival.Take(cdr.setup)) {
      ++part.late;
      continue;
    }
    const uint64_t called = cdr.called.number().packed();
    if (called == 0 || (shards_ > 1 && ShardOf(called, shards_) != shard)) continue;
    if (!except_.empty() && except_.contains(called)) continue;
    part.calls.push_back({&cdr, called, arrival.newest(), static_cast<uint32_t>(first + i)});
  }
  part.newest = arrival.newest();
}

}  // namespace ringfence
