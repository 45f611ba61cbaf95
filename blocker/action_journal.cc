#include "blocker/action_journal.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "blocker/action_rows.h"
#include "blocker/event_json.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "whitelist/store/audit_chain.h"

namespace ringfence {
namespace {

constexpr std::string_view kActionTables = R"sql(
  CREATE TABLE action (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    would TEXT NOT NULL,
    mode TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    line TEXT NOT NULL,
    customer TEXT NOT NULL,
    line_status TEXT NOT NULL,
    evidence TEXT NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    expires INTEGER,
    person TEXT NOT NULL,
    restore_to TEXT,
    attempts INTEGER NOT NULL
  );
  CREATE INDEX action_by_state ON action (state, created);
  CREATE INDEX action_by_number ON action (number, state);
  CREATE INDEX action_by_time ON action (created);
  CREATE TABLE action_change (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    action TEXT NOT NULL REFERENCES action (id),
    from_state TEXT,
    to_state TEXT NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    person TEXT NOT NULL
  );
  CREATE INDEX action_change_by_action ON action_change (action, seq);
  CREATE INDEX action_change_by_time ON action_change (to_state, at);
  CREATE TABLE breaker_event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    customer TEXT NOT NULL,
    person TEXT NOT NULL
  );
)sql";

constexpr HistoryTable kChanges{"action_change",
                                "action, from_state, to_state, at, reason, detail, person"};
constexpr HistoryTable kBreakerEvents{"breaker_event", "at, event, customer, person"};

void Apply(const ActionUpdate& update, ActionRecord& record) {
  record.reason = update.reason;
  record.detail = update.detail;
  if (!update.person.empty()) record.person = update.person;
  if (update.kind) record.kind = *update.kind;
  if (update.expires) record.expires = update.expires;
  if (update.restore_to) record.restore_to = update.restore_to;
  if (!update.listing) return;
  record.evidence.list = update.listing->list;
  record.evidence.listing =
      update.listing->Untouchable() ? ListingLabel::kListed : ListingLabel::kNotListed;
  const auto& owner = update.listing->owner;
  record.line = owner ? owner->line : LineId();
  record.customer = owner ? owner->customer : CustomerId();
  record.line_status = owner ? owner->status : LineStatus::kActive;
}

absl::Status Conflict(const ActionRecord& read, ActionState to) {
  return absl::AbortedError(absl::StrCat(
      "action ", read.id.value(), " was changed by somebody else since it was read as ",
      ToAbsl(ActionStateName(read.state)), ": it was not moved to ", ToAbsl(ActionStateName(to))));
}

absl::Status CheckPerson(const std::string& what, std::string_view person) {
  const bool named = std::any_of(person.begin(), person.end(),
                                 [](char c) { return static_cast<unsigned char>(c) > ' '; });
  if (named) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(what, ": say who decides"));
}

}  // namespace

absl::StatusOr<ActionJournal> ActionJournal::Open(Database& database) {
  RF_ASSIGN_OR_RETURN(EventLog events, EventLog::Open(database));
  RF_RETURN_IF_ERROR(database.Migrate("blocker.actions", {kActionTables}));
  RF_RETURN_IF_ERROR(CoverHistory(database, kChanges));
  RF_RETURN_IF_ERROR(CoverHistory(database, kBreakerEvents));
  return ActionJournal(database, events);
}

absl::StatusOr<ActionJournal> ActionJournal::OpenExisting(Database& database) {
  RF_ASSIGN_OR_RETURN(const EventLog events, EventLog::OpenExisting(database));
  return ActionJournal(database, events);
}

absl::Status ActionJournal::WriteChange(const ActionRecord& record, std::optional<ActionState> from,
                                        std::string_view person, EventTime now) {
  RF_ASSIGN_OR_RETURN(
      Statement insert,
      database_.Prepare("INSERT INTO action_change (action, from_state, to_state, at, reason, "
                        "detail, person) VALUES (?, ?, ?, ?, ?, ?, ?)"));
  insert.Bind(1, record.id.value());
  if (from) {
    insert.Bind(2, ActionStateName(*from));
  } else {
    insert.BindNull(2);
  }
  insert.Bind(3, ActionStateName(record.state))
      .Bind(4, ToUnixMicros(now))
      .Bind(5, record.reason)
      .Bind(6, record.detail)
      .Bind(7, person);
  RF_RETURN_IF_ERROR(insert.Run());
  RF_RETURN_IF_ERROR(SealNewest(database_, kChanges));
  return events_.Add(now, "action", ActionEventFields(record, from));
}

