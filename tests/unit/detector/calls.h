// Calls of made-up numbers, for the detector's tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "detector/detector.h"
#include "ingest/model/cdr.h"

namespace ringfence {

inline constexpr Duration kSecond = std::chrono::seconds(1);
inline constexpr Duration kMinute = std::chrono::minutes(1);
inline constexpr Duration kHour = std::chrono::hours(1);
inline constexpr Duration kDay = std::chrono::hours(24);
inline constexpr Duration kMicro = Duration(1);

// 2026-11-24 00:00 in China.
inline constexpr EventTime kMidnight = FromUnixMicros(1'795'449'600'000'000);

// +86 631 5550 xxx; index 0 to 999.
inline CallingNumber Caller(int index) {
  return CallingNumber(
      PhoneNumber::FromString("+866315550" + std::to_string(1000 + index).substr(1)).value());
}

// +86 631 555x 0000; index 0 to 9. Each is in a block of its own.
inline CallingNumber CallerElsewhere(int index) {
  return CallingNumber(
      PhoneNumber::FromString("+86631555" + std::to_string(index) + "0000").value());
}

inline Cdr Call(CallingNumber calling, EventTime setup, std::string record_id = {}) {
  Cdr cdr;
  cdr.calling = calling;
  cdr.called = CalledNumber(PhoneNumber::FromString("+8613800000000").value());
  cdr.setup = setup;
  cdr.record_id = RecordId(std::move(record_id));
  return cdr;
}

// `count` calls of one number, the first at `from`, then one every `step`; record ids "<prefix>0",
// ….
inline std::vector<Cdr> Calls(CallingNumber calling, EventTime from, Duration step, int count,
                              const std::string& prefix = "r") {
  std::vector<Cdr> calls;
  for (int i = 0; i < count; ++i) {
    calls.push_back(Call(calling, from + i * step, prefix + std::to_string(i)));
  }
  return calls;
}

// One rule for numbers, without warnings.
inline DetectorOptions NumberOptions(uint32_t threshold, Duration window = kDay,
                                     Duration lateness = kHour) {
  FrequencyRule rule;
  rule.threshold = threshold;
  rule.window = window;
  rule.warning_percent = 100;
  DetectorOptions options;
  options.rules = {rule};
  options.lateness = lateness;
  return options;
}

// What a detector said about one batch.
struct Heard {
  std::vector<Detection> detections;
  std::vector<size_t> late;

  std::vector<Detection> Of(Level level) const {
    std::vector<Detection> chosen;
    for (const Detection& d : detections) {
      if (d.level == level) chosen.push_back(d);
    }
    return chosen;
  }
};

inline Heard Feed(Detector& detector, const std::vector<Cdr>& calls) {
  Heard heard;
  detector.Consume(calls, heard.detections, heard.late);
  return heard;
}

}  // namespace ringfence
