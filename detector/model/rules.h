// What the detector looks for. Values only; where they come from is the configuration's business.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "detector/model/flood_rule.h"
#include "detector/model/subject.h"
#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"

namespace ringfence {

inline constexpr char kLineFrequency[] = "line-frequency";
inline constexpr char kLineTotal[] = "line-total";
inline constexpr char kCustomerTotal[] = "customer-total";

// Thresholds for numbers of the ledger, by what it says of their line: of its customer, else of its
// industry, else of its class (SubjectDirectory::LineTraits). Names are compared as they are.
struct LedgerThresholds {
  std::map<std::string, uint32_t> by_class;
  std::map<std::string, uint32_t> by_industry;
  std::map<std::string, uint32_t> by_customer;

  bool empty() const { return by_class.empty() && by_industry.empty() && by_customer.empty(); }
  // Calls visit(name, threshold) for all.
  void ForEach(const auto& visit) const {
    for (const auto* by : {&by_class, &by_industry, &by_customer}) {
      for (const auto& [name, threshold] : *by) visit(name, threshold);
    }
  }
};

// "More than `threshold` calls in any `window`": DESIGN.md, "What more than 300 calls means".
struct FrequencyRule {
  RuleId id{kLineFrequency};
  SubjectKind subject = SubjectKind::kNumber;
  // The window is (t - window, t]: the call at t is in it, a call exactly `window` earlier is not.
  Duration window = std::chrono::hours(24);
  // Calls that are still allowed, 1 to kMaxThreshold. Not used for lines and customers: theirs is
  // the daily limit of the ledger.
  uint32_t threshold = 300;
  // Instead of `threshold`, for numbers of some lines. Empty for lines and customers.
  LedgerThresholds ledger_thresholds;
  // Percent of the threshold above which a warning opens, 1 to 100; 100 means no warnings. See
  // WarningThreshold().
  uint32_t warning_percent = 80;
  // Changes whenever the rule changes; part of every detection and of every action id.
  uint32_t version = 1;
};

inline constexpr uint32_t kMaxThreshold = 10'000'000;
inline constexpr Duration kMaxWindow = std::chrono::hours(24 * 366);

// line-frequency, line-total and customer-total with their defaults: 24 h, 300 calls for a number,
// the ledger's limits for the others, warnings at 80 %.
std::vector<FrequencyRule> DefaultRules();

// The lowest and the highest threshold that any number can have.
uint32_t LowestThreshold(const FrequencyRule& rule);
uint32_t HighestThreshold(const FrequencyRule& rule);

// The count that a warning must exceed: threshold * percent / 100, rounded down, at least 1. None
// when percent is 100, or when the warning would come at the same call as the alert.
std::optional<uint32_t> WarningThreshold(uint32_t threshold, uint32_t percent);

struct DetectorOptions {
  std::vector<FrequencyRule> rules = DefaultRules();
  std::optional<FloodRule> flood = {};  // none: called numbers are not counted
  // How far a record may be behind the newest one and still count; more is late. Raise it when
  // files arrive out of order; memory grows with it.
  Duration lateness = std::chrono::hours(1);
  // UTC offset in which a calendar day begins, for the day count in reports.
  Duration day_offset = std::chrono::hours(8);
  // Threads that share the work of Detector::Consume(), the caller's among them: 1 to kMaxShards.
  // Each has its own part of the numbers. Results and snapshots are the same for any count.
  size_t shards = 1;
  // Whether detections say what kind of caller it is: CallFeatures. Decides nothing. A number's
  // line holds 21 calls then, not 25.
  bool features = false;
  // An answered call is a short one if it was released less than this after the answer: more than 0
  // and at most kMaxShortCall. Route quality is often measured with 6 s (SDR), here per caller.
  Duration short_call = std::chrono::seconds(6);
};
inline constexpr Duration kMaxShortCall = std::chrono::hours(1);
inline constexpr size_t kMaxShards = 64;

// InvalidArgument names the rule and the value that is out of range: no rules, two rules with one
// id, an empty id, a rule for a kind of subject that it can't count, a window not in (0,
// kMaxWindow], a threshold or percentage out of range, thresholds from the ledger for a rule that
// is not for numbers or for an empty name, a lateness not in [0, kMaxWindow], a day offset of more
// than 24 h either way, a count of shards or the length of a short call out of range.
absl::Status CheckOptions(const DetectorOptions& options);

}  // namespace ringfence
