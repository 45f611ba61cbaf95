#include "detector/flood_router.h"

#include <algorithm>

#include "detector/number_hash.h"
#include "detector/sliding_window.h"

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
                        FloodPart& part) const {
  part.of_shard.resize(shards_);
  for (std::vector<CalledCall>& shard : part.of_shard) shard.clear();
  part.late = 0;
  EventTime latest = newest.value_or(EventTime::min());
  for (size_t i = 0; i < calls.size(); ++i) {
    const Cdr& cdr = calls[i];
    latest = std::max(latest, cdr.setup);
    if (MicrosBetween(cdr.setup, latest) > static_cast<uint64_t>(lateness_.count())) {
      ++part.late;
      continue;
    }
    const uint64_t called = cdr.called.number().packed();
    if (called == 0 || (!except_.empty() && except_.contains(called))) continue;
    part.of_shard[shards_ == 1 ? 0 : ShardOf(called, shards_)].push_back(
        {&cdr, called, latest, static_cast<uint32_t>(first + i)});
  }
}

}  // namespace ringfence
