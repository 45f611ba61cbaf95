// The rule for called numbers: who is called so much within minutes that it is an attack (呼死你).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"
#include "ingest/model/phone_number.h"

namespace ringfence {

inline constexpr char kCalledFlood[] = "called-flood";

// One of the rule's windows, (t - length, t], and what is still allowed in it.
struct FloodWindow {
  Duration length{};
  uint32_t calls = 0;    // call attempts; more of them are one dialler or many
  uint32_t callers = 0;  // different calling numbers; more of them are many diallers

  friend bool operator==(const FloodWindow&, const FloodWindow&) = default;
};

// A called number is flooded at a call when one of the windows that end with it holds more calls,
// or calls of more different numbers, than is allowed.
//
// A number that is there to be called by many, a short code or a number of the ledger, is judged by
// its repeated calls instead: those of numbers that have called it in the window before. More than
// `calls` of them flood it, however many different callers there are.
//
// No person dials a number more than 30 times in a minute, and few subscribers ever hear from 20
// different numbers in one, or from 60 in ten.
struct FloodRule {
  RuleId id{kCalledFlood};
  std::vector<FloodWindow> windows = {{std::chrono::minutes(1), 30, 20},
                                      {std::chrono::minutes(10), 100, 60}};
  // How far a record may be behind the newest one and still count for this rule; the detector's
  // lateness if that is less. All calls of the longest window and this time are held.
  Duration lateness = std::chrono::minutes(10);
  // Called numbers that the rule leaves out: the popular ones that are known.
  std::vector<CalledNumber> except;
  uint32_t version = 1;  // as in FrequencyRule
};

inline constexpr size_t kMaxFloodWindows = 8;
inline constexpr Duration kMaxFloodWindow = std::chrono::hours(24);
inline constexpr uint32_t kMaxFloodCalls = 1'000'000;

// InvalidArgument names what is wrong: an empty id, no window or more than kMaxFloodWindows,
// lengths that do not ascend or are not in (0, kMaxFloodWindow], an allowed count not in [1,
// kMaxFloodCalls], a negative lateness.
absl::Status CheckFloodRule(const FloodRule& rule);

}  // namespace ringfence
