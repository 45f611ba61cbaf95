// Detections in, one recorded and idempotent decision per cause out, carried out where that is
// proved to be allowed.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "blocker/action_journal.h"
#include "blocker/action_sink.h"
#include "blocker/authorise.h"
#include "blocker/circuit_breaker.h"
#include "blocker/event_log.h"
#include "blocker/order_store.h"
#include "blocker/probe.h"
#include "detector/detection.h"
#include "whitelist/whitelist.h"

namespace ringfence {

struct BlockerOptions {
  std::vector<RuleSettings> rules;  // a rule that is not named here runs in observe mode
  BreakerOptions breaker;
  AuthoriseLimits limits;
};

// What the blocker works with. All of it must outlive the blocker.
struct BlockerParts {
  Whitelist& deciding;  // may be cached: one batch per Handle()
  Whitelist& proving;   // not cached: asked again for every dispatch
  // Whether a number is on the protected floor that is compiled in; independent of any list.
  std::function<bool(CallingNumber)> on_floor;
  ActionJournal& journal;
  OrderStore& orders;
  std::vector<ActionSink*> sinks;  // in this order; an action is confirmed when all confirmed it
  ActionFeed* feed = nullptr;      // none: events wait in the journal
};

// Not thread-safe. No clock: `now` is the caller's, and must not go back.
//
// Every call returns an error only when the record could not be read or written; then nothing was
// dispatched after the failure, and the call can be repeated. Lists that don't answer, receivers
// that refuse and breakers that trip are outcomes, not errors: they stand in the journal.
class Blocker {
 public:
  // Rebuilds the breaker from the journal. InvalidArgument for options that make no sense.
  static absl::StatusOr<std::unique_ptr<Blocker>> Create(BlockerParts parts, BlockerOptions options,
                                                         EventTime now);

  // Decides and, where allowed, dispatches. The same detections again have no second effect.
  absl::Status Handle(absl::Span<const Detection> detections, EventTime now);

  // Takes up what a crash left: proposals, authorised and unconfirmed actions and restorations,
  // each under its own id and after R0 was asked again. Call once after Create().
  absl::Status Recover(EventTime now);

  // Decides again what is held: when the lists are back, or the breaker lets it pass. Sends
  // unconfirmed actions and restorations again.
  absl::Status RetryHeld(EventTime now);

  // Takes back what nobody confirmed in time.
  absl::Status ExpireDue(EventTime now);

  // Takes back what is in force against numbers that have been whitelisted or protected since,
  // unless a person confirmed it. Nothing happens while the lists don't answer.
  absl::Status LiftListed(EventTime now);

  // What people decide. NotFound; FailedPrecondition when the action's state does not allow it.
  absl::Status Confirm(const ActionId& id, std::string_view person, std::string_view note,
                       EventTime now);
  absl::Status Reverse(const ActionId& id, std::string_view person, std::string_view note,
                       EventTime now);
  absl::Status ResetBreaker(std::string_view person, EventTime now);

  const BlockerProbe& probe() const { return probe_; }
  const CircuitBreaker& breaker() const { return breaker_; }

 private:
  Blocker(BlockerParts parts, BlockerOptions options, CircuitBreaker breaker);

  BlockerParts parts_;
  BlockerOptions options_;
  CircuitBreaker breaker_;
  BlockerProbe probe_;
  absl::flat_hash_map<RuleId, RuleSettings> settings_;
  bool lists_down_ = false;  // whether the alarm was raised
};

}  // namespace ringfence
