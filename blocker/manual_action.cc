#include "blocker/manual_action.h"

#include "absl/strings/str_cat.h"
#include "blocker/action_id.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "whitelist/protected_floor.h"

namespace ringfence {
namespace {

absl::Status MayNot(std::string_view why) { return absl::FailedPreconditionError(ToAbsl(why)); }

absl::Status Check(const ManualOrder& order, const Listing& listing) {
  if (order.person.empty()) return absl::InvalidArgumentError("say who orders it");
  if (listing.number != order.number) return MayNot("the listing is of another number");
  if (IsPublicService(order.number) || listing.protection == Protection::kPublicService) {
    return MayNot("a public-service number: nobody suspends or blocks it here");
  }
  if (listing.protection != Protection::kNone && !order.protected_line_too) {
    return absl::FailedPreconditionError(absl::StrCat(
        "a line of a protected class (",
        listing.owner ? ToAbsl(LineClassName(listing.owner->line_class)) : absl::string_view(),
        "): if that line is meant, say --protected-line-too"));
  }
  if (order.kind == ActionKind::kSuspend && !listing.owner) {
    return MayNot("the number is not in the ledger: there is no line to suspend; block it");
  }
  if (order.kind == ActionKind::kBlock && listing.owner) {
    return MayNot("the number is a line of the ledger: suspend it");
  }
  return absl::OkStatus();
}

// The record wants evidence; a person's order has none but the moment and the lists of then.
Evidence EvidenceOf(const ManualOrder& order, const Listing& listing, EventTime now) {
  Evidence evidence;
  Detection& detection = evidence.detection;
  detection.rule = RuleId(kManualRule);
  detection.subject = {SubjectKind::kNumber, order.number, {}};
  detection.window = std::chrono::hours(24);
  detection.at = detection.first_call = now;
  detection.number = order.number;
  evidence.listing = listing.Untouchable() ? ListingLabel::kListed : ListingLabel::kNotListed;
  evidence.list = listing.list;
  return evidence;
}

}  // namespace

absl::StatusOr<ActionRecord> MakeManualAction(const ManualOrder& order, const Listing& listing,
                                              EventTime now) {
  if (order.kind != ActionKind::kSuspend && order.kind != ActionKind::kBlock) {
    return absl::InvalidArgumentError("only a suspension or a block can be ordered");
  }
  RF_RETURN_IF_ERROR(Check(order, listing));
  ActionRecord record;
  record.id = MakeManualActionId(order.number, ActionKindName(order.kind), order.person, now);
  record.subject = {SubjectKind::kNumber, order.number, {}};
  record.number = order.number;
  record.kind = record.would = order.kind;
  record.mode = RuleMode::kEnforce;
  record.person = order.person;
  record.evidence = EvidenceOf(order, listing, now);
  const bool is_protected = listing.protection != Protection::kNone;
  record.reason = is_protected ? "ordered-for-protected-line" : "ordered-by-person";
  record.detail = order.note;
  if (!listing.owner) return record;
  record.line = listing.owner->line;
  record.customer = listing.owner->customer;
  record.line_status = listing.owner->status;
  return record;
}

bool IsManual(const ActionRecord& action) {
  return action.evidence.detection.rule.value() == kManualRule;
}

}  // namespace ringfence
