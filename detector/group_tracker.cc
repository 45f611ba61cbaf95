#include "detector/group_tracker.h"

#include <utility>

namespace ringfence {

GroupTracker::GroupTracker(RuleFrame frame, std::shared_ptr<const SubjectDirectory> directory)
    : RuleTracker(std::move(frame)), directory_(std::move(directory)) {
  Bind();
}

void GroupTracker::Consume(const Cdr& cdr, const SubjectDirectory::Membership* member,
                           EventTime newest, std::vector<Detection>& detections) {
  SweepWhenDue(newest);
  if (member == nullptr) return;
  const bool line = rule().subject == SubjectKind::kLine;
  const uint32_t index = line ? member->line : member->customer;
  const SubjectDirectory::Group& group =
      line ? directory_->lines()[index] : directory_->customers()[index];
  if (!group.daily_limit) return;
  if (bound_[index] == nullptr) bound_[index] = &states_[group.name];
  const Limits limits{WarningThreshold(*group.daily_limit, rule().warning_percent),
                      *group.daily_limit};
  const size_t before = detections.size();
  Feed(*bound_[index], limits, cdr, newest, detections);
  for (size_t i = before; i < detections.size(); ++i) {
    detections[i].subject = Subject{rule().subject, {}, group.name};
  }
}

void GroupTracker::SetDirectory(const std::shared_ptr<const SubjectDirectory>& directory) {
  directory_ = directory;
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

void GroupTracker::Sweep(EventTime newest) {
  const size_t before = states_.size();
  for (auto slot = states_.begin(); slot != states_.end();) {
    slot = Expire(slot->second, newest) ? states_.erase(slot) : std::next(slot);
  }
  if (states_.size() != before) Bind();
}

void GroupTracker::Write(ByteWriter& writer, EventTime newest) {
  Sweep(newest);
  writer.Varint(states_.size());
  for (const auto& [name, state] : states_) {
    writer.Text(name);
    state.Write(writer);
  }
}

bool GroupTracker::Read(ByteReader& reader, EventTime newest, bool recount) {
  const uint64_t count = reader.Count();
  for (uint64_t i = 0; i < count; ++i) {
    const std::string name(reader.Text());
    if (!reader.ok() || (!states_.empty() && name <= states_.rbegin()->first)) return false;
    SubjectState& state = states_[name];
    if (!state.Read(reader, newest)) return false;
    if (recount) state.RecountDays(frame().day_offset);
    Add(state);
  }
  Bind();
  return reader.ok();
}

TrackerCounts GroupTracker::counts() const {
  constexpr size_t kNode = 64;  // what a tree node and malloc add, and a name that fits in place
  TrackerCounts counts = totals();
  counts.subjects = states_.size();
  counts.table_bytes = states_.size() * (sizeof(*states_.begin()) + kNode) +
                       bound_.capacity() * sizeof(SubjectState*);
  return counts;
}

}  // namespace ringfence
