#include "detector/call_router.h"

#include <cstdint>

#include "detector/block_lines.h"
#include "detector/model/lateness.h"
#include "detector/model/rules.h"
#include "ingest/model/fetch.h"

namespace ringfence {
namespace {

// What is read here of a record some places behind this one, or of what is there. Records of a
// large batch come from a far cache, and a few of these loops are all that the processor looks
// ahead.
void FetchAhead(const Cdr& cdr) {
  constexpr size_t kRecords = 24;
  const auto here = reinterpret_cast<uintptr_t>(&cdr.calling);
  Fetch(reinterpret_cast<const void*>(here + kRecords * sizeof(Cdr)));
}

}  // namespace

// Multiples of the golden ratio lie evenly, also those of a few blocks one behind the other.
size_t CallRouter::ShardOf(uint64_t number, size_t shards) {
  const uint64_t place = BlockOf(number) * 0x9E3779B97F4A7C15;
  return Share(place >> 32, static_cast<uint32_t>(shards));
}

void CallRouter::Route(absl::Span<const Cdr> calls, size_t first, std::optional<EventTime> newest,
                       size_t shard, RoutedPart& part) const {
  part.newest = newest;
  if (calls.empty()) return part.calls.Keep(0);
  if (shards_ == 1) {
    Take<true>(calls, first, shard, {lateness_, newest}, part);
  } else {
    Take<false>(calls, first, shard, {lateness_, newest}, part);
  }
}

template <bool kOneShard>
void CallRouter::Take(absl::Span<const Cdr> calls, size_t first, size_t shard, ArrivalTime arrival,
                      RoutedPart& part) const {
  // What is not the shard's is overwritten by the next one: whose a call is can't be foreseen.
  RoutedCall* next = part.calls.Begin(calls.size() + 1);
  // Most calls come in the same second as the one before: what was found of that holds for them.
  EventTime setup = arrival.newest();
  uint32_t seconds = SecondsOf(setup);
  bool in_time = true;
  auto record = static_cast<uint32_t>(first);
  for (const Cdr* cdr = calls.data(); cdr != calls.data() + calls.size(); ++cdr, ++record) {
    FetchAhead(*cdr);
    if (cdr->setup != setup) {
      setup = cdr->setup;
      seconds = SecondsOf(setup);
      in_time = arrival.Take(setup);
    }
    if (!in_time) [[unlikely]] {
      part.late.push_back(record);
      continue;
    }
    const uint64_t number = cdr->calling.number().packed();
    *next = RoutedCall{cdr, number, arrival.newest(), record, seconds};
    next += kOneShard || ShardOf(number, shards_) == shard ? 1 : 0;
  }
  part.calls.KeepBefore(next);
  part.newest = arrival.newest();
}

void CallRouter::AddMembers(absl::Span<const Cdr> calls, size_t begin, size_t first,
                            std::optional<EventTime> newest, const SubjectDirectory& directory,
                            std::vector<MemberCall>& members) const {
  ArrivalTime arrival(lateness_, newest);
  for (size_t i = 0; i < calls.size(); ++i) {
    const Cdr& cdr = calls[i];
    if (!arrival.Take(cdr.setup) || i < begin) continue;
    const SubjectDirectory::Membership* member = directory.Find(cdr.calling);
    if (member == nullptr) continue;
    members.push_back({{&cdr, cdr.calling.number().packed(), arrival.newest(),
                        static_cast<uint32_t>(first + i), SecondsOf(cdr.setup)},
                       member});
  }
}

}  // namespace ringfence
