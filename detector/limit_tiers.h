// By which limits a number is judged: those of the rules, or those of its line in the ledger.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "detector/model/rule_set.h"
#include "detector/model/subject.h"

namespace ringfence {

// A tier is the limits of all rules for some numbers. Tier 0 is that of the rules' own thresholds,
// and of all numbers that are in no line. Immutable; any thread.
class LimitTiers {
 public:
  static constexpr uint32_t kOwn = 0;

  // directory may be null: then all numbers are in tier 0.
  LimitTiers(const RuleSet& set, std::shared_ptr<const SubjectDirectory> directory);

  // PhoneNumber::packed(). One look-up in a hash table if any rule has thresholds from the ledger.
  uint32_t TierOf(uint64_t number) const {
    if (tiers_.size() == 1) return kOwn;
    const auto* const member = directory_->Find(CallingNumber(PhoneNumber::FromPacked(number)));
    return member == nullptr ? kOwn : tier_of_line_[member->line];
  }
  // Of each rule.
  absl::Span<const Limits> limits(uint32_t tier) const { return tiers_[tier]; }
  // Calls visit(number) for every number that is not in tier 0, in no order.
  void ForEachSpecial(const auto& visit) const {
    if (tiers_.size() == 1) return;
    for (const auto& [number, member] : directory_->members()) {
      if (tier_of_line_[member.line] != kOwn) visit(number.number().packed());
    }
  }

 private:
  std::shared_ptr<const SubjectDirectory> directory_;
  std::vector<std::vector<Limits>> tiers_;  // [0] is there always
  std::vector<uint32_t> tier_of_line_;
};

// The lowest limit of any rule for any line, whatever the ledger says.
uint32_t LowestLimit(const RuleSet& set);

}  // namespace ringfence
