// The part of NumberTracker that follows the ledger.
#include <utility>

#include "detector/number_tracker.h"

namespace ringfence {

void NumberTracker::SetTiers(std::shared_ptr<const LimitTiers> tiers) {
  const auto from = std::exchange(tiers_, std::move(tiers));
  from->ForEachSpecial([&](uint64_t number) { ChangeTier(number, *from); });
  tiers_->ForEachSpecial([&](uint64_t number) {
    if (from->TierOf(number) == LimitTiers::kOwn) ChangeTier(number, *from);
  });
}

// A line has no limits: its calls are below half of every one.
void NumberTracker::ChangeTier(uint64_t number, const LimitTiers& from) {
  CallLine* const line = table_.Find(number);
  if (line == nullptr || line->kind() != CallLine::Kind::kState) return;
  SubjectState& state = StateOf(*line);
  const absl::Span<const Limits> before = from.limits(state.tier());
  state.SetTier(tiers_->TierOf(number));
  if (LimitsFor(state) == before) return;
  totals_.Subtract(state);
  if (CatchUp(*line, state)) state.Trim(set_, LimitsFor(state));
  line->Open({});
  state.ChangeLimits();
  totals_.Add(state);
}

}  // namespace ringfence
