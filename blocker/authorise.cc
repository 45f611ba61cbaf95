#include "blocker/authorise.h"

#include <array>

#include "ingest/model/absl_bridge.h"

namespace ringfence {
namespace {

std::optional<HoldReason> HeldByBreaker(BreakerAnswer answer) {
  switch (answer) {
    case BreakerAnswer::kAllowed:
      return std::nullopt;
    case BreakerAnswer::kMinute:
      return HoldReason::kBreakerMinute;
    case BreakerAnswer::kCustomerDay:
      return HoldReason::kBreakerCustomer;
    case BreakerAnswer::kDay:
      break;
  }
  return HoldReason::kBreakerDay;
}

// What no list and no configuration can change.
std::optional<RefuseReason> RefusedByItself(const Proposal& proposal, bool on_floor) {
  if (proposal.number.number().empty()) return RefuseReason::kNothingToDo;
  if (proposal.action != ActionKind::kSuspend && proposal.action != ActionKind::kBlock) {
    return RefuseReason::kNothingToDo;
  }
  if (proposal.mode != RuleMode::kEnforce) return RefuseReason::kObserveMode;
  if (on_floor) return RefuseReason::kProtectedFloor;
  return std::nullopt;
}

// Whether the listing proves anything about this number at this moment.
std::optional<HoldReason> NoProof(const Proposal& proposal, const Listing& listing, EventTime now,
                                  Duration age_max) {
  if (listing.number != proposal.number) return HoldReason::kListingMismatch;
  if (listing.list.version == 0 || listing.list.digest.empty()) return HoldReason::kNoManifest;
  const Duration age = now - listing.read_at;
  if (age > age_max || age < -age_max) return HoldReason::kListingStale;
  return std::nullopt;
}

std::optional<RefuseReason> RefusedByListing(const Proposal& proposal, const Listing& listing) {
  if (listing.protection != Protection::kNone) return RefuseReason::kProtected;
  if (listing.whitelisted) return RefuseReason::kWhitelisted;
  const bool ledger_line = listing.owner.has_value();
  if (ledger_line != (proposal.action == ActionKind::kSuspend)) return RefuseReason::kOwnerChanged;
  if (!ledger_line) return std::nullopt;
  // Said again here, not taken from `protection`: two ways to the same rule, neither trusted alone.
  if (listing.owner->line_class != LineClass::kOrdinary) return RefuseReason::kProtected;
  const LineStatus status = listing.owner->status;
  if (status != LineStatus::kActive && status != LineStatus::kWarned) return RefuseReason::kLineOff;
  return std::nullopt;
}

}  // namespace

Authorisation Authorise(const Proposal& proposal, const DispatchFacts& facts,
                        const AuthoriseLimits& limits) {
  if (const auto refused = RefusedByItself(proposal, facts.on_floor)) return Refused{*refused};
  if (!facts.listing.ok()) {
    return Held{HoldReason::kListingUnknown, facts.listing.status().ToString()};
  }
  const Listing& listing = *facts.listing;
  if (const auto held = NoProof(proposal, listing, facts.now, limits.listing_age_max)) {
    return Held{*held, {}};
  }
  if (const auto refused = RefusedByListing(proposal, listing)) return Refused{*refused};
  if (limits.TooOld(proposal.evidence_at, facts.now)) return Refused{RefuseReason::kEvidenceTooOld};
  if (limits.evidence_ahead_max && proposal.evidence_at - facts.now > *limits.evidence_ahead_max) {
    return Held{HoldReason::kEvidenceAhead, {}};
  }
  if (facts.person_decided) return Held{HoldReason::kPersonDecided, {}};
  // Behind what is refused for good: that is taken back also while nothing new is done.
  if (!facts.armed) return Held{HoldReason::kDisarmed, {}};
  if (const auto held = HeldByBreaker(facts.breaker)) return Held{*held, {}};
  return Authorised{listing.list};
}

std::string_view HoldReasonName(HoldReason reason) {
  constexpr std::array<std::string_view, 10> kNames = {
      "listing-unknown", "listing-stale",    "listing-mismatch", "no-manifest",    "breaker-minute",
      "breaker-day",     "breaker-customer", "person-decided",   "evidence-ahead", "disarmed"};
  return kNames[static_cast<size_t>(reason)];
}

std::string_view RefuseReasonName(RefuseReason reason) {
  constexpr std::array<std::string_view, 8> kNames = {
      "nothing-to-do", "observe-mode", "protected-floor", "protected",
      "whitelisted",   "line-off",     "owner-changed",   "evidence-too-old"};
  return kNames[static_cast<size_t>(reason)];
}

}  // namespace ringfence
