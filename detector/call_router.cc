#include "detector/call_router.h"

#include <algorithm>
#include <array>
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
                       const SubjectDirectory* directory, RoutedPart& part) const {
  part.of_shard.resize(shards_);
  part.of_members.clear();
  part.late.clear();
  part.newest = newest;
  if (calls.empty()) {
    for (RoutedCalls& none : part.of_shard) none.Keep(0);
    return;
  }
  if (shards_ == 1) {
    Divide<true>(calls, first, directory, {lateness_, newest}, part);
  } else {
    Divide<false>(calls, first, directory, {lateness_, newest}, part);
  }
}

template <bool kOneShard>
void CallRouter::Divide(absl::Span<const Cdr> calls, size_t first,
                        const SubjectDirectory* directory, ArrivalTime arrival,
                        RoutedPart& part) const {
  const size_t shards = kOneShard ? 1 : shards_;
  std::array<RoutedCall*, kOneShard ? 1 : kMaxShards> next;
  for (size_t i = 0; i < shards; ++i) next[i] = part.of_shard[i].Begin(calls.size());
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
    RoutedCall* const call = next[kOneShard ? 0 : ShardOf(number, shards)]++;
    *call = RoutedCall{cdr, number, arrival.newest(), record, seconds};
    if (directory == nullptr) continue;
    const SubjectDirectory::Membership* member = directory->Find(cdr->calling);
    if (member != nullptr) part.of_members.push_back(MemberCall{*call, member});
  }
  for (size_t i = 0; i < shards; ++i) part.of_shard[i].KeepBefore(next[i]);
  part.newest = arrival.newest();
}

void CallRouter::Join(absl::Span<RoutedPart> parts) const {
  for (size_t i = 1; i < parts.size(); ++i) {
    RoutedPart& part = parts[i];
    const std::optional<EventTime> before = parts[i - 1].newest;
    if (!before) continue;
    const size_t late = part.late.size();
    for (RoutedCalls& calls : part.of_shard) {
      calls.Keep(Correct(*before, calls.span(), &part.late));
    }
    part.of_members.resize(Correct(*before, absl::MakeSpan(part.of_members), nullptr));
    if (part.late.size() > late) std::sort(part.late.begin(), part.late.end());
    part.newest = std::max(part.newest, before);
  }
}

// Says how many are left, in their order. In calls that came in order there is nothing to correct.
template <typename Call>
size_t CallRouter::Correct(EventTime before, absl::Span<Call> calls,
                           std::vector<size_t>* late) const {
  auto kept = calls.begin();
  auto call = calls.begin();
  for (; call != calls.end() && call->newest < before; ++call) {
    if (!IsLate(call->cdr->setup, before, lateness_)) {
      call->newest = before;
      *kept++ = *call;
    } else if (late != nullptr) {
      late->push_back(call->record);
    }
  }
  return static_cast<size_t>(std::move(call, calls.end(), kept) - calls.begin());
}

}  // namespace ringfence
