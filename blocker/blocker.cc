#include "blocker/blocker.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "blocker/action_id.h"
#include "blocker/policy.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

absl::Status CheckOptions(const BlockerParts& parts, const BlockerOptions& options) {
  bool enforces = false;
  for (const RuleSettings& rule : options.rules) {
    enforces = enforces || rule.mode == RuleMode::kEnforce;
    if (rule.suspension <= Duration::zero()) {
      return absl::InvalidArgumentError(
          absl::StrCat("rule ", rule.rule.value(), ": a suspension must last longer than 0"));
    }
  }
  const BreakerOptions& breaker = options.breaker;
  if (breaker.per_minute == 0 || breaker.per_day == 0 || breaker.per_customer_day == 0) {
    return absl::InvalidArgumentError(
        "breaker: every bound is at least 1; to stop all actions, observe instead of enforce");
  }
  if (enforces && parts.sinks.empty()) {
    return absl::InvalidArgumentError("a rule enforces, but there is nothing to carry it out");
  }
  return absl::OkStatus();
}

OrderKind KindOfOrder(const Subject& subject, const Decision& decision) {
  if (subject.kind == SubjectKind::kCalled) return OrderKind::kFloodedNumber;
  switch (decision.would) {
    case ActionKind::kSuspend:
      return OrderKind::kVerifySuspension;
    case ActionKind::kBlock:
      return OrderKind::kVerifyBlock;
    case ActionKind::kHeld:
      return OrderKind::kDecideHeld;
    case ActionKind::kNone:
      break;
  }
  return OrderKind::kOverDeclared;
}

ActionRecord MakeRecord(const Detection& detection, const Decision& decision,
                        const absl::StatusOr<Listing>& listing, RuleMode mode) {
  ActionRecord record;
  record.id = MakeActionId(detection);
  record.subject = detection.subject;
  record.number = detection.number;
  record.kind = decision.action;
  record.would = decision.would;
  record.mode = mode;
  record.reason = std::string(DecisionReasonName(decision.reason));
  record.evidence.detection = detection;
  record.evidence.listing = decision.listing;
  if (!listing.ok()) return record;
  record.evidence.list = listing->list;
  if (listing->owner) {
    record.line = listing->owner->line;
    record.customer = listing->owner->customer;
    record.line_status = listing->owner->status;
  }
  return record;
}

