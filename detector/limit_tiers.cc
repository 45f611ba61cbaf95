#include "detector/limit_tiers.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>

namespace ringfence {
namespace {

// The customer's, else the industry's, else the class's, else the rule's own.
uint32_t ThresholdOf(const FrequencyRule& rule, const SubjectDirectory& directory, uint32_t line) {
  const LedgerThresholds& thresholds = rule.ledger_thresholds;
  const SubjectDirectory::LineTraits& traits = directory.traits(line);
  const auto named = [](const std::map<std::string, uint32_t>& by, const std::string& name) {
    const auto found = by.find(name);
    return found == by.end() ? nullptr : &found->second;
  };
  if (const auto* own = named(thresholds.by_customer, directory.customer_of(line).name))
    return *own;
  if (const auto* own = named(thresholds.by_industry, traits.industry)) return *own;
  if (const auto* own = named(thresholds.by_class, traits.line_class)) return *own;
  return rule.threshold;
}

std::vector<Limits> LimitsWith(const RuleSet& set, absl::Span<const uint32_t> thresholds) {
  std::vector<Limits> limits;
  for (size_t rule = 0; rule < set.rules.size(); ++rule) {
    limits.push_back(LimitsOf(thresholds[rule], set.rules[rule]));
  }
  return limits;
}

}  // namespace

LimitTiers::LimitTiers(const RuleSet& set, std::shared_ptr<const SubjectDirectory> directory)
    : directory_(std::move(directory)) {
  std::vector<uint32_t> thresholds;
  for (const FrequencyRule& rule : set.rules) thresholds.push_back(rule.threshold);
  tiers_.push_back(LimitsWith(set, thresholds));
  const bool alike = std::all_of(set.rules.begin(), set.rules.end(), [](const FrequencyRule& rule) {
    return rule.ledger_thresholds.empty();
  });
  if (alike || directory_ == nullptr) return;
  std::map<std::vector<uint32_t>, uint32_t> known{{thresholds, kOwn}};
  for (uint32_t line = 0; line < directory_->lines().size(); ++line) {
    for (size_t rule = 0; rule < set.rules.size(); ++rule) {
      thresholds[rule] = ThresholdOf(set.rules[rule], *directory_, line);
    }
    const auto [tier, added] = known.try_emplace(thresholds, static_cast<uint32_t>(tiers_.size()));
    if (added) tiers_.push_back(LimitsWith(set, thresholds));
    tier_of_line_.push_back(tier->second);
  }
}

uint32_t LowestLimit(const RuleSet& set) {
  uint32_t lowest = std::numeric_limits<uint32_t>::max();
  for (const FrequencyRule& rule : set.rules) {
    // A warning's limit grows with the threshold.
    lowest = std::min(lowest, LimitsOf(LowestThreshold(rule), rule).Lowest());
  }
  return lowest;
}

}  // namespace ringfence
