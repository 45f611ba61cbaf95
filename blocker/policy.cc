#include "blocker/policy.h"

namespace ringfence {
namespace {

struct Verdict {
  ActionKind action;
  bool order;
  DecisionReason reason;
  bool urgent = false;
};

constexpr Verdict Report(DecisionReason reason) { return {ActionKind::kNone, false, reason}; }

DecisionReason ProtectionReason(Protection protection) {
  return protection == Protection::kPublicService ? DecisionReason::kPublicService
                                                  : DecisionReason::kProtectedClass;
}

// A line's or a customer's total: the machine never cuts a whole customer, people look.
Verdict JudgeTotal(const absl::StatusOr<Listing>& listing) {
  if (listing.ok() && listing->protection != Protection::kNone) {
    return Report(ProtectionReason(listing->protection));
  }
  return {ActionKind::kNone, true, DecisionReason::kOverDeclared};
}

Verdict JudgeCalled(const absl::StatusOr<Listing>& listing) {
  const bool urgent = !listing.ok() || listing->Untouchable();
  return {ActionKind::kNone, true,
          urgent ? DecisionReason::kListedFlooded : DecisionReason::kFlooded, urgent};
}

Verdict JudgeNumber(const absl::StatusOr<Listing>& listing) {
  if (!listing.ok()) return {ActionKind::kHeld, true, DecisionReason::kListingUnknown};
  if (listing->protection != Protection::kNone) {
    return Report(ProtectionReason(listing->protection));
  }
  if (listing->whitelisted) return Report(DecisionReason::kWhitelisted);
  if (!listing->owner) return {ActionKind::kBlock, true, DecisionReason::kForeignNumber};
  switch (listing->owner->status) {
    case LineStatus::kActive:
    case LineStatus::kWarned:
      return {ActionKind::kSuspend, true, DecisionReason::kLedgerLine};
    case LineStatus::kSuspended:
      return Report(DecisionReason::kAlreadySuspended);
    case LineStatus::kClosed:
      break;
  }
  return Report(DecisionReason::kAlreadyClosed);
}

Verdict Judge(const Detection& detection, const absl::StatusOr<Listing>& listing) {
  if (detection.transition == Transition::kClosed) return Report(DecisionReason::kEpisodeClosed);
  if (detection.level == Level::kWarning) return Report(DecisionReason::kWarningLevel);
  if (detection.subject.kind == SubjectKind::kNumber) return JudgeNumber(listing);
  if (detection.subject.kind == SubjectKind::kCalled) return JudgeCalled(listing);
  return JudgeTotal(listing);
}

}  // namespace

ListingLabel LabelOf(const absl::StatusOr<Listing>& listing) {
  if (!listing.ok()) return ListingLabel::kUnknown;
  return listing->Untouchable() ? ListingLabel::kListed : ListingLabel::kNotListed;
}

CallingNumber ListedNumber(const Detection& detection) {
  if (detection.subject.kind != SubjectKind::kCalled) return detection.number;
  return CallingNumber(detection.subject.called.number());
}

Decision Decide(const Detection& detection, const absl::StatusOr<Listing>& listing,
                const RuleSettings& settings) {
  const Verdict verdict = Judge(detection, listing);
  Decision decision;
  decision.would = verdict.action;
  decision.would_order = verdict.order;
  decision.urgent = verdict.urgent;
  decision.reason = verdict.reason;
  decision.listing = LabelOf(listing);
  if (settings.mode == RuleMode::kEnforce) {
    decision.action = verdict.action;
    decision.work_order = verdict.order;
  }
  return decision;
}

}  // namespace ringfence
