// What the detector found: a plain value that crosses to the blocker.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "detector/call_features.h"
#include "detector/subject.h"
#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"

namespace ringfence {

enum class Level : uint8_t { kWarning, kAlert };
enum class Transition : uint8_t { kOpened, kClosed };

// An episode of one rule and one subject opened or closed.
struct Detection {
  static constexpr size_t kMaxSamples = 10;

  RuleId rule;
  uint32_t rule_version = 0;
  Subject subject;
  Level level = Level::kAlert;
  Transition transition = Transition::kOpened;
  uint32_t count = 0;      // calls in the window that ends at `at`
  uint32_t threshold = 0;  // of this level: an alert has count > threshold
  Duration window{};
  EventTime at;          // setup time of the call that opened or closed the episode
  EventTime first_call;  // setup time of the oldest call in the window
  // Calls of the subject on the calendar day of `at`, as far as they had arrived.
  uint32_t day_count = 0;
  // The number whose record brought this to light (the subject itself for a number).
  CallingNumber number;
  // The subject's latest records in the window that ends at `at`, newest last, kMaxSamples at most.
  // Records without an id are left out, and so are those before the subject was half way to its
  // lowest threshold.
  std::vector<RecordId> samples;
  // None unless DetectorOptions::features.
  std::optional<CallFeatures> features;
};

}  // namespace ringfence
