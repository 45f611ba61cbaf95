// What a decision costs: policy, R0 and the id, without the record.
#include <benchmark/benchmark.h>

#include "blocker/action_id.h"
#include "blocker/authorise.h"
#include "blocker/policy.h"
#include "tests/unit/blocker/blocker_doubles.h"

namespace ringfence {
namespace {

const CallingNumber kNumber = Caller("+866315550001");

void BM_Decide(benchmark::State& state) {
  const Detection detection = AlertOf(kNumber);
  const absl::StatusOr<Listing> listing = LineListing(kNumber);
  const RuleSettings settings{RuleId("line-frequency"), RuleMode::kEnforce};
  if (Decide(detection, listing, settings).action != ActionKind::kSuspend) {
    state.SkipWithError("a ledger line is not suspended");
  }
  for (auto _ : state) benchmark::DoNotOptimize(Decide(detection, listing, settings));
}
BENCHMARK(BM_Decide);

void BM_Authorise(benchmark::State& state) {
  const absl::StatusOr<Listing> listing = LineListing(kNumber);
  const Proposal proposal{kNumber, ActionKind::kSuspend, RuleMode::kEnforce, kNoon};
  const DispatchFacts facts{listing, false, false, true, BreakerAnswer::kAllowed, kNoon};
  if (!std::holds_alternative<Authorised>(Authorise(proposal, facts, {}))) {
    state.SkipWithError("a proved proposal is not authorised");
  }
  for (auto _ : state) benchmark::DoNotOptimize(Authorise(proposal, facts, {}));
}
BENCHMARK(BM_Authorise);

void BM_ActionId(benchmark::State& state) {
  const Detection detection = AlertOf(kNumber);
  if (MakeActionId(detection).value().size() != 32) state.SkipWithError("not 128 bits");
  for (auto _ : state) benchmark::DoNotOptimize(MakeActionId(detection));
}
BENCHMARK(BM_ActionId);

}  // namespace
}  // namespace ringfence
