// The part of Blocker that takes up what is held, unconfirmed or due.
#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "blocker/blocker.h"
#include "blocker/manual_action.h"
#include "blocker/policy.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "whitelist/protected_floor.h"

namespace ringfence {
namespace {

// Errors of receivers and lists that one call takes before it leaves the rest of what is to be sent
// to the next. Restorations go on at the receivers that answer.
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

void Blocker::BeginCall() {
  sink_errors_.assign(parts_.sinks.size(), 0);
  lookup_errors_before_ = probe_.lookup_errors;
}

uint64_t Blocker::Errors() const {
  return std::accumulate(sink_errors_.begin(), sink_errors_.end(),
                         probe_.lookup_errors - lookup_errors_before_);
}

bool Blocker::AnyWaits(const ActionRecord& record) const {
  return std::any_of(parts_.sinks.begin(), parts_.sinks.end(),
                     [&](const ActionSink* sink) { return sink->Waits(record); });
}

// Each receiver that has not taken the action back yet is thinking about it.
bool Blocker::OthersWait(const ActionRecord& record) {
  const auto found = given_back_.find(record.id);
  if (found == given_back_.end()) return false;
  for (size_t i = 0; i < parts_.sinks.size(); ++i) {
    if (!found->second[i] && !parts_.sinks[i]->Waits(record)) return false;
  }
  return true;
}

absl::Status Blocker::RetryHeld(EventTime now) {
  BeginCall();
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
  RF_ASSIGN_OR_RETURN(auto restoring, parts_.journal.InState(ActionState::kRestoring));
  if (restoring.empty()) {
    given_back_.clear();
    restores_fail_ = false;
  }
  for (ActionRecord& record : restoring) {
    if (OthersWait(record)) continue;
    RF_RETURN_IF_ERROR(UnlessOvertaken(FinishRestore(record, now)));
  }
  RF_ASSIGN_OR_RETURN(auto dispatched, parts_.journal.InState(ActionState::kDispatched));
  for (ActionRecord& record : dispatched) {
    if (Errors() >= kMaxErrors) break;
    RF_RETURN_IF_ERROR(UnlessOvertaken(Resend(record, now)));
  }
  return absl::OkStatus();
}

// Sent, not confirmed: it may have taken effect. Sent again only with fresh proof, taken back as
// soon as there is proof of the opposite, left alone as long as there is neither.
absl::Status Blocker::Resend(ActionRecord& record, EventTime now) {
  if (record.expires && *record.expires <= now) {
    return GiveBack(record, ActionState::kExpired, {"not-confirmed", {}, {}}, now);
  }
  // A receiver that has it is not asked twice; what it lets lie too long it hands back unsent.
  if (AnyWaits(record)) return absl::OkStatus();
  if (IsManual(record)) {
    RF_RETURN_IF_ERROR(parts_.journal.CountAttempt(record));
    return Send(record, now);
  }
  RF_ASSIGN_OR_RETURN(const bool ordered, parts_.journal.OrderedByPerson(record.number));
  if (ordered) {
    return GiveBack(record, ActionState::kReversed, {"already-open", "by a person's order", {}},
                    now);
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
  BeginCall();
  RF_ASSIGN_OR_RETURN(auto due, parts_.journal.Due(now));
  for (ActionRecord& record : due) {
    RF_RETURN_IF_ERROR(
        UnlessOvertaken(GiveBack(record, ActionState::kExpired, {"not-confirmed", {}, {}}, now)));
  }
  Publish();
  return absl::OkStatus();
}

absl::Status Blocker::LiftListed(EventTime now) {
  BeginCall();
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
  if (last != told_until_) {
    RF_ASSIGN_OR_RETURN(const std::vector<ActionRecord> confirmed,
                        parts_.journal.ConfirmedByPerson(told_until_));
    for (const ActionRecord& record : confirmed) {
      if (std::find(telling_.begin(), telling_.end(), record.id) == telling_.end()) {
        telling_.push_back(record.id);
      }
    }
    told_until_ = last;
  }
  std::vector<ActionId> untold;
  for (const ActionId& id : telling_) {
    RF_ASSIGN_OR_RETURN(const std::optional<ActionRecord> record, parts_.journal.Find(id));
    if (!record || record->state != ActionState::kConfirmed) continue;
    if (AnyWaits(*record) || Errors() >= kMaxErrors || !Tell(*record)) untold.push_back(id);
  }
  telling_ = std::move(untold);
  return absl::OkStatus();
}

bool Blocker::Tell(const ActionRecord& record) {
  bool told = true;
  for (size_t i = 0; i < parts_.sinks.size(); ++i) {
    const absl::Status answer = parts_.sinks[i]->Dispatch(record);
    if (answer.ok()) continue;
    NoteAnswer(i, answer);
    // Refused for good, by what another person decided: it is not to be told again.
    if (!absl::IsInvalidArgument(answer)) told = false;
  }
  return told;
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
