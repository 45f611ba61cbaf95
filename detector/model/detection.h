// What the detector found: a plain value that crosses to the blocker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "detector/model/call_features.h"
#include "detector/model/subject.h"
#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"

namespace ringfence {

enum class Level : uint8_t { kWarning, kAlert };
enum class Transition : uint8_t { kOpened, kClosed };

// What is known of the calls that flood a called number, in the window that ends at `at`.
struct FloodFacts {
  static constexpr size_t kMaxCallers = 20;

  // What the detection's `count` and `threshold` are about.
  enum class Measure : uint8_t {
    kCalls,          // all of them
    kCallers,        // the different numbers that they came from
    kRepeatedCalls,  // those of numbers that had called in the window before
  };
  struct Caller {
    CallingNumber number;
    uint32_t calls = 0;

    friend bool operator==(const Caller&, const Caller&) = default;
  };

  Measure measure = Measure::kCalls;
  uint32_t calls = 0;
  uint32_t callers = 0;  // different numbers
  // Those with the most calls, the most first, equal ones by number; kMaxCallers at most.
  std::vector<Caller> top;

  friend bool operator==(const FloodFacts&, const FloodFacts&) = default;
};

// "calls", "callers", "repeated-calls".
inline constexpr std::array<std::string_view, 3> kFloodMeasureNames = {"calls", "callers",
                                                                       "repeated-calls"};
inline std::string_view FloodMeasureName(FloodFacts::Measure measure) {
  return kFloodMeasureNames[static_cast<size_t>(measure)];
}

// An episode of one rule and one subject opened or closed.
struct Detection {
  static constexpr size_t kMaxSamples = 10;

  RuleId rule;
  uint32_t rule_version = 0;
  Subject subject;
  Level level = Level::kAlert;
  Transition transition = Transition::kOpened;
  uint32_t count = 0;      // calls in the window that ends at `at`; see FloodFacts
  uint32_t threshold = 0;  // of this level: an alert has count > threshold
  Duration window{};
  EventTime at;          // setup time of the call that opened or closed the episode
  EventTime first_call;  // setup time of the oldest call in the window
  // Calls of the subject on the calendar day of `at`, as far as they had arrived. Not counted for a
  // called number: 0.
  uint32_t day_count = 0;
  // The number whose record brought this to light (the subject itself for a number, one of the
  // callers for a called number).
  CallingNumber number;
  // The subject's latest records in the window that ends at `at`, newest last, kMaxSamples at most.
  // Records without an id are left out, and so are those before the subject was half way to its
  // lowest threshold. For a called number, the record that brought it to light alone.
  std::vector<RecordId> samples;
  // None unless DetectorOptions::features.
  std::optional<CallFeatures> features;
  std::optional<FloodFacts> flood;  // for a called number
};

// A detection on its way into the order that Detector::Consume() promises.
struct Found {
  size_t record = 0;  // that caused it, by its index in the batch
  uint32_t rule = 0;  // by its place in the options
  Detection detection;
};

}  // namespace ringfence
