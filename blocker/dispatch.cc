// The part of Blocker that carries actions out and takes them back.
#include "absl/strings/str_cat.h"
#include "blocker/blocker.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "whitelist/protected_floor.h"

namespace ringfence {
namespace {

ActionUpdate UpdateOf(std::string reason, std::string detail = {}, std::string person = {}) {
  ActionUpdate update;
  update.reason = std::move(reason);
  update.detail = std::move(detail);
  update.person = std::move(person);
  return update;
}

bool IsLatch(HoldReason reason) {
  return reason == HoldReason::kBreakerDay || reason == HoldReason::kBreakerCustomer;
}

}  // namespace

// From kProposed, kHeld or kAuthorised as far as it gets now.
absl::Status Blocker::Carry(ActionRecord& record, EventTime now) {
  RF_ASSIGN_OR_RETURN(const auto open, parts_.journal.Open(record.number));
  if (open && open->id != record.id) {
    return Withdraw(record, {"already-open", absl::StrCat("by action ", open->id.value()), {}},
                    now);
  }
  const absl::StatusOr<Listing> listing = Prove(record.number, now);
  RF_ASSIGN_OR_RETURN(const Authorisation answer, Ask(record, listing, now));
  if (const auto* held = std::get_if<Held>(&answer)) return Hold(record, *held, now);
  if (const auto* refused = std::get_if<Refused>(&answer)) {
    return Withdraw(record, {std::string(RefuseReasonName(refused->reason)), {}, {}}, now);
  }
  return GoAhead(record, *listing, now);
}

absl::StatusOr<Authorisation> Blocker::Ask(const ActionRecord& record,
                                           const absl::StatusOr<Listing>& listing, EventTime now) {
  const RuleMode mode_now = SettingsOf(record.evidence.detection.rule).mode;
  const Proposal proposal{record.number, record.kind,
                          record.mode == RuleMode::kEnforce ? mode_now : record.mode,
                          record.evidence.detection.at};
  RF_ASSIGN_OR_RETURN(const bool freed, parts_.journal.FreedByPerson(record.number));
  // What was sent already was counted, and its evidence was young enough then.
  const bool sent = record.state == ActionState::kDispatched;
  AuthoriseLimits limits = options_.limits;
  if (sent) limits.evidence_age_max.reset();
  DispatchFacts facts{.listing = listing,
                      .on_floor = IsPublicService(record.number),
                      .person_decided = freed,
                      .armed = armed_,
                      .breaker = BreakerAnswer::kAllowed,
                      .now = now};
  const Authorisation answer = Authorise(proposal, facts, limits);
  if (sent || record.state == ActionState::kAuthorised) return answer;
  if (!std::holds_alternative<Authorised>(answer)) return answer;
  // The breaker last: what would be refused anyway must not trip it.
  const CustomerId customer = listing->owner ? listing->owner->customer : CustomerId();
  facts.breaker = breaker_.Ask(customer, now);
  return Authorise(proposal, facts, limits);
}

absl::Status Blocker::GoAhead(ActionRecord& record, const Listing& listing, EventTime now) {
  if (record.state != ActionState::kAuthorised) {
    ActionUpdate update = UpdateOf("authorised");
    update.kind = record.kind;
    update.listing = listing;
    update.expires = now + SettingsOf(record.evidence.detection.rule).suspension;
    RF_RETURN_IF_ERROR(parts_.journal.Move(record, ActionState::kAuthorised, update, now));
    breaker_.Record(record.customer, now);
    ++probe_.authorised;
  }
  RF_RETURN_IF_ERROR(parts_.journal.Move(record, ActionState::kDispatched, UpdateOf("sent"), now));
  return Send(record, now);
}

absl::Status Blocker::Hold(ActionRecord& record, const Held& held, EventTime now) {
  std::string reason(HoldReasonName(held.reason));
  if (IsLatch(held.reason) || held.reason == HoldReason::kBreakerMinute) {
    ++probe_.breaker_refusals;
    RF_RETURN_IF_ERROR(NoteBreaker(held.reason, record.customer, now));
  }
  if (record.state == ActionState::kHeld && record.reason == reason) return absl::OkStatus();
  const bool disarmed = held.reason == HoldReason::kDisarmed;
  ActionUpdate update = UpdateOf(std::move(reason), disarmed ? arming_why_ : held.detail);
  update.kind = record.kind;
  ++probe_.held;
  return parts_.journal.Move(record, ActionState::kHeld, update, now);
}

std::optional<HoldReason> Blocker::BoundForAll(const ActionRecord& record) {
  if (record.state != ActionState::kHeld) return std::nullopt;
  for (const HoldReason bound : {HoldReason::kBreakerMinute, HoldReason::kBreakerDay}) {
    if (record.reason == HoldReasonName(bound)) return bound;
  }
  return std::nullopt;
}

absl::Status Blocker::Withdraw(ActionRecord& record, Cause cause, EventTime now) {
  RF_RETURN_IF_ERROR(parts_.journal.Move(
      record, ActionState::kWithdrawn,
      UpdateOf(std::move(cause.reason), std::move(cause.detail), std::move(cause.person)), now));
  ++probe_.withdrawn;
  return absl::OkStatus();
}

absl::Status Blocker::Send(ActionRecord& record, EventTime now) {
  ++probe_.dispatched;
  for (size_t i = 0; i < parts_.sinks.size(); ++i) {
    const absl::Status status = parts_.sinks[i]->Dispatch(record);
    if (!status.ok()) return SendFailed(record, status, i, now);
  }
  RF_RETURN_IF_ERROR(
      parts_.journal.Move(record, ActionState::kConfirmed, UpdateOf("confirmed"), now));
  ++probe_.confirmed;
  return absl::OkStatus();
}

absl::Status Blocker::SendFailed(ActionRecord& record, const absl::Status& error, size_t confirmed,
                                 EventTime now) {
  ++probe_.sink_errors;
  EventLog& events = parts_.journal.events();
  if (!absl::IsInvalidArgument(error)) {
    if (record.attempts > 1) return absl::OkStatus();
    return events.AddAlarm(
        now, "unconfirmed",
        absl::StrCat("Action ", record.id.value(),
                     " was sent and not confirmed; it is sent again. ", error.ToString()));
  }
  // Refused for good: the receivers before this one must not keep it.
  for (size_t i = 0; i < confirmed; ++i) {
    if (!parts_.sinks[i]->Restore(record).ok()) return absl::OkStatus();  // sent again later
  }
  ++probe_.failed;
  RF_RETURN_IF_ERROR(parts_.journal.Move(record, ActionState::kFailed,
                                         UpdateOf("refused-by-receiver", error.ToString()), now));
  return events.AddAlarm(
      now, "action-failed",
      absl::StrCat("Action ", record.id.value(), " was refused: ", error.ToString()));
}

absl::Status Blocker::GiveBack(ActionRecord& record, ActionState to, Cause cause, EventTime now) {
  ActionUpdate update =
      UpdateOf(std::move(cause.reason), std::move(cause.detail), std::move(cause.person));
  update.restore_to = to;
  RF_RETURN_IF_ERROR(parts_.journal.Move(record, ActionState::kRestoring, update, now));
  return FinishRestore(record, now);
}

absl::Status Blocker::FinishRestore(ActionRecord& record, EventTime now) {
  // The state to go back to is today's, where the lists tell it.
  ActionRecord target = record;
  if (const auto listing = Prove(record.number, now); listing.ok()) {
    target.line = listing->owner ? listing->owner->line : LineId();
    target.line_status = listing->owner ? listing->owner->status : LineStatus::kActive;
  }
  for (ActionSink* sink : parts_.sinks) {
    if (!sink->Restore(target).ok()) {
      ++probe_.sink_errors;
      return absl::OkStatus();  // stays kRestoring: taken up by RetryHeld()
    }
  }
  const ActionState to = record.restore_to.value_or(ActionState::kReversed);
  RF_RETURN_IF_ERROR(parts_.journal.Move(record, to, UpdateOf(record.reason, record.detail), now));
  ++(to == ActionState::kExpired ? probe_.expired : probe_.reversed);
  return absl::OkStatus();
}

absl::Status Blocker::NoteBreaker(HoldReason reason, const CustomerId& customer, EventTime now) {
  EventLog& events = parts_.journal.events();
  if (reason == HoldReason::kBreakerMinute) {
    if (minute_told_ && now - *minute_told_ < std::chrono::minutes(1)) return absl::OkStatus();
    minute_told_ = now;
    return events.AddAlarm(now, "breaker-minute",
                           "More automatic actions in a minute than allowed: the rest is held and "
                           "carried out as the bound allows.");
  }
  const bool day = reason == HoldReason::kBreakerDay;
  const CustomerId whose = day ? CustomerId() : customer;
  if (!trips_told_.insert(day ? "day" : absl::StrCat("customer ", whose.value())).second) {
    return absl::OkStatus();
  }
  RF_RETURN_IF_ERROR(parts_.journal.RecordTrip(
      day ? BreakerAnswer::kDay : BreakerAnswer::kCustomerDay, whose, now));
  return events.AddAlarm(
      now, HoldReasonName(reason),
      absl::StrCat("The daily bound on automatic actions is reached",
                   day ? "" : absl::StrCat(" for customer ", whose.value()),
                   ": everything more is held until a person has looked and resets the breaker."));
}

}  // namespace ringfence
