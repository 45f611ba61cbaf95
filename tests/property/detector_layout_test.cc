// The tuned layout against the simplest one: the same detections, to the last field, on traffic
// that crosses every edge of the layout.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detector/detector.h"
#include "tests/property/reference/reference_detector.h"
#include "tests/unit/detector/calls.h"
#include "tests/unit/detector/detections_text.h"

namespace ringfence {
namespace {

// Whole seconds, as most switches write them, or some that are not.
enum class Clock { kSeconds, kMixed };

struct Case {
  DetectorOptions options;
  std::vector<Cdr> calls;
};

Duration GenWindow() {
  return *rc::gen::element(1, 60, 20 * 60, 24 * 60, 49 * 60, 9 * 24 * 60) * kMinute;
}

uint32_t GenThreshold() { return *rc::gen::element(1u, 3u, 10u, 24u, 44u, 60u); }

// One to three rules for numbers, some with thresholds from the ledger, and between them those for
// lines and customers.
DetectorOptions GenOptions() {
  DetectorOptions options;
  options.rules = DefaultRules();
  options.rules[1].window = GenWindow();
  const int numbers = *rc::gen::inRange(1, 4);
  for (int i = 0; i < numbers; ++i) {
    FrequencyRule rule;
    rule.id = RuleId("numbers-" + std::to_string(i));
    rule.window = GenWindow();
    rule.threshold = GenThreshold();
    rule.warning_percent = *rc::gen::element(50u, 80u, 100u);
    rule.version = static_cast<uint32_t>(i);
    if (*rc::gen::inRange(0, 2) == 0) rule.ledger_thresholds.by_class["x"] = GenThreshold();
    if (*rc::gen::inRange(0, 4) == 0) rule.ledger_thresholds.by_industry["i"] = GenThreshold();
    options.rules.push_back(rule);
  }
  options.rules[0].threshold = *rc::gen::element(1u, 30u, 50u, 300u);
  options.rules[0].window = GenWindow();
  options.lateness = *rc::gen::element(0, 1, 60, 26 * 60) * kMinute;
  options.day_offset = *rc::gen::element(0, 8) * kHour;
  options.shards = *rc::gen::element(1u, 2u, 3u);
  options.features = *rc::gen::element(false, true);
  return options;
}

// The time between one record and the next of all: bursts, ties, and gaps around what a line can
// say (65,534 s) and around a day; else `longest` seconds at most.
Duration GenGap(Clock clock, int longest) {
  const int kind = *rc::gen::inRange(0, 60);
  if (kind == 0) return (65'530 + *rc::gen::inRange(0, 10)) * kSecond;
  if (kind == 1) return 24 * kHour + *rc::gen::inRange(-3, 4) * kSecond;
  if (kind == 2) return *rc::gen::inRange(1, 80) * kHour;
  if (kind < 20) return Duration(0);
  const Duration gap = *rc::gen::inRange(0, longest + 1) * kSecond;
  const bool odd = clock == Clock::kMixed && *rc::gen::inRange(0, 40) == 0;
  return odd ? gap + Duration(*rc::gen::inRange(0, 1'000'000)) : gap;
}

// Whom it called, near the others or not, and what became of it.
void GenOutcome(Clock clock, Cdr& cdr) {
  const auto called = 8'613'155'600'000 + *rc::gen::element(1, 5, 30) * *rc::gen::inRange(0, 40);
  cdr.called = CalledNumber(PhoneNumber::FromPacked(static_cast<uint64_t>(called)));
  const int kind = *rc::gen::inRange(0, 8);
  if (kind < 2) return;
  cdr.answer = cdr.setup + *rc::gen::inRange(0, 30) * kSecond;
  if (kind == 2) return;
  cdr.release = *cdr.answer + *rc::gen::element(0, 5, 6, 7, 300) * kSecond;
  if (clock == Clock::kMixed) *cdr.release += Duration(*rc::gen::inRange(0, 1'000'000));
}

std::vector<Cdr> GenCalls(Clock clock, Duration lateness) {
  const int count = *rc::gen::inRange(1, 400);
  const int callers = *rc::gen::inRange(1, 5);
  const int longest = *rc::gen::element(30, 150, 1500);
  const int late_in_ten = *rc::gen::element(0, 0, 1, 5);
  EventTime now = kMidnight;
  std::vector<Cdr> calls;
  for (int i = 0; i < count; ++i) {
    now += GenGap(clock, longest);
    const bool late = *rc::gen::inRange(0, 10) < late_in_ten;
    const auto most = static_cast<int>(lateness / kSecond) + 2;
    const Duration behind = late ? *rc::gen::inRange(0, most) * kSecond : Duration(0);
    Cdr& cdr = calls.emplace_back(Call(CallerElsewhere(*rc::gen::inRange(0, callers)), now - behind,
                                       "r" + std::to_string(i)));
    GenOutcome(clock, cdr);
  }
  return calls;
}

std::shared_ptr<const SubjectDirectory> Directory() {
  auto directory = std::make_shared<SubjectDirectory>();
  directory->AddLine(LineId("a"), CustomerId("c"), 20, {"x", {}});
  directory->AddLine(LineId("b"), CustomerId("c"), 9, {"x", "i"});
  directory->AddNumber(LineId("a"), CallerElsewhere(0));
  directory->AddNumber(LineId("a"), CallerElsewhere(1));
  directory->AddNumber(LineId("b"), CallerElsewhere(2));
  return directory;
}

struct Outcome {
  std::string detections;
  std::vector<size_t> late;  // by index in the whole input
};

Outcome Reference(const Case& c) {
  reference::Detector detector(c.options, Directory());
  std::vector<Detection> detections;
  Outcome outcome;
  detector.Consume(c.calls, detections, outcome.late);
  outcome.detections = Print(detections);
  return outcome;
}

// In batches of any size, each followed by a restart or not.
Outcome Tuned(const Case& c, bool restarts) {
  Detector detector(c.options, Directory());
  std::vector<Detection> detections;
  Outcome outcome;
  for (size_t from = 0; from < c.calls.size();) {
    const size_t size = std::min(*rc::gen::inRange<size_t>(1, 200), c.calls.size() - from);
    std::vector<size_t> late;
    detector.Consume({c.calls.data() + from, size}, detections, late);
    for (const size_t index : late) outcome.late.push_back(from + index);
    from += size;
    if (!restarts || *rc::gen::inRange(0, 2) == 0) continue;
    const std::string bytes = detector.Snapshot();
    auto restored = Detector::Restore(bytes, c.options, Directory());
    RC_ASSERT(restored.ok());
    RC_ASSERT(restored->Snapshot() == bytes);
    detector = *std::move(restored);
  }
  outcome.detections = Print(detections);
  return outcome;
}

void CheckLayout(Clock clock, bool restarts) {
  Case c;
  c.options = GenOptions();
  c.calls = GenCalls(clock, c.options.lateness);
  const Outcome expected = Reference(c);
  const Outcome found = Tuned(c, restarts);
  RC_ASSERT(found.detections == expected.detections);
  RC_ASSERT(found.late == expected.late);
}

RC_GTEST_PROP(DetectorLayout, FindsInWholeSecondsWhatTheSimplestOneFinds, ()) {
  CheckLayout(Clock::kSeconds, false);
}

RC_GTEST_PROP(DetectorLayout, FindsInMixedTimesWhatTheSimplestOneFinds, ()) {
  CheckLayout(Clock::kMixed, false);
}

RC_GTEST_PROP(DetectorLayout, RestartsDoNotShow, ()) {
  CheckLayout(*rc::gen::element(Clock::kSeconds, Clock::kMixed), true);
}

RC_GTEST_PROP(DetectorLayout, InALineOrAStateAndInWhicheverShardItHasTheSameBytes, ()) {
  Case c;
  c.options = GenOptions();
  c.calls = GenCalls(Clock::kMixed, c.options.lateness);
  Detector whole(c.options, Directory());
  c.options.shards = 4;
  Detector single(c.options, Directory());
  std::vector<Detection> detections;
  std::vector<size_t> late;
  whole.Consume(c.calls, detections, late);
  for (const Cdr& cdr : c.calls) {
    single.Consume({&cdr, 1}, detections, late);
    if (*rc::gen::inRange(0, 20) == 0) single.Snapshot();  // states become lines where they can
  }
  RC_ASSERT(whole.Snapshot() == single.Snapshot());
}

}  // namespace
}  // namespace ringfence
