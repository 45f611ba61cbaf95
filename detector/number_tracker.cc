#include "detector/number_tracker.h"

#include <algorithm>
#include <utility>

namespace ringfence {

NumberTracker::NumberTracker(RuleFrame frame) : RuleTracker(std::move(frame)) {
  limits_.alert = rule().threshold;
  limits_.warning = WarningThreshold(rule().threshold, rule().warning_percent);
}

void NumberTracker::Consume(const Cdr& cdr, const SubjectDirectory::Membership* /*member*/,
                            EventTime newest, std::vector<Detection>& detections) {
  SweepWhenDue(newest);
  const size_t before = detections.size();
  Feed(states_[cdr.calling.number().packed()], limits_, cdr, newest, detections);
  for (size_t i = before; i < detections.size(); ++i) {
    detections[i].subject = Subject{SubjectKind::kNumber, cdr.calling, {}};
  }
}

void NumberTracker::Sweep(EventTime newest) {
  for (auto slot = states_.begin(); slot != states_.end();) {
    const auto current = slot++;
    if (Expire(current->second, newest)) states_.erase(current);
  }
  constexpr size_t kWorthShrinking = 1024;
  if (states_.capacity() > kWorthShrinking && states_.capacity() > 4 * states_.size()) {
    states_.rehash(0);
  }
}

void NumberTracker::Write(ByteWriter& writer, EventTime newest) {
  Sweep(newest);
  std::vector<std::pair<uint64_t, const SubjectState*>> sorted;
  sorted.reserve(states_.size());
  for (const auto& [number, state] : states_) sorted.emplace_back(number, &state);
  std::sort(sorted.begin(), sorted.end());
  writer.Varint(sorted.size());
  uint64_t previous = 0;
  for (const auto& [number, state] : sorted) {
    writer.Varint(number - previous);
    previous = number;
    state->Write(writer);
  }
}

bool NumberTracker::Read(ByteReader& reader, EventTime newest, bool recount) {
  const uint64_t count = reader.Count();
  uint64_t number = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t distance = reader.Varint();
    if (!reader.ok() || (i > 0 && distance == 0) || number + distance < number) return false;
    number += distance;
    SubjectState& state = states_[number];
    if (!state.Read(reader, newest)) return false;
    if (recount) state.RecountDays(frame().day_offset);
    Add(state);
  }
  return reader.ok();
}

TrackerCounts NumberTracker::counts() const {
  TrackerCounts counts = totals();
  counts.subjects = states_.size();
  // A slot and its control byte.
  counts.table_bytes = states_.capacity() * (sizeof(std::pair<uint64_t, SubjectState>) + 1);
  return counts;
}

}  // namespace ringfence
