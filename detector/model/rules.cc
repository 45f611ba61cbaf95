#include "detector/model/rules.h"

#include <algorithm>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

absl::Status Refuse(const FrequencyRule& rule, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("rule \"", rule.id.value(), "\": ", what));
}

absl::Status CheckThreshold(const FrequencyRule& rule, uint32_t threshold) {
  if (threshold >= 1 && threshold <= kMaxThreshold) return absl::OkStatus();
  return Refuse(
      rule, absl::StrCat("the threshold is ", threshold, "; 1 to ", kMaxThreshold, " is allowed"));
}

absl::Status CheckLedgerThresholds(const FrequencyRule& rule) {
  const LedgerThresholds& thresholds = rule.ledger_thresholds;
  if (!thresholds.empty() && rule.subject != SubjectKind::kNumber) {
    return Refuse(rule, "only a rule for numbers has thresholds by class, industry or customer");
  }
  absl::Status status;
  thresholds.ForEach([&](const std::string& name, uint32_t threshold) {
    status.Update(CheckThreshold(rule, threshold));
    if (name.empty()) status.Update(Refuse(rule, "a threshold is for an empty name"));
  });
  return status;
}

absl::Status CheckRule(const FrequencyRule& rule) {
  if (rule.id.empty()) return absl::InvalidArgumentError("a rule has an empty id");
  if (rule.subject == SubjectKind::kCalled) {
    return Refuse(rule, "called numbers are counted by DetectorOptions::flood");
  }
  if (rule.window <= Duration::zero() || rule.window > kMaxWindow) {
    return Refuse(
        rule, absl::StrCat("the window is ", rule.window.count(), " us; more than 0 and at most ",
                           kMaxWindow.count(), " us (366 days) is allowed"));
  }
  RF_RETURN_IF_ERROR(CheckThreshold(rule, rule.threshold));
  RF_RETURN_IF_ERROR(CheckLedgerThresholds(rule));
  if (rule.warning_percent < 1 || rule.warning_percent > 100) {
    return Refuse(rule, absl::StrCat("the warning percentage is ", rule.warning_percent,
                                     "; 1 to 100 is allowed, 100 means no warnings"));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<FrequencyRule> DefaultRules() {
  FrequencyRule line;
  line.id = RuleId(kLineTotal);
  line.subject = SubjectKind::kLine;
  FrequencyRule customer;
  customer.id = RuleId(kCustomerTotal);
  customer.subject = SubjectKind::kCustomer;
  return {FrequencyRule{}, line, customer};
}

uint32_t LowestThreshold(const FrequencyRule& rule) {
  uint32_t lowest = rule.threshold;
  rule.ledger_thresholds.ForEach(
      [&](const std::string&, uint32_t threshold) { lowest = std::min(lowest, threshold); });
  return lowest;
}

uint32_t HighestThreshold(const FrequencyRule& rule) {
  uint32_t highest = rule.threshold;
  rule.ledger_thresholds.ForEach(
      [&](const std::string&, uint32_t threshold) { highest = std::max(highest, threshold); });
  return highest;
}

std::optional<uint32_t> WarningThreshold(uint32_t threshold, uint32_t percent) {
  const uint64_t exact = uint64_t{threshold} * percent / 100;
  const auto limit = static_cast<uint32_t>(std::max<uint64_t>(exact, 1));
  if (percent >= 100 || limit >= threshold) return std::nullopt;
  return limit;
}

absl::Status CheckOptions(const DetectorOptions& options) {
  if (options.rules.empty() && !options.flood) {
    return absl::InvalidArgumentError("there are no rules");
  }
  absl::flat_hash_set<RuleId> ids;
  for (const FrequencyRule& rule : options.rules) {
    RF_RETURN_IF_ERROR(CheckRule(rule));
    if (!ids.insert(rule.id).second) return Refuse(rule, "the id is used by two rules");
  }
  if (options.flood) {
    RF_RETURN_IF_ERROR(CheckFloodRule(*options.flood));
    if (ids.contains(options.flood->id)) {
      return absl::InvalidArgumentError(
          absl::StrCat("the id \"", options.flood->id.value(), "\" is used by two rules"));
    }
  }
  if (options.lateness < Duration::zero() || options.lateness > kMaxWindow) {
    return absl::InvalidArgumentError(absl::StrCat("the lateness is ", options.lateness.count(),
                                                   " us; 0 to ", kMaxWindow.count(),
                                                   " us (366 days) is allowed"));
  }
  if (std::chrono::abs(options.day_offset) > std::chrono::hours(24)) {
    return absl::InvalidArgumentError(absl::StrCat("the day offset is ", options.day_offset.count(),
                                                   " us; -24 h to 24 h is allowed"));
  }
  if (options.short_call <= Duration::zero() || options.short_call > kMaxShortCall) {
    return absl::InvalidArgumentError(
        absl::StrCat("the length of a short call is ", options.short_call.count(),
                     " us; more than 0 and at most an hour is allowed"));
  }
  if (options.shards < 1 || options.shards > kMaxShards) {
    return absl::InvalidArgumentError(
        absl::StrCat("there are ", options.shards, " shards; 1 to ", kMaxShards, " are allowed"));
  }
  return absl::OkStatus();
}

}  // namespace ringfence
