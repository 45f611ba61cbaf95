// A snapshot of a detector with all rules, as this version writes it: a number, its line and its
// customer over their limits, a called number that is flooded, and others that are not. The limits
// are low and the numbers few: the fuzzer restores such a snapshot several times an input, and each
// number costs memory that is new.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "detector/detector.h"
#include "tests/fuzz/fuzz_input.h"

namespace ringfence {

inline CallingNumber SampleCaller(uint64_t index) {
  return CallingNumber(PhoneNumber::FromPacked(866315550000 + index));
}

inline std::shared_ptr<const SubjectDirectory> SampleDirectory() {
  auto directory = std::make_shared<SubjectDirectory>();
  directory->AddLine(LineId("a"), CustomerId("c"), 3);
  directory->AddNumber(LineId("a"), SampleCaller(1));
  return directory;
}

inline DetectorOptions AllRules(bool features) {
  constexpr uint32_t kThreshold = 27;  // more calls than a number holds without further memory
  DetectorOptions options;
  options.rules.front().threshold = kThreshold;
  options.flood.emplace();
  for (FloodWindow& window : options.flood->windows) window.calls = window.callers = 4;
  options.features = features;
  return options;
}

inline std::string SampleSnapshot(bool features) {
  constexpr int kCalls = 36;
  constexpr uint64_t kOften = 4;  // of five calls so many are of one number
  const DetectorOptions options = AllRules(features);
  Detector detector(options, SampleDirectory());
  std::vector<Cdr> calls;
  for (int i = 0; i < kCalls; ++i) {
    const auto turn = static_cast<uint64_t>(i);
    Cdr& cdr = calls.emplace_back();
    cdr.calling = SampleCaller(turn % 5 < kOften ? 1 : turn);
    cdr.called = CalledNumber(PhoneNumber::FromPacked(8613800000000));
    cdr.setup = FromUnixMicros(1'795'449'600'000'000) + i * std::chrono::milliseconds(500);
    cdr.record_id = RecordId(absl::StrCat("r", i));
  }
  std::vector<Detection> detections;
  std::vector<size_t> late;
  detector.Consume(calls, detections, late);
  MustHold(detector.stats().open_alerts == options.rules.size() + 1);  // and the flood
  return detector.Snapshot();
}

}  // namespace ringfence