absl::StatusOr<ActionJournal::Proposed> ActionJournal::Propose(const ActionRecord& record,
                                                               EventTime now) {
  Proposed result;
  const absl::Status status = database_.Transaction([&]() -> absl::Status {
    RF_ASSIGN_OR_RETURN(std::optional<ActionRecord> known, Find(record.id));
    if (known) {
      result.record = *std::move(known);
      return absl::OkStatus();
    }
    result.created = true;
    result.record = record;
    result.record.state = ActionState::kProposed;
    result.record.created = result.record.changed = now;
    RF_ASSIGN_OR_RETURN(Statement insert, database_.Prepare(absl::StrCat(
                                              "INSERT INTO action (", kActionColumns,
                                              ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")));
    BindAction(insert, result.record);
    RF_RETURN_IF_ERROR(insert.Run());
    return WriteChange(result.record, std::nullopt, {}, now);
  });
  if (!status.ok()) return status;
  return result;
}

// Every change writes `changed`, person or attempts, so that these tell whether the row is still
// the one that was read: the state alone is the same before and after a person's confirmation.
absl::Status ActionJournal::Replace(const ActionRecord& next, const ActionRecord& read) {
  RF_ASSIGN_OR_RETURN(
      Statement update,
      database_.Prepare("UPDATE action SET number=?2, kind=?3, would=?4, mode=?5, state=?6, "
                        "reason=?7, detail=?8, line=?9, customer=?10, line_status=?11, "
                        "evidence=?12, created=?13, changed=?14, expires=?15, person=?16, "
                        "restore_to=?17, attempts=?18 WHERE id=?1 AND state=?19 AND person=?20 "
                        "AND changed=?21 AND attempts=?22"));
  BindAction(update, next);
  RF_RETURN_IF_ERROR(update.Bind(19, ActionStateName(read.state))
                         .Bind(20, read.person)
                         .Bind(21, ToUnixMicros(read.changed))
                         .Bind(22, int64_t{read.attempts})
                         .Run());
  return database_.rows_changed() == 1 ? absl::OkStatus() : Conflict(read, next.state);
}

absl::Status ActionJournal::Move(ActionRecord& record, ActionState to, const ActionUpdate& update,
                                 EventTime now) {
  if (!IsLegal(record.state, to)) {
    return absl::FailedPreconditionError(
        absl::StrCat("action ", record.id.value(), ": ", ToAbsl(ActionStateName(record.state)),
                     " can't become ", ToAbsl(ActionStateName(to))));
  }
  const ActionState from = record.state;
  ActionRecord next = record;
  Apply(update, next);
  next.state = to;
  next.changed = now;
  if (to == ActionState::kDispatched) next.attempts = 1;
  const absl::Status written = database_.Transaction([&]() -> absl::Status {
    RF_RETURN_IF_ERROR(Replace(next, record));
    return WriteChange(next, from, update.person, now);
  });
  if (!written.ok()) return written;
  record = std::move(next);
  return absl::OkStatus();
}

absl::Status ActionJournal::CountAttempt(ActionRecord& record) {
  ActionRecord next = record;
  ++next.attempts;
  const absl::Status written = database_.Transaction([&] { return Replace(next, record); });
  if (!written.ok()) return written;
  record = std::move(next);
  return absl::OkStatus();
}

absl::Status ActionJournal::ConfirmByPerson(ActionRecord& record, std::string_view person,
                                            std::string_view detail, EventTime now) {
  RF_RETURN_IF_ERROR(CheckPerson(absl::StrCat("action ", record.id.value()), person));
  if (record.state != ActionState::kConfirmed) {
    return absl::FailedPreconditionError(
        absl::StrCat("action ", record.id.value(), " is ", ToAbsl(ActionStateName(record.state)),
                     ": only one that is in force (confirmed) can be confirmed by a person"));
  }
  ActionRecord next = record;
  next.person = std::string(person);
  next.reason = "confirmed-by-person";
  next.detail = std::string(detail);
  next.expires.reset();
  next.changed = now;
  const absl::Status written = database_.Transaction([&]() -> absl::Status {
    RF_RETURN_IF_ERROR(Replace(next, record));
    return WriteChange(next, record.state, person, now);
  });
  if (!written.ok()) return written;
  record = std::move(next);
  return absl::OkStatus();
}

absl::Status ActionJournal::ReverseByPerson(ActionRecord& record, std::string_view person,
                                            std::string_view detail, EventTime now) {
  RF_RETURN_IF_ERROR(CheckPerson(absl::StrCat("action ", record.id.value()), person));
  ActionUpdate update;
  update.reason = "reversed-by-person";
  update.detail = std::string(detail);
  update.person = std::string(person);
  if (IsLegal(record.state, ActionState::kWithdrawn)) {
    return Move(record, ActionState::kWithdrawn, update, now);
  }
  if (IsLegal(record.state, ActionState::kRestoring)) {
    update.restore_to = ActionState::kReversed;
    return Move(record, ActionState::kRestoring, update, now);
  }
  return absl::FailedPreconditionError(absl::StrCat("action ", record.id.value(), " is ",
                                                    ToAbsl(ActionStateName(record.state)),
                                                    ": there is nothing to take back"));
}

absl::Status ActionJournal::OrderByPerson(ActionRecord& record, EventTime now) {
  RF_RETURN_IF_ERROR(CheckPerson(absl::StrCat("action ", record.id.value()), record.person));
  return database_.Transaction([&]() -> absl::Status {
    RF_ASSIGN_OR_RETURN(const auto open, Open(record.number));
    if (open) {
      return absl::FailedPreconditionError(absl::StrCat(
          "action ", open->id.value(), " stops this number already (",
          ToAbsl(ActionStateName(open->state)), "): confirm that one, and it does not expire"));
    }
    ActionUpdate update;
    update.reason = record.reason;
    update.detail = record.detail;
    update.person = record.person;
    RF_ASSIGN_OR_RETURN(Proposed proposed, Propose(record, now));
    if (!proposed.created) {
      return absl::AlreadyExistsError(
          absl::StrCat("action ", record.id.value(), " is recorded already"));
    }
    record = std::move(proposed.record);
    return Move(record, ActionState::kAuthorised, update, now);
  });
}

absl::StatusOr<std::vector<ActionRecord>> ActionJournal::FreeByPerson(CallingNumber number,
                                                                      std::string_view person,
                                                                      std::string_view detail,
                                                                      EventTime now) {
  std::vector<ActionRecord> freed;
  const absl::Status written = database_.Transaction([&]() -> absl::Status {
    RF_ASSIGN_OR_RETURN(std::vector<ActionRecord> actions, NotAtTheirEnd(number));
    for (ActionRecord& record : actions) {
      if (record.state != ActionState::kRestoring) {
        RF_RETURN_IF_ERROR(ReverseByPerson(record, person, detail, now));
      }
      freed.push_back(std::move(record));
    }
    return absl::OkStatus();
  });
  if (!written.ok()) return written;
  return freed;
}

absl::Status ActionJournal::RecordTrip(BreakerAnswer bound, const CustomerId& customer,
                                       EventTime now) {
  return RecordBreaker(BreakerAnswerName(bound), customer.value(), {}, now);
}

absl::Status ActionJournal::RecordReset(std::string_view person, EventTime now) {
  RF_RETURN_IF_ERROR(CheckPerson("breaker", person));
  return RecordBreaker("reset", {}, person, now);
}

absl::Status ActionJournal::RecordBreaker(std::string_view event, std::string_view customer,
                                          std::string_view person, EventTime now) {
  return database_.Transaction([&]() -> absl::Status {
    RF_ASSIGN_OR_RETURN(Statement insert,
                        database_.Prepare("INSERT INTO breaker_event (at, event, customer, person) "
                                          "VALUES (?, ?, ?, ?)"));
    RF_RETURN_IF_ERROR(
        insert.Bind(1, ToUnixMicros(now)).Bind(2, event).Bind(3, customer).Bind(4, person).Run());
    return SealNewest(database_, kBreakerEvents);
  });
}

}  // namespace ringfence
