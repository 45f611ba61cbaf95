#include "tools/generate/truth.h"

#include <array>
#include <chrono>

#include "tools/generate/day_shape.h"

namespace ringfence::generate {
namespace {

// Whether a caller could ever be above the threshold: the others need no counting, which keeps the
// memory small when a city has millions of subscribers.
bool CanExceed(const Caller& caller, uint32_t threshold, int64_t window) {
  // A window touches this many of the caller's days, and a night's calls reach into the next day.
  const int64_t days = (window + kDayMillis - 1) / kDayMillis + 2;
  return static_cast<int64_t>(caller.calls_high) * days > threshold;
}

Treatment TreatmentOf(const City& city, const Caller& caller, const Label& label) {
  if (!label.flagged) return label.line_flagged ? Treatment::kReport : Treatment::kNone;
  if (caller.whitelisted) return Treatment::kReport;
  if (caller.line == kNoLine) return Treatment::kBlock;
  return city.lines()[caller.line].line_class == "ordinary" ? Treatment::kSuspend
                                                            : Treatment::kReport;
}

}  // namespace

std::string_view TreatmentName(Treatment treatment) {
  constexpr std::array<std::string_view, 4> kNames{"none", "report", "suspend", "block"};
  return kNames[static_cast<size_t>(treatment)];
}

Truth::Truth(const City& city)
    : city_(city),
      window_(std::chrono::ceil<std::chrono::milliseconds>(city.options().window).count()),
      calls_(city.callers().size()),
      count_of_(city.callers().size(), kNotCounted),
      line_counts_(city.lines().size()),
      lines_flagged_(city.lines().size()) {
  uint32_t counted = 0;
  for (size_t i = 0; i < calls_.size(); ++i) {
    if (CanExceed(city.callers()[i], city.options().threshold, window_)) count_of_[i] = counted++;
  }
  counts_.resize(counted);
  flagged_at_.resize(counted);
}

void Truth::Add(const Call& call) {
  ++calls_[call.caller];
  if (const uint32_t index = count_of_[call.caller]; index != kNotCounted) {
    const bool over = counts_[index].Add(call.setup, window_, city_.options().threshold);
    if (over && !flagged_at_[index].has_value()) flagged_at_[index] = call.setup;
  }
  const uint32_t line = city_.callers()[call.caller].line;
  if (line == kNoLine) return;
  if (line_counts_[line].Add(call.setup, kDayMillis, city_.lines()[line].daily_limit)) {
    lines_flagged_[line] = true;
  }
}

std::vector<Label> Truth::Labels() const {
  std::vector<Label> labels;
  labels.reserve(calls_.size());
  for (size_t i = 0; i < calls_.size(); ++i) {
    const Caller& caller = city_.callers()[i];
    Label& label = labels.emplace_back();
    label.number = caller.number;
    label.role = caller.role;
    label.nuisance = BehaviourOf(caller.role).nuisance;
    label.industry = caller.industry;
    label.line = caller.line;
    label.calls = calls_[i];
    if (count_of_[i] != kNotCounted && flagged_at_[count_of_[i]].has_value()) {
      label.flagged = true;
      label.flagged_at = city_.TimeAt(*flagged_at_[count_of_[i]]);
    }
    label.line_flagged = caller.line != kNoLine && lines_flagged_[caller.line];
    label.treatment = TreatmentOf(city_, caller, label);
  }
  return labels;
}

}  // namespace ringfence::generate
