// Rule R0 (DESIGN.md, "Rules that never break"): the last question before anything is dispatched.
// Pure and small, so that every branch is tested.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "blocker/circuit_breaker.h"
#include "blocker/decision.h"
#include "whitelist/listing.h"

namespace ringfence {

// Held: not now. A person is told; asked again later, except where noted.
enum class HoldReason : uint8_t {
  kListingUnknown,   // the look-up failed: no answer is no proof
  kListingStale,     // the listing is older than the bound, or of the future
  kListingMismatch,  // the listing is of another number
  kNoManifest,       // the listing names no list version
  kBreakerMinute,    // too many automatic actions in a minute
  kBreakerDay,       // … on this day; needs a person's reset
  kBreakerCustomer,  // … of this customer on this day; needs a person's reset
  kPersonDecided,    // a person gave this number free: only a person may act on it again
  kEvidenceAhead,    // the cause lies in the future: this clock, or that of the source, is wrong
  kDisarmed,         // the machine may not act at present: it replays, or a clock was set, …
};

// Refused: never for this cause.
enum class RefuseReason : uint8_t {
  kNothingToDo,     // the proposal is neither suspend nor block
  kObserveMode,     // the rule does not enforce (any more)
  kProtectedFloor,  // on the floor that is compiled in, whatever the lists say
  kProtected,       // the listing says protected
  kWhitelisted,     // the listing says whitelisted
  kLineOff,         // the line is suspended or closed already
  kOwnerChanged,    // suspend proposed but no longer a ledger line, or block of what is one now
  kEvidenceTooOld,  // the cause lies further back than the configuration allows
};

struct Proposal {
  CallingNumber number;
  ActionKind action = ActionKind::kNone;  // kSuspend or kBlock
  RuleMode mode = RuleMode::kObserve;
  EventTime evidence_at;  // setup time of the call that opened the episode
};

struct AuthoriseLimits {
  // How old a listing may be: now - read_at <= this. At least 0.
  Duration listing_age_max = std::chrono::seconds(2);
  // How old the evidence may be; none: any age (batches of old records).
  std::optional<Duration> evidence_age_max;
  // How far ahead of the clock it may be. A clock that went back would also judge wrongly which
  // entries of the whitelist stand.
  std::optional<Duration> evidence_ahead_max;

  bool TooOld(EventTime evidence_at, EventTime now) const {
    return evidence_age_max.has_value() && now - evidence_at > *evidence_age_max;
  }
};

// What is known at the moment of dispatch. References must outlive the call.
struct DispatchFacts {
  const absl::StatusOr<Listing>& listing;  // read for this dispatch, not from a cache
  bool on_floor = false;                   // the number stands on the compiled-in floor
  bool person_decided = false;             // a person gave the number free earlier
  bool armed = false;                      // the machine may act at present
  BreakerAnswer breaker = BreakerAnswer::kDay;
  EventTime now;
};

struct Authorised {
  ListVersion list;
};
struct Held {
  HoldReason reason;
  std::string detail;  // the error of the look-up; empty otherwise
};
struct Refused {
  RefuseReason reason;
};
using Authorisation = std::variant<Authorised, Held, Refused>;

Authorisation Authorise(const Proposal& proposal, const DispatchFacts& facts,
                        const AuthoriseLimits& limits);

std::string_view HoldReasonName(HoldReason reason);      // "listing-unknown"
std::string_view RefuseReasonName(RefuseReason reason);  // "whitelisted"

}  // namespace ringfence