absl::StatusOr<Listing> ListingOf(
    const absl::StatusOr<absl::flat_hash_map<CallingNumber, Listing>>& listings,
    CallingNumber number) {
  if (!listings.ok()) return listings.status();
  const auto found = listings->find(number);
  if (found == listings->end()) return absl::UnavailableError("the lists gave no answer");
  return found->second;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Blocker>> Blocker::Create(BlockerParts parts, BlockerOptions options,
                                                         EventTime now) {
  RF_RETURN_IF_ERROR(CheckOptions(parts, options));
  RF_ASSIGN_OR_RETURN(CircuitBreaker breaker, parts.journal.RestoreBreaker(options.breaker, now));
  return std::unique_ptr<Blocker>(
      new Blocker(std::move(parts), std::move(options), std::move(breaker)));
}

Blocker::Blocker(BlockerParts parts, BlockerOptions options, CircuitBreaker breaker)
    : parts_(std::move(parts)), options_(std::move(options)), breaker_(std::move(breaker)) {
  for (const RuleSettings& rule : options_.rules) settings_[rule.rule] = rule;
  BeginCall();
  if (!options_.disarmed.empty()) SetArmed(false, options_.disarmed);
}

void Blocker::SetArmed(bool armed, std::string why) {
  armed_ = armed;
  arming_why_ = std::move(why);
}

RuleSettings Blocker::SettingsOf(const RuleId& rule) const {
  const auto found = settings_.find(rule);
  if (found != settings_.end()) return found->second;
  RuleSettings observe;
  observe.rule = rule;
  return observe;
}

absl::Status Blocker::Handle(absl::Span<const Detection> detections, EventTime now) {
  BeginCall();
  probe_.detections += detections.size();
  std::vector<CallingNumber> numbers;
  for (const Detection& detection : detections) {
    if (detection.transition == Transition::kOpened) numbers.push_back(ListedNumber(detection));
  }
  if (numbers.empty()) return absl::OkStatus();
  RF_ASSIGN_OR_RETURN(const Batch listings, ReadLists(std::move(numbers), now));
  std::vector<ActionRecord> proposals;
  const absl::Status written = parts_.journal.database().Transaction([&]() -> absl::Status {
    for (const Detection& detection : detections) {
      if (detection.transition != Transition::kOpened) continue;
      RF_RETURN_IF_ERROR(
          Record(detection, ListingOf(listings, ListedNumber(detection)), now, proposals));
    }
    return absl::OkStatus();
  });
  if (!written.ok()) return written;
  std::optional<Held> rest;
  // Not asked one by one: a replay would wait for the lists with every one of them.
  if (!armed_) rest = Held{HoldReason::kDisarmed, arming_why_};
  for (ActionRecord& record : proposals) {
    const uint64_t errors = probe_.lookup_errors;
    RF_RETURN_IF_ERROR(UnlessOvertaken(rest ? Hold(record, *rest, now) : Carry(record, now)));
    if (rest) continue;
    // Each further question would wait for its time-out, too, or end at the same bound.
    if (probe_.lookup_errors != errors) {
      rest = Held{HoldReason::kListingUnknown, "not asked: the lists don't answer"};
    } else if (const auto bound = BoundForAll(record)) {
      rest = Held{*bound, {}};
    }
  }
  Publish();
  return absl::OkStatus();
}

absl::Status Blocker::Record(const Detection& detection, const absl::StatusOr<Listing>& listing,
                             EventTime now, std::vector<ActionRecord>& proposals) {
  const RuleSettings settings = SettingsOf(detection.rule);
  const Decision decision = Decide(detection, listing, settings);
  RF_ASSIGN_OR_RETURN(
      ActionJournal::Proposed proposed,
      parts_.journal.Propose(MakeRecord(detection, decision, listing, settings.mode), now));
  if (!proposed.created) {
    ++probe_.repeated;
    return absl::OkStatus();
  }
  ActionRecord& record = proposed.record;
  if (decision.work_order) RF_RETURN_IF_ERROR(OpenOrder(record, decision, listing, now));
  ActionUpdate update;
  update.reason = record.reason;
  switch (decision.action) {
    case ActionKind::kSuspend:
    case ActionKind::kBlock:
      proposals.push_back(std::move(record));
      return absl::OkStatus();
    case ActionKind::kHeld:
      ++probe_.held;
      update.detail = listing.status().ToString();
      return parts_.journal.Move(record, ActionState::kHeld, update, now);
    case ActionKind::kNone:
      break;
  }
  ++probe_.reported;
  update.detail = std::string(DecisionReasonText(decision.reason));
  return parts_.journal.Move(record, ActionState::kReported, update, now);
}

absl::Status Blocker::OpenOrder(const ActionRecord& record, const Decision& decision,
                                const absl::StatusOr<Listing>& listing, EventTime now) {
  OrderStore::Cause cause;
  cause.action = record.id;
  cause.kind = KindOfOrder(record.subject, decision);
  cause.subject = record.subject;
  cause.urgent = decision.urgent;
  cause.line = record.line;
  cause.customer = record.customer;
  if (listing.ok() && listing->owner) cause.industry = listing->owner->industry;
  if (record.subject.kind == SubjectKind::kLine) cause.line = LineId(record.subject.name);
  if (record.subject.kind == SubjectKind::kCustomer) {
    cause.customer = CustomerId(record.subject.name);
  }
  cause.episode_opened = record.evidence.detection.at;
  RF_ASSIGN_OR_RETURN(const OrderStore::Opened opened, parts_.orders.OpenOrJoin(cause, now));
  if (opened.created) ++probe_.orders_opened;
  if (opened.joined) ++probe_.orders_joined;
  return absl::OkStatus();
}

absl::StatusOr<ActionRecord> Blocker::Find(const ActionId& id, std::string_view person) {
  if (person.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("action ", id.value(), ": say who decides"));
  }
  RF_ASSIGN_OR_RETURN(std::optional<ActionRecord> record, parts_.journal.Find(id));
  if (!record) return absl::NotFoundError(absl::StrCat("there is no action ", id.value()));
  return *std::move(record);
}

absl::Status Blocker::Confirm(const ActionId& id, std::string_view person, std::string_view note,
                              EventTime now) {
  BeginCall();
  RF_ASSIGN_OR_RETURN(ActionRecord record, Find(id, person));
  RF_RETURN_IF_ERROR(parts_.journal.ConfirmByPerson(record, person, note, now));
  Publish();
  return TellConfirmed();
}

absl::Status Blocker::Reverse(const ActionId& id, std::string_view person, std::string_view note,
                              EventTime now) {
  BeginCall();
  RF_ASSIGN_OR_RETURN(ActionRecord record, Find(id, person));
  RF_RETURN_IF_ERROR(parts_.journal.ReverseByPerson(record, person, note, now));
  if (record.state == ActionState::kWithdrawn) ++probe_.withdrawn;
  if (record.state == ActionState::kRestoring) {
    RF_RETURN_IF_ERROR(UnlessOvertaken(FinishRestore(record, now)));
  }
  Publish();
  return absl::OkStatus();
}

absl::Status Blocker::ResetBreaker(std::string_view person, EventTime now) {
  if (person.empty()) return absl::InvalidArgumentError("breaker: say who resets it");
  RF_RETURN_IF_ERROR(parts_.journal.RecordReset(person, now));
  breaker_.Reset();
  trips_told_.clear();
  Publish();
  return absl::OkStatus();
}

absl::Status Blocker::UnlessOvertaken(absl::Status status) {
  if (!absl::IsAborted(status)) return status;
  ++probe_.overtaken;
  return absl::OkStatus();
}

void Blocker::Publish() {
  if (parts_.feed == nullptr) return;
  if (!parts_.journal.events().Publish(*parts_.feed).ok()) ++probe_.feed_errors;
}

}  // namespace ringfence
