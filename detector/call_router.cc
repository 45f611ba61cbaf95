#include "detector/call_router.h"

#include <cstdint>

#include "detector/model/lateness.h"
#include "detector/model/rules.h"
#include "detector/number_blocks.h"
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

EventTime CallRouter::Route(absl::Span<const Cdr> records, size_t first, RoutedPieces::Ends ends,
                            std::vector<size_t>& late) const {
  return ends.calls.size() == 1 ? Take<true>(records, first, ends, late)
                                : Take<false>(records, first, ends, late);
}

template <bool kOneShard>
EventTime CallRouter::Take(absl::Span<const Cdr> records, size_t first, RoutedPieces::Ends ends,
                           std::vector<size_t>& late) const {
  ArrivalTime arrival(lateness_, *ends.newest);
  // Most calls come in the same second as the one before: what was found of that holds for them.
  EventTime setup = arrival.newest();
  uint32_t seconds = SecondsOf(setup);
  bool in_time = true;
  uint16_t newest = 0;
  RoutedCall* only = ends.calls[0];  // with one shard
  const Cdr* cdr = records.data();
  for (size_t record = 0; record < records.size(); ++record, ++cdr) {
    FetchAhead(*cdr);
    if (cdr->setup != setup) {
      setup = cdr->setup;
      seconds = SecondsOf(setup);
      in_time = arrival.Take(setup);
      if (arrival.newest() != ends.newest[newest]) ends.newest[++newest] = arrival.newest();
    }
    if (!in_time) [[unlikely]] {
      late.push_back(first + record);
      continue;
    }
    const uint64_t number = cdr->calling.number().packed();
    RoutedCall*& next = kOneShard ? only : ends.calls.data()[ShardOf(number, ends.calls.size())];
    *next++ = RoutedCall{number, seconds, static_cast<uint16_t>(record), newest};
  }
  if (kOneShard) ends.calls[0] = only;
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
