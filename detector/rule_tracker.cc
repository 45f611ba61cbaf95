#include "detector/rule_tracker.h"

#include <algorithm>
#include <utility>

#include "detector/group_tracker.h"
#include "detector/number_tracker.h"

namespace ringfence {

void RuleTracker::SweepWhenDue(EventTime newest) {
  // A subject is held until its day ends: with short windows, sweeping more often frees nothing.
  constexpr Duration kDay = std::chrono::hours(24);
  const Duration interval = std::max(frame_.Retention(), kDay) / 16;
  if (!swept_) swept_ = newest;
  if (InWindow(*swept_, newest, interval)) return;
  swept_ = newest;
  Sweep(newest);
}

void RuleTracker::Feed(SubjectState& state, const Limits& limits, const Cdr& cdr, EventTime newest,
                       std::vector<Detection>& detections) {
  Subtract(state);
  state.Consume(frame_, limits, newest, cdr, detections);
  Add(state);
}

bool RuleTracker::Expire(SubjectState& state, EventTime newest) {
  Subtract(state);
  const bool idle = state.Expire(frame_, newest);
  Add(state);
  return idle;
}

void RuleTracker::Add(const SubjectState& state) {
  totals_.retained_times += state.retained_times();
  totals_.heap_bytes += state.HeapBytes();
  totals_.open_warnings += state.open(Level::kWarning) ? 1 : 0;
  totals_.open_alerts += state.open(Level::kAlert) ? 1 : 0;
}

void RuleTracker::Subtract(const SubjectState& state) {
  totals_.retained_times -= state.retained_times();
  totals_.heap_bytes -= state.HeapBytes();
  totals_.open_warnings -= state.open(Level::kWarning) ? 1 : 0;
  totals_.open_alerts -= state.open(Level::kAlert) ? 1 : 0;
}

std::unique_ptr<RuleTracker> MakeRuleTracker(RuleFrame frame,
                                             std::shared_ptr<const SubjectDirectory> directory) {
  if (frame.rule.subject == SubjectKind::kNumber) {
    return std::make_unique<NumberTracker>(std::move(frame));
  }
  return std::make_unique<GroupTracker>(std::move(frame), std::move(directory));
}

}  // namespace ringfence
