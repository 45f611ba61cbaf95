// What one rule knows of one subject, in the simplest form: reference_detector.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "detector/day_counter.h"
#include "detector/model/detection.h"
#include "detector/model/rules.h"
#include "ingest/model/cdr.h"

namespace ringfence::reference {

struct Frame {
  const FrequencyRule& rule;
  Duration lateness;
  Duration day_offset;
  uint32_t alert;
  std::optional<uint32_t> warning;
};

class State {
 public:
  // Drops what is too old; true: nothing is left that can matter.
  bool Expire(const Frame& frame, EventTime newest);
  void Consume(const Frame& frame, const Cdr& cdr, std::vector<Detection>& detections);
  // Whether a call that comes now is half way to the rule's lowest limit.
  bool IsHalfWay(const Frame& frame, EventTime setup) const;

 private:
  struct Episode {
    bool open = false;
    std::optional<EventTime> covered;
  };
  struct Judgement {
    std::optional<size_t> opened;
    std::optional<size_t> closed;
  };

  size_t Insert(EventTime time);
  bool Exceeds(size_t position, size_t limit, Duration window) const;
  Judgement Judge(size_t inserted, size_t limit, Duration window, Episode& episode) const;
  Judgement JudgeOlder(size_t inserted, size_t limit, Duration window, Episode& episode) const;
  void AddSample(const Cdr& cdr);
  void JudgeLevel(const Frame& frame, Level level, uint32_t limit, size_t inserted, const Cdr& cdr,
                  std::vector<Detection>& detections);
  Detection Describe(const Frame& frame, size_t position) const;

  std::vector<EventTime> times_;  // sorted; equal ones in order of arrival
  DayCounter days_;
  std::array<Episode, 2> episodes_;                      // by Level
  std::vector<std::pair<EventTime, RecordId>> samples_;  // the newest ones, in order of time
};

}  // namespace ringfence::reference
