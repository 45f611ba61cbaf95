#include "detector/group_tracker.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ringfence {

GroupTracker::GroupTracker(RuleSet set, std::shared_ptr<const SubjectDirectory> directory)
    : set_(std::move(set)), directory_(std::move(directory)) {
  Bind();
}

void GroupTracker::Consume(absl::Span<const MemberCall> calls, std::vector<Found>& found) {
  for (const MemberCall& call : calls) Count(call, found);
}

void GroupTracker::Count(const MemberCall& call, std::vector<Found>& found) {
  const bool line = rule().subject == SubjectKind::kLine;
  const uint32_t index = line ? call.member->line : call.member->customer;
  const SubjectDirectory::Group& group =
      line ? directory_->lines()[index] : directory_->customers()[index];
  if (!group.daily_limit) return;
  if (bound_[index] == nullptr) bound_[index] = &states_[group.name];
  SubjectState& state = *bound_[index];
  const Limits limits = LimitsOf(*group.daily_limit, rule());
  const size_t before = found.size();
  totals_.Subtract(state);
  state.Consume(set_, {&limits, 1}, call.newest, *call.cdr, call.record, found);
  totals_.Add(state);
  for (size_t i = before; i < found.size(); ++i) {
    found[i].detection.subject = Subject{rule().subject, {}, group.name};
  }
}

void GroupTracker::SetDirectory(const std::shared_ptr<const SubjectDirectory>& directory) {
  directory_ = directory;
  for (auto& [name, state] : states_) state.ChangeLimits();
  Bind();
}

void GroupTracker::Bind() {
  bound_.clear();
  if (directory_ == nullptr) return;
  const auto& groups =
      rule().subject == SubjectKind::kLine ? directory_->lines() : directory_->customers();
  bound_.reserve(groups.size());
  for (const SubjectDirectory::Group& group : groups) {
    const auto slot = states_.find(group.name);
    bound_.push_back(slot == states_.end() ? nullptr : &slot->second);
  }
}

void GroupTracker::SweepWhenDue(EventTime newest) {
  // A subject is held until its day ends: with short windows, sweeping more often frees nothing.
  constexpr Duration kDay = std::chrono::hours(24);
  const Duration interval = std::max(set_.retention, kDay) / 16;
  if (!swept_) swept_ = newest;
  if (InWindow(*swept_, newest, interval)) return;
  swept_ = newest;
  Sweep(newest);
}

void GroupTracker::Sweep(EventTime newest) {
  const size_t before = states_.size();
  for (auto slot = states_.begin(); slot != states_.end();) {
    totals_.Subtract(slot->second);
    const bool idle = slot->second.Normalise(set_, newest);
    totals_.Add(slot->second);
    slot = idle ? states_.erase(slot) : std::next(slot);
  }
  if (states_.size() != before) Bind();
}

void GroupTracker::Write(ByteWriter& writer, EventTime newest) {
  Sweep(newest);
  writer.Varint(states_.size());
  for (const auto& [name, state] : states_) {
    writer.Text(name);
    state.Write(set_, newest, writer);
    if (set_.features) state.WriteFeatures(writer);
  }
}

bool GroupTracker::Read(ByteReader& reader, EventTime newest, const Written& written) {
  const SubjectState::RuleBefore itself{0, written.with_episodes};
  const uint64_t count = reader.Count();
  for (uint64_t i = 0; i < count; ++i) {
    const std::string name(reader.Text());
    if (!reader.ok() || (!states_.empty() && name <= states_.rbegin()->first)) return false;
    SubjectState& state = states_[name];
    if (!state.Read(reader, newest, 1, {&itself, 1})) return false;
    if (written.features && !state.ReadFeatures(set_, newest, written.recount, reader)) {
      return false;
    }
    if (written.recount) state.RecountDays(set_.day_offset);
    totals_.Add(state);
  }
  Bind();
  return reader.ok();
}

TrackerCounts GroupTracker::counts() const {
  constexpr size_t kNode = 64;  // what a tree node and malloc add, and a name that fits in place
  return TrackerCounts{totals_, states_.size(),
                       states_.size() * (sizeof(*states_.begin()) + kNode) +
                           bound_.capacity() * sizeof(SubjectState*)};
}

}  // namespace ringfence
