// What the detector looks for. Values only; where they come from is the configuration's business.
#pragma once

#include <chrono>
#include <cstdint>

#include "detector/subject.h"
#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"

namespace ringfence {

inline constexpr char kLineFrequency[] = "line-frequency";
inline constexpr char kLineTotal[] = "line-total";
inline constexpr char kCustomerTotal[] = "customer-total";

// "More than `threshold` calls in any `window`": DESIGN.md, "What more than 300 calls means".
struct FrequencyRule {
  RuleId id{kLineFrequency};
  SubjectKind subject = SubjectKind::kNumber;
  // The window is (t - window, t]: the call at t is in it, a call exactly `window` earlier is not.
  Duration window = std::chrono::hours(24);
  // Calls that are still allowed, at least 1. Not used for lines and customers: theirs is the daily
  // limit of the ledger.
  uint32_t threshold = 300;
  // Percent of the threshold above which a warning opens, 1 to 100; 100 means no warnings.
  uint32_t warning_percent = 80;
  // Changes whenever the rule changes; part of every detection and of every action id.
  uint32_t version = 1;
};

struct DetectorOptions {
  std::vector<FrequencyRule> rules{FrequencyRule{}};
  // How far a record may be behind the newest one and still count; more is late. Raise it when
  // files arrive out of order; memory grows with it.
  Duration lateness = std::chrono::hours(1);
  // UTC offset in which a calendar day begins, for the day count in reports.
  Duration day_offset = std::chrono::hours(8);
};

}  // namespace ringfence
