// Thresholds that change in mid-stream, with the ledger or with a restart: the same detections as
// the simplest detector that looks a number's threshold up with every call.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "detector/detector.h"
#include "tests/property/reference/reference_detector.h"
#include "tests/unit/detector/calls.h"
#include "tests/unit/detector/detections_text.h"

namespace ringfence {
namespace {

using Ledger = std::shared_ptr<const SubjectDirectory>;

constexpr int kCallers = 4;

// The ledger changes before some batches.
struct Batch {
  std::vector<Cdr> calls;
  bool changes = false;
  Ledger ledger;  // may be null
};
struct Case {
  DetectorOptions options;
  std::vector<Batch> batches;
};

uint32_t GenThreshold() { return *rc::gen::element(1u, 2u, 5u, 12u, 26u, 60u); }

// Rules of several windows.
DetectorOptions GenRules() {
  DetectorOptions options;
  options.rules.clear();
  const int count = *rc::gen::inRange(1, 4);
  for (int i = 0; i < count; ++i) {
    FrequencyRule rule;
    rule.id = RuleId("numbers-" + std::to_string(i));
    rule.window = *rc::gen::element(1, 60, 24 * 60) * kMinute;
    rule.warning_percent = *rc::gen::element(50u, 80u, 100u);
    rule.threshold = GenThreshold();
    rule.ledger_thresholds.by_class["1"] = GenThreshold();
    rule.ledger_thresholds.by_industry["2"] = GenThreshold();
    rule.ledger_thresholds.by_customer["3"] = GenThreshold();
    options.rules.push_back(rule);
  }
  options.lateness = *rc::gen::element(0, 1, 60) * kMinute;
  options.shards = *rc::gen::inRange<size_t>(1, 5);
  return options;
}

// A line for each caller; `tiers` says which of the thresholds it has, 0: the rule's.
Ledger LedgerOf(const std::vector<int>& tiers) {
  auto ledger = std::make_shared<SubjectDirectory>();
  for (int caller = 0; caller < kCallers; ++caller) {
    const int tier = tiers[static_cast<size_t>(caller)];
    const LineId line("l" + std::to_string(caller));
    const auto at_least = [tier](int named) {
      return tier >= named ? std::to_string(named) : std::string();
    };
    ledger->AddLine(line, CustomerId(tier == 3 ? "3" : "other"), {}, {at_least(1), at_least(2)});
    ledger->AddNumber(line, CallerElsewhere(caller));
  }
  return ledger;
}

// Some gaps are so long that a sweep comes.
Duration GenGap() {
  const int kind = *rc::gen::inRange(0, 40);
  if (kind == 0) return *rc::gen::inRange(1, 40) * kHour;
  if (kind < 12) return Duration(0);
  return *rc::gen::inRange(0, 900) * kSecond;
}

enum class Order { kSorted, kWithinLateness };

std::vector<Batch> GenBatches(Duration lateness, Order order) {
  std::vector<Batch> batches(1);
  std::vector<int> tiers(kCallers, 0);
  EventTime now = kMidnight;
  const int count = *rc::gen::inRange(1, 300);
  const int late_in_ten = order == Order::kSorted ? 0 : *rc::gen::element(0, 0, 3);
  const auto most_late = static_cast<int>(lateness / kSecond) + 2;
  for (int i = 0; i < count; ++i) {
    if (*rc::gen::inRange(0, 8) == 0) {
      for (int& tier : tiers) tier = *rc::gen::inRange(0, 4);
      const bool gone = *rc::gen::inRange(0, 8) == 0;
      batches.push_back({{}, true, gone ? nullptr : LedgerOf(tiers)});
    }
    now += GenGap();
    const bool late = *rc::gen::inRange(0, 10) < late_in_ten;
    const Duration behind = late ? *rc::gen::inRange(0, most_late) * kSecond : Duration(0);
    batches.back().calls.push_back(Call(CallerElsewhere(*rc::gen::inRange(0, kCallers)),
                                        now - behind, "r" + std::to_string(i)));
  }
  return batches;
}

Case GenCase() {
  Case c;
  c.options = GenRules();
  c.batches = GenBatches(c.options.lateness, Order::kWithinLateness);
  return c;
}

std::string Reference(const Case& c) {
  reference::Detector detector(c.options, nullptr);
  std::vector<Detection> detections;
  std::vector<size_t> late;
  for (const Batch& batch : c.batches) {
    if (batch.changes) detector.SetDirectory(batch.ledger);
    detector.Consume(batch.calls, detections, late);
  }
  return Print(detections);
}

enum class Restarts { kNone, kSome };

// With restarts: of a snapshot's bytes, under the ledger of that moment.
std::string Tuned(const Case& c, Restarts restarts, Detector& detector) {
  std::vector<Detection> detections;
  std::vector<size_t> late;
  Ledger ledger;
  for (const Batch& batch : c.batches) {
    if (batch.changes) {
      ledger = batch.ledger;
      detector.SetDirectory(ledger);
    }
    detector.Consume(batch.calls, detections, late);
    if (restarts == Restarts::kNone || *rc::gen::inRange(0, 4) > 0) continue;
    const std::string bytes = detector.Snapshot();
    auto restored = Detector::Restore(bytes, c.options, ledger);
    RC_ASSERT(restored.ok());
    RC_ASSERT(restored->Snapshot() == bytes);
    detector = *std::move(restored);
  }
  return Print(detections);
}

RC_GTEST_PROP(DetectorLedger, ANewThresholdIsThatOfBruteForceFromTheNextCallOn, ()) {
  const Case c = GenCase();
  const std::string expected = Reference(c);
  for (const Restarts restarts : {Restarts::kNone, Restarts::kSome}) {
    Detector detector(c.options, nullptr);
    RC_ASSERT(Tuned(c, restarts, detector) == expected);
  }
}

// The same rules, none with a threshold above `most`. Nor below 2: a threshold of 1 has no warning,
// and the one that opens when it is raised knows no more calls than are kept.
DetectorOptions Lowered(DetectorOptions options, uint32_t most) {
  for (FrequencyRule& rule : options.rules) {
    const auto lower = [most](uint32_t& threshold) {
      threshold = std::max(std::min(threshold, most), 2u);
    };
    lower(rule.threshold);
    lower(rule.ledger_thresholds.by_class["1"]);
    lower(rule.ledger_thresholds.by_industry["2"]);
    lower(rule.ledger_thresholds.by_customer["3"]);
  }
  return options;
}

// Snapshots are sweeps over all numbers, wherever they come.
RC_GTEST_PROP(DetectorRestart, ALoweredThresholdIsThatOfBruteForceFromTheNextCallOn, ()) {
  constexpr uint32_t kHighest = 60;
  DetectorOptions options = Lowered(GenRules(), kHighest);
  for (FrequencyRule& rule : options.rules) rule.threshold = kHighest;
  const std::vector<Batch> batches = GenBatches(options.lateness, Order::kSorted);
  reference::Detector expected(options, nullptr);
  Detector detector(options, nullptr);
  std::vector<Detection> of_reference;
  std::vector<Detection> found;
  std::vector<size_t> late;
  Ledger ledger;
  for (const Batch& batch : batches) {
    if (batch.changes) {
      ledger = batch.ledger;
      expected.SetDirectory(ledger);
      detector.SetDirectory(ledger);
    }
    expected.Consume(batch.calls, of_reference, late);
    detector.Consume(batch.calls, found, late);
    if (*rc::gen::inRange(0, 2) == 0) detector.Snapshot();
    if (*rc::gen::inRange(0, 16) > 0) continue;
    options = Lowered(options, GenThreshold());
    expected.SetOptions(options);
    auto restored = Detector::Restore(detector.Snapshot(), options, ledger);
    RC_ASSERT(restored.ok());
    detector = *std::move(restored);
    if (*rc::gen::inRange(0, 2) == 0) detector.Snapshot();
  }
  RC_ASSERT(Print(found) == Print(of_reference));
}

RC_GTEST_PROP(DetectorLedger, NeitherCutsNorShardsNorSweepsShow, ()) {
  Case c = GenCase();
  Detector whole(c.options, nullptr);
  const std::string expected = Tuned(c, Restarts::kNone, whole);
  c.options.shards = *rc::gen::inRange<size_t>(1, 5);
  std::vector<Batch> pieces;
  for (const Batch& batch : c.batches) {
    pieces.push_back({{}, batch.changes, batch.ledger});
    for (const Cdr& cdr : batch.calls) {
      if (*rc::gen::inRange(0, 4) == 0) pieces.push_back({{}, false, nullptr});
      pieces.back().calls.push_back(cdr);
    }
  }
  c.batches = std::move(pieces);
  Detector cut(c.options, nullptr);
  RC_ASSERT(Tuned(c, Restarts::kSome, cut) == expected);
  RC_ASSERT(cut.Snapshot() == whole.Snapshot());
}

}  // namespace
}  // namespace ringfence
