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

// Where the number's block lies, of 2^32 places. Multiples of the golden ratio lie evenly, also
// those of a few blocks one behind the other.
uint32_t PlaceOf(uint64_t number) {
  return static_cast<uint32_t>((BlockOf(number) * 0x9E3779B97F4A7C15) >> 32);
}

// The places of a shard, of two or more: those of which ShardOf() says that they are in it.
class PlacesOfShard {
 public:
  PlacesOfShard(size_t shard, uint64_t shards)
      : first_(FirstOf(shard, shards)), count_(FirstOf(shard + 1, shards) - first_) {}
  bool Hold(uint32_t place) const { return place - first_ < count_; }

 private:
  static uint32_t FirstOf(uint64_t shard, uint64_t shards) {
    return static_cast<uint32_t>(((shard << 32) + shards - 1) / shards);  // of all: 0 again
  }
  uint32_t first_;
  uint32_t count_;
};

}  // namespace

size_t CallRouter::ShardOf(uint64_t number, size_t shards) {
  return Share(PlaceOf(number), static_cast<uint32_t>(shards));
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
  const PlacesOfShard places(shard, shards_);
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
    next += kOneShard || places.Hold(PlaceOf(number)) ? 1 : 0;
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
