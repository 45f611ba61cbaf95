#include "detector/call_router.h"

#include <cstdint>

#include "detector/model/lateness.h"
#include "detector/model/rules.h"
#include "detector/shard_of.h"
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

EventTime CallRouter::Route(absl::Span<const Cdr> batch, size_t begin, size_t end, EventTime newest,
                            absl::Span<RoutedCall*> ends, std::vector<size_t>& late) const {
  const ArrivalTime arrival(lateness_, newest);
  return ends.size() == 1 ? Take<true>(batch, begin, end, arrival, ends, late)
                          : Take<false>(batch, begin, end, arrival, ends, late);
}

template <bool kOneShard>
EventTime CallRouter::Take(absl::Span<const Cdr> batch, size_t begin, size_t end,
                           ArrivalTime arrival, absl::Span<RoutedCall*> ends,
                           std::vector<size_t>& late) const {
  // Most calls come in the same second as the one before: what was found of that holds for them.
  EventTime setup = arrival.newest();
  uint32_t seconds = SecondsOf(setup);
  bool in_time = true;
  RoutedCall* only = ends[0];  // with one shard
  const Cdr* cdr = batch.data() + begin;
  for (size_t record = begin; record < end; ++record, ++cdr) {
    FetchAhead(*cdr);
    if (cdr->setup != setup) {
      setup = cdr->setup;
      seconds = SecondsOf(setup);
      in_time = arrival.Take(setup);
    }
    if (!in_time) [[unlikely]] {
      late.push_back(record);
      continue;
    }
    const uint64_t number = cdr->calling.number().packed();
    RoutedCall*& next = kOneShard ? only : ends.data()[ShardOf(number, ends.size())];
    *next++ = RoutedCall{number, arrival.newest(), static_cast<uint32_t>(record), seconds};
  }
  if (kOneShard) ends[0] = only;
  return arrival.newest();
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
    members.push_back({&cdr, arrival.newest(), static_cast<uint32_t>(first + i), member});
  }
}

}  // namespace ringfence
