// All that one rule knows of one subject: its calls, its episodes and its evidence.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "detector/day_counter.h"
#include "detector/detection.h"
#include "detector/episode.h"
#include "detector/rules.h"
#include "detector/sliding_window.h"
#include "ingest/model/bytes.h"
#include "ingest/model/cdr.h"

namespace ringfence {

// A rule with what follows from it and from the options.
struct RuleFrame {
  FrequencyRule rule;
  Duration lateness{};
  Duration day_offset{};

  // Times this long before the newest of the whole input can't be in the window of any call that
  // may still come.
  Duration Retention() const { return rule.window + lateness; }
};

// The counts that must be exceeded, warning < alert.
struct Limits {
  std::optional<uint32_t> warning;
  uint32_t alert = 0;

  uint32_t Lowest() const { return warning.value_or(alert); }
};

// Not thread-safe. Its memory is bounded: with lateness < window at most 2 * alert + 1 times, else
// the calls of window + lateness; evidence only for subjects that were half way to a limit.
class SubjectState {
 public:
  // Counts the call and judges it. `newest` is the newest setup time of the whole input, not before
  // the call's and at most the lateness after it. Appends detections with an empty `subject`.
  void Consume(const RuleFrame& frame, const Limits& limits, EventTime newest, const Cdr& cdr,
               std::vector<Detection>& detections);

  // Drops what can't matter any more. True: the state now equals that of a subject never seen, and
  // should be freed.
  bool Expire(const RuleFrame& frame, EventTime newest);

  // Fetches its calls into the cache.
  void Prefetch() const { calls_.Prefetch(); }

  size_t retained_times() const { return calls_.size(); }
  bool open(Level level) const;
  size_t HeapBytes() const;

  // The times held must have been expired to `newest`.
  void Write(ByteWriter& writer) const;
  // What Write() wrote; false for anything else. Times after `newest` are refused.
  bool Read(ByteReader& reader, EventTime newest);
  // Counts the calendar days anew from the times held: the day begins elsewhere now.
  void RecountDays(Duration day_offset);

 private:
  struct Sample {
    EventTime time;
    RecordId id;
  };
  // Kept apart: few subjects ever need it.
  struct Evidence {
    std::array<Episode, 2> episodes;  // by Level
    std::vector<Sample> samples;      // the newest ones, in order of time
  };

  Evidence& EnsureEvidence();
  void AddSample(const Cdr& cdr);
  void JudgeLevel(const RuleFrame& frame, Level level, uint32_t limit, size_t inserted,
                  const Cdr& cdr, std::vector<Detection>& detections);
  Detection Describe(const RuleFrame& frame, size_t position) const;
  uint32_t CallsOnDayOf(EventTime time, Duration day_offset) const;
  bool ReadEvidence(ByteReader& reader, EventTime newest);

  SlidingWindow calls_;
  DayCounter days_;
  std::unique_ptr<Evidence> evidence_;
};

}  // namespace ringfence
