// An action as the journal keeps it, and the ways its state may change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "blocker/decision.h"
#include "blocker/evidence.h"
#include "detector/model/subject.h"
#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"
#include "whitelist/listing.h"

namespace ringfence {

enum class ActionState : uint8_t {
  kProposed,    // policy decided; nothing was sent
  kReported,    // end: nothing is to be done (observe mode, listed, a warning, …)
  kHeld,        // waits for proof, for the breaker, or for a person
  kWithdrawn,   // end: nothing was sent, and nothing will be
  kAuthorised,  // R0 holds; about to be sent
  kDispatched,  // may have been sent; not confirmed
  kConfirmed,   // the receiver confirmed it: in force
  kFailed,      // end: the receiver refused it
  kRestoring,   // the way back was decided; not confirmed
  kReversed,    // end: taken back by a person or because the number was listed
  kExpired,     // end: nobody confirmed it in time
};

// Whether the journal takes this change. Everything not drawn in docs/work-orders.md is refused.
bool IsLegal(ActionState from, ActionState to);
bool IsTerminal(ActionState state);

std::string_view ActionStateName(ActionState state);  // "proposed"
std::optional<ActionState> ActionStateFromName(std::string_view name);

struct ActionRecord {
  ActionId id;
  Subject subject;
  CallingNumber number;                  // whose calls are stopped; the subject itself for a number
  ActionKind kind = ActionKind::kNone;   // suspend, block, held (not known yet which), none
  ActionKind would = ActionKind::kNone;  // differs from kind in observe mode
  RuleMode mode = RuleMode::kObserve;
  ActionState state = ActionState::kProposed;
  std::string reason;  // of the latest change, a name such as "ledger-line" or "listing-unknown"
  std::string detail;  // of the latest change, for people; may be empty
  LineId line;         // empty: not in the ledger, or not known
  CustomerId customer;
  LineStatus line_status = LineStatus::kActive;  // before the action; meaningful with a line
  Evidence evidence;
  EventTime created;
  EventTime changed;
  std::optional<EventTime> expires;       // none: not in force, or confirmed by a person
  std::string person;                     // who confirmed or reversed it; empty: the machine alone
  std::optional<ActionState> restore_to;  // while kRestoring: kReversed, kExpired or kFailed
  uint32_t attempts = 0;                  // times it was sent
};

}  // namespace ringfence
