// The rule for called numbers against brute force, on generated input: in order the very same
// transitions, out of order the same numbers; and what must hold for any input.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "detector/detector.h"
#include "tests/property/episodes.h"
#include "tests/property/flood_oracle.h"
#include "tests/unit/detector/calls.h"
#include "tests/unit/detector/detections_text.h"

namespace ringfence {
namespace {

const EventTime kFloodStart = FromUnixMicros(1'795'449'600'000'000);
constexpr int kCalledNumbers = 4;

struct FloodCase {
  DetectorOptions options;
  std::vector<Cdr> calls;
};

enum class Arrival { kSorted, kWithinLateness, kAnything };

// 0 is a short code, 1 a number of the ledger, the others are subscribers'.
CalledNumber Called(int index) {
  if (index == 0) return CalledNumber(PhoneNumber::FromString("95588").value());
  return CalledNumber(Caller(500 + index).number());
}

bool IsServiceHere(uint64_t called) {
  return called == Called(0).number().packed() || called == Called(1).number().packed();
}

std::shared_ptr<const SubjectDirectory> FloodLedger() {
  auto directory = std::make_shared<SubjectDirectory>();
  directory->AddLine(LineId("a"), CustomerId("c"), std::nullopt);
  directory->AddNumber(LineId("a"), Caller(501));
  return directory;
}

DetectorOptions GenFloodOptions() {
  FloodRule rule;
  rule.windows.clear();
  Duration length{};
  const int most = *rc::gen::element(2, 5, 12, 40);
  for (int n = *rc::gen::inRange(1, 4); n > 0; --n) {
    length += Duration(*rc::gen::element(1, 3, 10, 60));
    rule.windows.push_back({length, static_cast<uint32_t>(*rc::gen::inRange(1, most)),
                            static_cast<uint32_t>(*rc::gen::inRange(1, most))});
  }
  rule.lateness = Duration(
      *rc::gen::oneOf(rc::gen::just(0), rc::gen::inRange(0, 30), rc::gen::inRange(0, 300)));
  DetectorOptions options;
  options.rules.clear();
  options.flood = rule;
  options.lateness = rule.lateness + Duration(*rc::gen::element(0, 50));
  options.shards = *rc::gen::element<size_t>(1, 1, 2, 3, 4);
  return options;
}

// Few numbers and few different times, so that there are bursts, ties, gaps and window edges.
std::vector<Cdr> GenReceived(const FloodRule& rule, Arrival order) {
  const int count = *rc::gen::inRange(1, 160);
  const int span = *rc::gen::element(5, 40, 150, 600, 3000);
  const int callers = *rc::gen::element(1, 3, 10, 100);
  const int burst = *rc::gen::inRange(1, 12);
  std::vector<Cdr> calls;
  while (static_cast<int>(calls.size()) < count) {
    Cdr cdr;
    cdr.setup = kFloodStart + Duration(*rc::gen::inRange(0, span));
    cdr.called = Called(*rc::gen::inRange(0, kCalledNumbers));
    for (int n = *rc::gen::inRange(1, burst + 1); n > 0; --n) {
      cdr.calling = Caller(*rc::gen::inRange(0, callers));
      calls.push_back(cdr);
    }
  }
  if (order == Arrival::kAnything) return calls;
  // A record that arrives `delay` after its time is at most `delay` behind the newest.
  const int most = order == Arrival::kWithinLateness ? static_cast<int>(rule.lateness.count()) : 0;
  std::vector<std::pair<EventTime, Cdr>> arrivals;
  for (const Cdr& cdr : calls) {
    arrivals.emplace_back(cdr.setup + Duration(*rc::gen::inRange(0, most + 1)), cdr);
  }
  std::stable_sort(arrivals.begin(), arrivals.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < calls.size(); ++i) calls[i] = arrivals[i].second;
  return calls;
}

FloodCase GenFloodCase(Arrival order) {
  FloodCase c;
  c.options = GenFloodOptions();
  c.calls = GenReceived(*c.options.flood, order);
  for (size_t i = 0; i < c.calls.size(); ++i) c.calls[i].record_id = RecordId(std::to_string(i));
  return c;
}

void Show(const FloodCase& c) {
  for (const FloodWindow& window : c.options.flood->windows) {
    std::cerr << window.length.count() << ":" << window.calls << ":" << window.callers << " ";
  }
  std::cerr << "lateness " << c.options.flood->lateness.count() << "\n";
  for (const Cdr& cdr : c.calls) {
    std::cerr << cdr.calling.ToString().substr(10) << ">" << cdr.called.ToString().back() << "@"
              << (cdr.setup - kFloodStart).count() << " ";
  }
  std::cerr << "\n";
}

using FloodsByNumber = std::map<uint64_t, std::vector<FloodEvent>>;

FloodsByNumber FoundFloods(const std::vector<Detection>& detections) {
  FloodsByNumber found;
  for (const Detection& d : detections) {
    found[d.subject.called.number().packed()].push_back(
        {d.transition == Transition::kOpened, ToUnixMicros(d.at), ToUnixMicros(d.first_call),
         d.window.count(), d.flood->calls, d.flood->callers});
  }
  return found;
}

FloodsByNumber ExpectedFloods(const FloodCase& c) {
  FloodsByNumber expected;
  for (auto& [called, calls] : OracleReceivedBy(c.calls, c.options.flood->lateness.count())) {
    std::stable_sort(calls.begin(), calls.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    auto events = OracleFloods(calls, *c.options.flood, IsServiceHere(called));
    if (!events.empty()) expected[called] = events;
  }
  return expected;
}

RC_GTEST_PROP(FloodProperty, InOrderTheTransitionsAreThoseOfBruteForce, ()) {
  const FloodCase c = GenFloodCase(Arrival::kSorted);
  Detector detector(c.options, FloodLedger());
  const FloodsByNumber found = FoundFloods(Feed(detector, c.calls).detections);
  const FloodsByNumber expected = ExpectedFloods(c);
  if (found != expected) Show(c);
  RC_ASSERT(found == expected);
}

void CheckNumbers(const FloodCase& c) {
  Detector detector(c.options, FloodLedger());
  CheckOutOfOrder(FoundFloods(Feed(detector, c.calls).detections), ExpectedFloods(c),
                  [&] { Show(c); });
}

RC_GTEST_PROP(FloodProperty, WithinTheLatenessTheNumbersAreThoseOfBruteForce, ()) {
  CheckNumbers(GenFloodCase(Arrival::kWithinLateness));
}

RC_GTEST_PROP(FloodProperty, RecordsThatAreLateChangeNothing, ()) {
  CheckNumbers(GenFloodCase(Arrival::kAnything));
}

RC_GTEST_PROP(FloodProperty, EveryOpeningSaysWhatIsOverAndWhoCalled, ()) {
  const FloodCase c = GenFloodCase(Arrival::kWithinLateness);
  Detector detector(c.options, FloodLedger());
  for (const Detection& d : Feed(detector, c.calls).detections) {
    RC_ASSERT((d.count > d.threshold) == (d.transition == Transition::kOpened));
    RC_ASSERT(d.subject.kind == SubjectKind::kCalled);
    uint32_t of_top = 0;
    for (size_t i = 0; i < d.flood->top.size(); ++i) {
      of_top += d.flood->top[i].calls;
      if (i > 0) RC_ASSERT(d.flood->top[i - 1].calls >= d.flood->top[i].calls);
    }
    const bool all = d.flood->callers <= FloodFacts::kMaxCallers;
    RC_ASSERT(d.flood->top.size() == std::min<size_t>(d.flood->callers, FloodFacts::kMaxCallers));
    RC_ASSERT((of_top == d.flood->calls) == all);
  }
}

RC_GTEST_PROP(FloodProperty, ASnapshotAtAnyPointHasTheSameFutureWhateverTheShards, ()) {
  const FloodCase c = GenFloodCase(*rc::gen::element(Arrival::kWithinLateness, Arrival::kAnything));
  const auto directory = FloodLedger();
  const auto cut = static_cast<ptrdiff_t>(*rc::gen::inRange<size_t>(0, c.calls.size() + 1));
  Detector whole(c.options, directory);
  Feed(whole, {c.calls.begin(), c.calls.begin() + cut});
  const std::string bytes = whole.Snapshot();
  DetectorOptions others = c.options;
  others.shards = *rc::gen::element<size_t>(1, 2, 4);
  auto restored = Detector::Restore(bytes, others, directory);
  RC_ASSERT(restored.ok());
  RC_ASSERT(restored->Snapshot() == bytes);
  const std::vector<Cdr> rest(c.calls.begin() + cut, c.calls.end());
  RC_ASSERT(Print(Feed(whole, rest).detections) == Print(Feed(*restored, rest).detections));
  RC_ASSERT(whole.Snapshot() == restored->Snapshot());
  RC_ASSERT(whole.stats().open_alerts == restored->stats().open_alerts);
  RC_ASSERT(whole.stats().flood_late == restored->stats().flood_late);
}

RC_GTEST_PROP(FloodProperty, HowTheInputIsCutIntoBatchesDoesNotMatter, ()) {
  const FloodCase c = GenFloodCase(Arrival::kAnything);
  Detector whole(c.options, FloodLedger());
  Detector single(c.options, FloodLedger());
  std::vector<Detection> detections;
  std::vector<size_t> late;
  for (const Cdr& cdr : c.calls) single.Consume({&cdr, 1}, detections, late);
  RC_ASSERT(Print(Feed(whole, c.calls).detections) == Print(detections));
  RC_ASSERT(whole.Snapshot() == single.Snapshot());
}

// More than fits a page of the log, over hours: what is dropped, moved to and fro and found again.
std::vector<Cdr> ACitysCalls() {
  std::mt19937 random(20261127);
  std::vector<Cdr> calls;
  for (int i = 0; i < 60'000; ++i) {
    Cdr cdr;
    const auto behind = random() % 4 == 0 ? static_cast<int>(random() % 300) : 0;
    cdr.setup = kFloodStart + std::chrono::milliseconds(i * 250) - std::chrono::seconds(behind);
    // Some are called much more often than others, for some time, and some by few.
    const auto popular = static_cast<uint64_t>(1 + i / 3000);
    const bool often = random() % 8 == 0;
    const uint64_t called = often ? popular + random() % 5 : random() % 9000;
    cdr.called = CalledNumber(PhoneNumber::FromPacked(8'613'900'000'000 + called));
    cdr.calling = Caller(static_cast<int>(random() % (called % 2 == 0 ? 12 : 900)));
    calls.push_back(cdr);
  }
  return calls;
}

TEST(FloodOfACity, TheNumbersAreThoseOfBruteForceForAnyShards) {
  FloodCase c;
  c.options.rules.clear();
  c.options.flood.emplace();
  c.options.flood->windows = {{std::chrono::minutes(1), 9, 7}, {std::chrono::minutes(10), 50, 40}};
  c.calls = ACitysCalls();
  const FloodsByNumber expected = ExpectedFloods(c);
  EXPECT_GT(expected.size(), 20u);
  EXPECT_LT(expected.size(), 200u);
  std::string alone;
  for (const size_t shards : {1, 2, 3, 4}) {
    c.options.shards = shards;
    Detector detector(c.options, nullptr);
    const std::vector<Detection> detections = Feed(detector, c.calls).detections;
    const FloodsByNumber found = FoundFloods(detections);
    EXPECT_EQ(SubjectsOf(found), SubjectsOf(expected));
    EXPECT_EQ(OpenInTheEnd(found), OpenInTheEnd(expected));
    const std::string all = Print(detections) + detector.Snapshot();
    if (shards == 1) alone = all;
    EXPECT_EQ(all, alone);
  }
}

}  // namespace
}  // namespace ringfence
