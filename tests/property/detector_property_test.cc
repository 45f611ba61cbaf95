// The detector against brute force, on generated input: in order the very same transitions, out of
// order the same subjects; and what must hold for any input.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "detector/detector.h"
#include "tests/property/detector_oracle.h"
#include "tests/property/episodes.h"
#include "tests/unit/detector/calls.h"
#include "tests/unit/detector/detections_text.h"

namespace ringfence {
namespace {

constexpr int kCallers = 4;
const EventTime kStart = FromUnixMicros(1'795'449'600'000'000);

struct Case {
  DetectorOptions options;
  std::vector<Cdr> calls;
};

enum class Order { kSorted, kWithinLateness, kAnything };

void showValue(const Case& c, std::ostream& out) {
  for (const FrequencyRule& rule : c.options.rules) {
    out << rule.id.value() << " threshold " << rule.threshold << " warning " << rule.warning_percent
        << "% window " << rule.window.count() << "; ";
  }
  out << "lateness " << c.options.lateness.count() << "\n";
  for (const Cdr& cdr : c.calls) {
    out << cdr.calling.ToString().back() << "@" << (cdr.setup - kStart).count() << " ";
  }
}

DetectorOptions GenOptions() {
  const auto window = Duration(*rc::gen::element(1, 2, 7, 20, 50, 100));
  const auto lateness = Duration(*rc::gen::oneOf(
      rc::gen::just(0), rc::gen::just(static_cast<int>(window.count())),
      rc::gen::inRange(0, static_cast<int>(window.count()) + 1), rc::gen::inRange(0, 300)));
  DetectorOptions options;
  options.rules = DefaultRules();
  for (FrequencyRule& rule : options.rules) rule.window = window;
  options.rules[0].threshold = static_cast<uint32_t>(*rc::gen::inRange(1, 21));
  options.rules[0].warning_percent = *rc::gen::element(1u, 50u, 80u, 99u, 100u);
  options.lateness = lateness;
  return options;
}

// Few callers and few different times, so that there are bursts, ties, gaps and window edges.
std::vector<Cdr> GenCalls(const DetectorOptions& options, Order order) {
  const int count = *rc::gen::inRange(1, 120);
  const int span = *rc::gen::element(5, 40, 150, 600, 3000);
  const int burst = *rc::gen::inRange(1, 12);
  std::vector<Cdr> calls;
  while (static_cast<int>(calls.size()) < count) {
    const EventTime setup = kStart + Duration(*rc::gen::inRange(0, span));
    const CallingNumber caller = Caller(*rc::gen::inRange(0, kCallers));
    for (int n = *rc::gen::inRange(1, burst + 1); n > 0; --n) calls.push_back(Call(caller, setup));
  }
  if (order != Order::kAnything) {
    // A record that arrives `delay` after its time is at most `delay` behind the newest.
    const bool late = order == Order::kWithinLateness;
    const int most = late ? static_cast<int>(options.lateness.count()) : 0;
    std::vector<std::pair<EventTime, Cdr>> arrivals;
    for (const Cdr& cdr : calls) {
      arrivals.emplace_back(cdr.setup + Duration(*rc::gen::inRange(0, most + 1)), cdr);
    }
    std::stable_sort(arrivals.begin(), arrivals.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (size_t i = 0; i < calls.size(); ++i) calls[i] = arrivals[i].second;
  }
  for (size_t i = 0; i < calls.size(); ++i) calls[i].record_id = RecordId(std::to_string(i));
  return calls;
}

Case GenCase(Order order) {
  Case c;
  c.options = GenOptions();
  c.calls = GenCalls(c.options, order);
  return c;
}

// Callers 0 and 1 are of line a, 2 of line b; both lines are of customer c. Caller 3 is in no line.
std::shared_ptr<const SubjectDirectory> Directory(uint32_t limit_a, uint32_t limit_b) {
  auto directory = std::make_shared<SubjectDirectory>();
  directory->AddLine(LineId("a"), CustomerId("c"), limit_a);
  directory->AddLine(LineId("b"), CustomerId("c"), limit_b);
  directory->AddNumber(LineId("a"), Caller(0));
  directory->AddNumber(LineId("a"), Caller(1));
  directory->AddNumber(LineId("b"), Caller(2));
  return directory;
}

std::string LineOf(const Cdr& cdr) {
  if (cdr.calling == Caller(0) || cdr.calling == Caller(1)) return "a";
  return cdr.calling == Caller(2) ? "b" : "";
}

using ByKey = std::map<std::string, std::vector<OracleEvent>>;  // "rule subject level"

std::string LevelName(Level level) { return level == Level::kAlert ? " alert" : " warning"; }

// What brute force finds, for one rule.
template <typename SubjectOf, typename LimitOf>
void AddOracle(const Case& c, const FrequencyRule& rule, bool sorted, SubjectOf subject_of,
               LimitOf limit_of, ByKey& expected) {
  for (auto& [subject, times] : OracleTimes(c.calls, c.options.lateness.count(), subject_of)) {
    if (!sorted) std::stable_sort(times.begin(), times.end());
    const uint32_t limit = limit_of(subject);
    const std::string key = rule.id.value() + " " + subject;
    const int64_t window = rule.window.count();
    auto alerts = OracleEpisodes(times, window, limit);
    if (!alerts.empty()) expected[key + " alert"] = alerts;
    // By the definition: a whole-number count is more than x exactly if it is more than floor(x).
    const uint32_t soft = std::max<uint32_t>(1, limit * rule.warning_percent / 100);
    if (soft >= limit) continue;
    auto warnings = OracleEpisodes(times, window, soft);
    if (!warnings.empty()) expected[key + " warning"] = warnings;
  }
}

ByKey Oracle(const Case& c, uint32_t limit_a, uint32_t limit_b, bool sorted) {
  ByKey expected;
  const auto& rules = c.options.rules;
  AddOracle(
      c, rules[0], sorted, [](const Cdr& cdr) { return cdr.calling.ToString(); },
      [&](const std::string&) { return rules[0].threshold; }, expected);
  AddOracle(
      c, rules[1], sorted, LineOf,
      [&](const std::string& line) { return line == "a" ? limit_a : limit_b; }, expected);
  AddOracle(
      c, rules[2], sorted, [](const Cdr& cdr) { return LineOf(cdr).empty() ? "" : "c"; },
      [&](const std::string&) { return limit_a + limit_b; }, expected);
  return expected;
}

ByKey Found(const std::vector<Detection>& detections) {
  ByKey found;
  for (const Detection& d : detections) {
    const std::string subject = SubjectText(d.subject);
    found[d.rule.value() + " " + subject + LevelName(d.level)].push_back(
        {d.transition == Transition::kOpened, ToUnixMicros(d.at), ToUnixMicros(d.first_call),
         d.count});
  }
  return found;
}

RC_GTEST_PROP(DetectorProperty, InOrderTheTransitionsAreThoseOfBruteForce, ()) {
  const Case c = GenCase(Order::kSorted);
  const auto limit_a = *rc::gen::inRange(1u, 30u);
  const auto limit_b = *rc::gen::inRange(1u, 30u);
  Detector detector(c.options, Directory(limit_a, limit_b));
  const Heard heard = Feed(detector, c.calls);
  RC_ASSERT(heard.late.empty());
  const ByKey found = Found(heard.detections);
  const ByKey expected = Oracle(c, limit_a, limit_b, true);
  if (found != expected) showValue(c, std::cerr);
  RC_ASSERT(found == expected);
}

void CheckSubjects(const Case& c) {
  const auto limit_a = *rc::gen::inRange(1u, 30u);
  const auto limit_b = *rc::gen::inRange(1u, 30u);
  Detector detector(c.options, Directory(limit_a, limit_b));
  CheckOutOfOrder(Found(Feed(detector, c.calls).detections), Oracle(c, limit_a, limit_b, false),
                  [&] { showValue(c, std::cerr); });
}

RC_GTEST_PROP(DetectorProperty, WithinTheLatenessTheSubjectsAreThoseOfBruteForce, ()) {
  CheckSubjects(GenCase(Order::kWithinLateness));
}

RC_GTEST_PROP(DetectorProperty, RecordsThatAreLateChangeNothing, ()) {
  CheckSubjects(GenCase(Order::kAnything));
}

RC_GTEST_PROP(DetectorProperty, EveryOpeningIsTrueOfTheWholeInput, ()) {
  const Case c = GenCase(Order::kWithinLateness);
  Detector detector(c.options, nullptr);
  for (const Detection& d : Feed(detector, c.calls).detections) {
    if (d.transition != Transition::kOpened) continue;
    uint32_t in_window = 0;
    for (const Cdr& cdr : c.calls) {
      in_window +=
          cdr.calling == d.subject.number && cdr.setup <= d.at && cdr.setup > d.at - d.window ? 1
                                                                                              : 0;
    }
    RC_ASSERT(d.count == d.threshold + 1);
    RC_ASSERT(in_window >= d.count);
    RC_ASSERT(d.first_call > d.at - d.window);
    RC_ASSERT(d.samples.size() <= Detection::kMaxSamples);
    RC_ASSERT(!d.samples.empty());
  }
}

RC_GTEST_PROP(DetectorProperty, ASnapshotAtAnyPointHasTheSameFuture, ()) {
  const Case c = GenCase(*rc::gen::element(Order::kWithinLateness, Order::kAnything));
  const auto directory = Directory(5, 9);
  const auto cut = static_cast<ptrdiff_t>(*rc::gen::inRange<size_t>(0, c.calls.size() + 1));
  Detector whole(c.options, directory);
  Feed(whole, {c.calls.begin(), c.calls.begin() + cut});
  const std::string bytes = whole.Snapshot();
  auto restored = Detector::Restore(bytes, c.options, directory);
  RC_ASSERT(restored.ok());
  RC_ASSERT(restored->Snapshot() == bytes);
  const std::vector<Cdr> rest(c.calls.begin() + cut, c.calls.end());
  RC_ASSERT(Print(Feed(whole, rest).detections) == Print(Feed(*restored, rest).detections));
  RC_ASSERT(whole.Snapshot() == restored->Snapshot());
  RC_ASSERT(whole.stats().retained_times == restored->stats().retained_times);
  RC_ASSERT(whole.stats().open_alerts == restored->stats().open_alerts);
}

RC_GTEST_PROP(DetectorProperty, HowTheInputIsCutIntoBatchesDoesNotMatter, ()) {
  const Case c = GenCase(Order::kAnything);
  Detector whole(c.options, Directory(5, 9));
  Detector single(c.options, Directory(5, 9));
  std::vector<Detection> detections;
  std::vector<size_t> late;
  for (const Cdr& cdr : c.calls) single.Consume({&cdr, 1}, detections, late);
  const Heard heard = Feed(whole, c.calls);
  RC_ASSERT(Print(heard.detections) == Print(detections));
  RC_ASSERT(heard.late.size() == late.size());
  RC_ASSERT(whole.Snapshot() == single.Snapshot());
}

}  // namespace
}  // namespace ringfence
