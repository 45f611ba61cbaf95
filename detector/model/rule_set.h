// The rules that are judged on the same calls of the same subject, with what follows from them.
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "detector/model/rules.h"

namespace ringfence {

// Two rules of one kind of subject share its calls: the windows of an hour and of a day, say.
struct RuleSet {
  RuleSet(const DetectorOptions& options, const std::vector<uint32_t>& places_in_options)
      : places(places_in_options),
        lateness(options.lateness),
        day_offset(options.day_offset),
        features(options.features),
        short_call(options.short_call) {
    for (const uint32_t place : places) {
      const FrequencyRule& rule = rules.emplace_back(options.rules[place]);
      highest.push_back(rule.subject == SubjectKind::kNumber ? HighestThreshold(rule) : 0);
      const Duration needed = rule.window + lateness;
      retention = std::max(retention, needed);
      if (lateness >= rule.window) whole = std::max(whole, needed);
    }
    constexpr Duration kOneDay = std::chrono::hours(24);
    held = std::max(retention, kOneDay + lateness);
    if (lateness >= kOneDay) whole = held;
    const auto hours = std::chrono::ceil<std::chrono::hours>(retention).count();
    feature_hours = std::min(std::bit_ceil(static_cast<size_t>(hours) + 1), kMostFeatureHours);
  }

  std::vector<FrequencyRule> rules;
  std::vector<uint32_t> places;  // of the rules in the options
  // Of each rule, the highest threshold that a number may have, today or under tomorrow's ledger:
  // so many calls are kept of each number that no change of the ledger misses one.
  std::vector<uint32_t> highest;
  Duration lateness{};
  Duration day_offset{};
  // Times this long before the newest of the whole input can't be in the window of any call that
  // may still come.
  Duration retention{};
  // Nor do they lie on a day of which a record may still come, if they are this old. See HeldAge().
  Duration held{};
  // Times less than this before the newest are all needed, whatever the limits: by the rules whose
  // window is not longer than the lateness, and by the counts of days before yesterday.
  Duration whole{};
  // DetectorOptions::features and short_call, and how many clock hours of calls are kept for it, a
  // power of two: all that the window of a call can touch that may still come, but no more than
  // these.
  static constexpr size_t kMostFeatureHours = 64;
  bool features = false;
  Duration short_call{};
  size_t feature_hours = 0;
};

// The counts that must be exceeded, warning < alert.
struct Limits {
  std::optional<uint32_t> warning;
  uint32_t alert = 0;

  uint32_t Lowest() const { return warning.value_or(alert); }
  friend bool operator==(const Limits&, const Limits&) = default;
};

inline Limits LimitsOf(uint32_t alert, const FrequencyRule& rule) {
  return {WarningThreshold(alert, rule.warning_percent), alert};
}

}  // namespace ringfence
