// The part of Blocker that carries actions out and takes them back.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "blocker/blocker.h"
#include "blocker/manual_action.h"
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

// Errors that one call waits for at one receiver before it leaves it out, and for the lists.
constexpr uint64_t kMaxErrors = 5;

bool IsLatch(HoldReason reason) {
  return reason == HoldReason::kBreakerDay || reason == HoldReason::kBreakerCustomer;
}

}  // namespace

// From kProposed, kHeld or kAuthorised as far as it gets now.
absl::Status Blocker::Carry(ActionRecord& record, EventTime now) {
  if (IsManual(record)) return CarryOrder(record, now);
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

// What a person ordered stands above lists, bounds and arming, and above what the machine has in
// force against the number; the compiled-in floor stands above persons.
absl::Status Blocker::CarryOrder(ActionRecord& record, EventTime now) {
  if (IsPublicService(record.number)) {
    return Withdraw(record, {std::string(RefuseReasonName(RefuseReason::kProtectedFloor)), {}, {}},
                    now);
  }
  RF_RETURN_IF_ERROR(parts_.journal.Move(record, ActionState::kDispatched, UpdateOf("sent"), now));
  return Send(record, now);
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
  bool confirmed = true;
  absl::Status error;  // of one receiver
  for (size_t i = 0; i < parts_.sinks.size(); ++i) {
    const absl::Status answer = parts_.sinks[i]->Dispatch(record);
    if (answer.ok()) continue;
    confirmed = false;
    NoteAnswer(i, answer);
    if (absl::IsInvalidArgument(answer)) return Refuse(record, answer, i, now);
    if (!IsPending(answer)) error = answer;
  }
  if (!error.ok()) return TellUnconfirmed(record, error, now);
  if (!confirmed) return absl::OkStatus();
  doubtful_.erase(record.id);
  RF_RETURN_IF_ERROR(
      parts_.journal.Move(record, ActionState::kConfirmed, UpdateOf("confirmed"), now));
  ++probe_.confirmed;
  return absl::OkStatus();
}

// Refused for good: the other receivers must not keep it.
absl::Status Blocker::Refuse(ActionRecord& record, const absl::Status& error, size_t refuser,
                             EventTime now) {
  doubtful_.erase(record.id);
  bool clean = true;
  for (size_t i = 0; i < parts_.sinks.size(); ++i) {
    if (i == refuser) continue;
    const absl::Status answer = parts_.sinks[i]->Restore(record);
    if (answer.ok()) continue;
    clean = false;
    NoteAnswer(i, answer);
  }
  ActionUpdate update = UpdateOf("refused-by-receiver", error.ToString());
  if (clean) {
    ++probe_.failed;
    RF_RETURN_IF_ERROR(parts_.journal.Move(record, ActionState::kFailed, update, now));
  } else {
    update.restore_to = ActionState::kFailed;
    RF_RETURN_IF_ERROR(parts_.journal.Move(record, ActionState::kRestoring, update, now));
  }
  return parts_.journal.events().AddAlarm(
      now, "action-failed",
      absl::StrCat("Action ", record.id.value(), " was refused: ", error.ToString()));
}

absl::Status Blocker::TellUnconfirmed(const ActionRecord& record, const absl::Status& error,
                                      EventTime now) {
  if (!doubtful_.insert(record.id).second) return absl::OkStatus();
  return parts_.journal.events().AddAlarm(
      now, "unconfirmed",
      absl::StrCat("Action ", record.id.value(), " was sent and not confirmed; it is sent again. ",
                   error.ToString()));
}

void Blocker::NoteAnswer(size_t sink, const absl::Status& answer) {
  if (IsPending(answer)) {
    ++probe_.pending;
  } else {
    ++probe_.sink_errors;
    ++sink_errors_[sink];
  }
}

absl::Status Blocker::GiveBack(ActionRecord& record, ActionState to, Cause cause, EventTime now) {
  ActionUpdate update =
      UpdateOf(std::move(cause.reason), std::move(cause.detail), std::move(cause.person));
  update.restore_to = to;
  RF_RETURN_IF_ERROR(parts_.journal.Move(record, ActionState::kRestoring, update, now));
  return FinishRestore(record, now);
}

absl::Status Blocker::FinishRestore(ActionRecord& record, EventTime now) {
  doubtful_.erase(record.id);
  // The state to go back to is today's, where the lists tell it.
  ActionRecord target = record;
  if (probe_.lookup_errors - lookup_errors_before_ < kMaxErrors) {
    if (const auto listing = Prove(record.number, now); listing.ok()) {
      target.line = listing->owner ? listing->owner->line : LineId();
      target.line_status = listing->owner ? listing->owner->status : LineStatus::kActive;
    }
  }
  // All are asked, whatever one answers: a line that is to be free does not wait for the slowest.
  std::vector<bool>& done = given_back_[record.id];
  done.resize(parts_.sinks.size());
  absl::Status error;
  for (size_t i = 0; i < parts_.sinks.size(); ++i) {
    if (done[i] || sink_errors_[i] >= kMaxErrors) continue;
    const absl::Status answer = parts_.sinks[i]->Restore(target);
    done[i] = answer.ok();
    if (answer.ok()) continue;
    NoteAnswer(i, answer);
    if (!IsPending(answer)) error = answer;
  }
  if (!error.ok() && !std::exchange(restores_fail_, true)) {
    RF_RETURN_IF_ERROR(parts_.journal.events().AddAlarm(
        now, "not-restored",
        absl::StrCat("Action ", record.id.value(),
                     " could not be taken back at a receiver; it is tried until it is done. ",
                     error.ToString())));
  }
  // kRestoring until all have: taken up by RetryHeld().
  if (std::find(done.begin(), done.end(), false) != done.end()) return absl::OkStatus();
  const ActionState to = record.restore_to.value_or(ActionState::kReversed);
  RF_RETURN_IF_ERROR(parts_.journal.Move(record, to, UpdateOf(record.reason, record.detail), now));
  given_back_.erase(record.id);
  if (to == ActionState::kFailed) {
    ++probe_.failed;
  } else {
    ++(to == ActionState::kExpired ? probe_.expired : probe_.reversed);
  }
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
