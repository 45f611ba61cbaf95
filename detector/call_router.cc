#include "detector/call_router.h"

#include <algorithm>

#include "detector/block_lines.h"
#include "detector/sliding_window.h"

namespace ringfence {

// Multiples of the golden ratio lie evenly, also those of a few blocks one behind the other.
size_t CallRouter::ShardOf(uint64_t number, size_t shards) {
  const uint64_t place = BlockOf(number) * 0x9E3779B97F4A7C15;
  return Share(place >> 32, static_cast<uint32_t>(shards));
}

void CallRouter::Route(absl::Span<const Cdr> calls, size_t first, std::optional<EventTime> newest,
                       const SubjectDirectory* directory, RoutedPart& part) const {
  part.of_shard.resize(shards_);
  for (auto& shard : part.of_shard) shard.clear();
  part.of_members.clear();
  part.late.clear();
  for (size_t i = 0; i < calls.size(); ++i) {
    const Cdr& cdr = calls[i];
    if (!newest || cdr.setup > *newest) newest = cdr.setup;
    if (IsLate(cdr.setup, *newest)) {
      part.late.push_back(first + i);
      continue;
    }
    const uint64_t number = cdr.calling.number().packed();
    const RoutedCall call{&cdr, number, HashNumber(number), cdr.setup, *newest, first + i};
    part.of_shard[ShardOf(number, shards_)].push_back(call);
    if (directory == nullptr) continue;
    const SubjectDirectory::Membership* member = directory->Find(cdr.calling);
    if (member != nullptr) part.of_members.push_back(MemberCall{call, member});
  }
  part.newest = newest;
}

void CallRouter::Join(absl::Span<RoutedPart> parts) const {
  for (size_t i = 1; i < parts.size(); ++i) {
    RoutedPart& part = parts[i];
    const std::optional<EventTime> before = parts[i - 1].newest;
    if (!before) continue;
    const size_t late = part.late.size();
    for (auto& calls : part.of_shard) Correct(*before, calls, &part.late);
    Correct(*before, part.of_members, nullptr);
    if (part.late.size() > late) std::sort(part.late.begin(), part.late.end());
    part.newest = std::max(part.newest, before);
  }
}

// In calls that came in order there is nothing to correct.
template <typename Call>
void CallRouter::Correct(EventTime before, std::vector<Call>& calls,
                         std::vector<size_t>* late) const {
  auto kept = calls.begin();
  auto call = calls.begin();
  for (; call != calls.end() && call->newest < before; ++call) {
    if (!IsLate(call->setup, before)) {
      call->newest = before;
      *kept++ = *call;
    } else if (late != nullptr) {
      late->push_back(call->record);
    }
  }
  calls.erase(kept, call);
}

bool CallRouter::IsLate(EventTime setup, EventTime newest) const {
  return MicrosBetween(setup, newest) > static_cast<uint64_t>(lateness_.count());
}

}  // namespace ringfence
