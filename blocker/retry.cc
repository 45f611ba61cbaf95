// The part of Blocker that takes up what is held, unconfirmed or due.
#include "absl/strings/str_cat.h"
#include "blocker/blocker.h"
#include "blocker/policy.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "whitelist/protected_floor.h"

namespace ringfence {
namespace {

// Time-outs that one call waits for before it leaves the rest to the next.
constexpr uint64_t kMaxErrors = 5;

// Held actions that one call takes up; the next call goes on behind them.
constexpr uint32_t kTurn = 1000;

// Why the machine may no longer act against this number; none: it still may.
std::optional<std::string_view> ReasonToLift(const ActionRecord& action, const Listing& listing) {
  if (listing.Untouchable() || IsPublicService(action.number)) return "listed-since";
  const auto& owner = listing.owner;
  const bool same = action.kind == ActionKind::kSuspend
                        ? owner && owner->line == action.line && owner->customer == action.customer
                        : !owner;
  if (same) return std::nullopt;
  return RefuseReasonName(RefuseReason::kOwnerChanged);
}

}  // namespace

absl::Status Blocker::RetryHeld(EventTime now) {
  RF_RETURN_IF_ERROR(TellArming(now));
  RF_RETURN_IF_ERROR(RefreshBreaker(now));
  RF_RETURN_IF_ERROR(TellConfirmed());
  RF_RETURN_IF_ERROR(RetrySent(now));
  RF_RETURN_IF_ERROR(RetryUnsent(now));
  Publish();
  return absl::OkStatus();
}

absl::Status Blocker::RetryUnsent(EventTime now) {
  RF_ASSIGN_OR_RETURN(auto authorised, parts_.journal.InState(ActionState::kAuthorised));
  for (ActionRecord& record : authorised) {
    RF_RETURN_IF_ERROR(UnlessOvertaken(Carry(record, now)));
  }
  RF_ASSIGN_OR_RETURN(auto waiting, parts_.journal.Waiting(waiting_from_, kTurn));
  const bool more = waiting.size() == kTurn;
  const ActionJournal::Place from = std::exchange(waiting_from_, {});
  if (waiting.empty()) return absl::OkStatus();
  if (more) waiting_from_ = {waiting.back().created, waiting.back().id};
  RF_ASSIGN_OR_RETURN(const Batch listings, ReadLists(waiting, now));
  bool may_carry = armed_;
  for (ActionRecord& record : waiting) {
    const uint64_t errors = probe_.lookup_errors;
    RF_RETURN_IF_ERROR(UnlessOvertaken(Redecide(record, listings, may_carry, now)));
    // Once the bound for all is met, or the proof does not come, the rest would fare no better.
    if (probe_.lookup_errors != errors) may_carry = false;
    if (!BoundForAll(record)) continue;
    may_carry = false;
    waiting_from_ = from;  // the oldest first, when the bound allows more
  }
  return absl::OkStatus();
}

absl::Status Blocker::Redecide(ActionRecord& record, const Batch& listings, bool may_carry,
                               EventTime now) {
  absl::StatusOr<Listing> listing = absl::UnavailableError("the lists gave no answer");
  if (!listings.ok()) {
    listing = listings.status();
  } else if (const auto found = listings->find(record.number); found != listings->end()) {
    listing = found->second;
  }
  const Detection& detection = record.evidence.detection;
  const Decision decision = Decide(detection, listing, SettingsOf(detection.rule));
  if (decision.action != ActionKind::kNone && options_.limits.TooOld(detection.at, now)) {
    const RefuseReason reason = RefuseReason::kEvidenceTooOld;
    return Withdraw(record, {std::string(RefuseReasonName(reason)), {}, {}}, now);
  }
  switch (decision.action) {
    case ActionKind::kSuspend:
    case ActionKind::kBlock:
      // One that was held for another reason keeps it: it is what will be looked at first.
      if (!armed_ && record.state == ActionState::kProposed) {
        return Hold(record, Held{HoldReason::kDisarmed, {}}, now);
      }
      if (!may_carry) return absl::OkStatus();
      record.kind = decision.action;
      record.would = decision.would;
      return Carry(record, now);
    case ActionKind::kHeld:
      return Hold(record, Held{HoldReason::kListingUnknown, listing.status().ToString()}, now);
    case ActionKind::kNone:
      break;
  }
  const bool observes = decision.would != ActionKind::kNone;
  const std::string_view reason =
      observes ? RefuseReasonName(RefuseReason::kObserveMode) : DecisionReasonName(decision.reason);
  return Withdraw(record, {std::string(reason), {}, {}}, now);
}

absl::Status Blocker::RetrySent(EventTime now) {
  const uint64_t give_up = probe_.sink_errors + probe_.lookup_errors + kMaxErrors;
  const auto go_on = [&] { return probe_.sink_errors + probe_.lookup_errors < give_up; };
  RF_ASSIGN_OR_RETURN(auto restoring, parts_.journal.InState(ActionState::kRestoring));
  for (ActionRecord& record : restoring) {
    if (go_on()) RF_RETURN_IF_ERROR(UnlessOvertaken(FinishRestore(record, now)));
  }
  RF_ASSIGN_OR_RETURN(auto dispatched, parts_.journal.InState(ActionState::kDispatched));
  for (ActionRecord& record : dispatched) {
    if (go_on()) RF_RETURN_IF_ERROR(UnlessOvertaken(Resend(record, now)));
  }
  return absl::OkStatus();
}

// Sent, not confirmed: it may have taken effect. Sent again only with fresh proof, taken back as
// soon as there is proof of the opposite, left alone as long as there is neither.
absl::Status Blocker::Resend(ActionRecord& record, EventTime now) {
  if (record.expires && *record.expires <= now) {
    return GiveBack(record, ActionState::kExpired, {"not-confirmed", {}, {}}, now);
  }
  const absl::StatusOr<Listing> listing = Prove(record.number, now);
  RF_ASSIGN_OR_RETURN(const Authorisation answer, Ask(record, listing, now));
  if (const auto* refused = std::get_if<Refused>(&answer)) {
    return GiveBack(record, ActionState::kReversed,
                    {std::string(RefuseReasonName(refused->reason)), {}, {}}, now);
  }
  if (std::holds_alternative<Held>(answer)) return absl::OkStatus();
  RF_RETURN_IF_ERROR(parts_.journal.CountAttempt(record));
  return Send(record, now);
}

absl::Status Blocker::ExpireDue(EventTime now) {
  RF_ASSIGN_OR_RETURN(auto due, parts_.journal.Due(now));
  const uint64_t give_up = probe_.sink_errors + kMaxErrors;
  for (ActionRecord& record : due) {
    if (probe_.sink_errors >= give_up) break;
    RF_RETURN_IF_ERROR(
        UnlessOvertaken(GiveBack(record, ActionState::kExpired, {"not-confirmed", {}, {}}, now)));
  }
  Publish();
  return absl::OkStatus();
}

absl::Status Blocker::LiftListed(EventTime now) {
  RF_ASSIGN_OR_RETURN(std::vector<ActionRecord> in_force, parts_.journal.InForce(now));
  std::erase_if(in_force, [](const ActionRecord& record) { return !record.person.empty(); });
  if (in_force.empty()) return absl::OkStatus();
  RF_ASSIGN_OR_RETURN(const Batch listings, ReadLists(in_force, now));
  if (listings.ok()) {
    for (ActionRecord& record : in_force) {
      const auto found = listings->find(record.number);
      if (found == listings->end()) continue;
      const auto reason = ReasonToLift(record, found->second);
      if (!reason) continue;
      RF_RETURN_IF_ERROR(UnlessOvertaken(
          GiveBack(record, ActionState::kReversed, {std::string(*reason), {}, {}}, now)));
    }
  }
  Publish();
  return absl::OkStatus();
}

// An end that was sent with the action is no longer its end once a person has confirmed it. Another
// process may have recorded that.
absl::Status Blocker::TellConfirmed() {
  RF_ASSIGN_OR_RETURN(const int64_t last, parts_.journal.LastChange());
  if (last == told_until_) return absl::OkStatus();
  RF_ASSIGN_OR_RETURN(const std::vector<ActionRecord> confirmed,
                      parts_.journal.ConfirmedByPerson(told_until_));
  for (const ActionRecord& record : confirmed) {
    for (ActionSink* sink : parts_.sinks) {
      const absl::Status told = sink->Dispatch(record);
      if (told.ok()) continue;
      ++probe_.sink_errors;
      // Refused for good, by what another person decided: the others are told all the same.
      if (!absl::IsInvalidArgument(told)) return absl::OkStatus();
    }
  }
  told_until_ = last;
  return absl::OkStatus();
}

absl::Status Blocker::TellArming(EventTime now) {
  if (armed_ == armed_told_) return absl::OkStatus();
  RF_RETURN_IF_ERROR(parts_.journal.events().AddAlarm(
      now, armed_ ? "armed" : "disarmed",
      absl::StrCat(armed_ ? "The machine acts again; held actions are decided: "
                          : "The machine suspends and blocks nothing until it is armed again: ",
                   arming_why_)));
  armed_told_ = armed_;
  return absl::OkStatus();
}

// The reset may have been recorded by another process.
absl::Status Blocker::RefreshBreaker(EventTime now) {
  if (!breaker_.latched()) return absl::OkStatus();
  RF_ASSIGN_OR_RETURN(CircuitBreaker breaker, parts_.journal.RestoreBreaker(options_.breaker, now));
  breaker_ = std::move(breaker);
  if (!breaker_.latched()) trips_told_.clear();
  return absl::OkStatus();
}

}  // namespace ringfence
