// The reading half of ActionJournal.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "blocker/action_journal.h"
#include "blocker/action_rows.h"
#include "blocker/authorise.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

using Actions = std::vector<ActionRecord>;

// Recorded further ahead than this, it was recorded by a clock that was wrong.
constexpr Duration kClockAhead = std::chrono::hours(1);

// Of an action about a flood, `number` is a caller's; whose flood it is the evidence says.
constexpr std::string_view kFloodOf2 =
    "(json_extract(evidence, '$.subject_kind') = 'called' AND "
    "json_extract(evidence, '$.subject') = ?2)";

std::string Select(std::string_view rest) {
  return absl::StrCat("SELECT ", kActionColumns, " FROM action ", ToAbsl(rest));
}

absl::StatusOr<Actions> ReadAll(Statement& select) {
  Actions actions;
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return actions;
    RF_ASSIGN_OR_RETURN(ActionRecord record, ReadAction(select));
    actions.push_back(std::move(record));
  }
}

absl::StatusOr<std::optional<ActionRecord>> ReadOne(Statement& select) {
  RF_ASSIGN_OR_RETURN(const bool row, select.Step());
  if (!row) return std::optional<ActionRecord>();
  RF_ASSIGN_OR_RETURN(ActionRecord record, ReadAction(select));
  return std::optional<ActionRecord>(std::move(record));
}

}  // namespace

absl::StatusOr<std::optional<ActionRecord>> ActionJournal::Find(const ActionId& id) {
  RF_ASSIGN_OR_RETURN(Statement select, database_.Prepare(Select("WHERE id = ?")));
  select.Bind(1, id.value());
  return ReadOne(select);
}

absl::StatusOr<Actions> ActionJournal::List(const ActionFilter& filter) {
  std::string where = "WHERE 1";
  if (filter.state) absl::StrAppend(&where, " AND state = ?1");
  if (filter.number) absl::StrAppend(&where, " AND (number = ?2 OR ", ToAbsl(kFloodOf2), ")");
  if (filter.since) absl::StrAppend(&where, " AND created >= ?3");
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare(Select(absl::StrCat(where, " ORDER BY created DESC, id LIMIT ?4"))));
  if (filter.state) select.Bind(1, ActionStateName(*filter.state));
  if (filter.number) select.Bind(2, NumberText(*filter.number));
  if (filter.since) select.Bind(3, ToUnixMicros(*filter.since));
  select.Bind(4, static_cast<int64_t>(filter.limit));
  return ReadAll(select);
}

absl::StatusOr<Actions> ActionJournal::InState(ActionState state) {
  RF_ASSIGN_OR_RETURN(Statement select,
                      database_.Prepare(Select("WHERE state = ? ORDER BY created, id")));
  select.Bind(1, ActionStateName(state));
  return ReadAll(select);
}

absl::StatusOr<Actions> ActionJournal::Waiting(const Place& after, uint32_t limit) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare(Select("WHERE state IN ('proposed', 'held') AND reason <> ?1 AND "
                               "(created, id) > (?2, ?3) ORDER BY created, id LIMIT ?4")));
  select.Bind(1, HoldReasonName(HoldReason::kPersonDecided))
      .Bind(2, ToUnixMicros(after.created))
      .Bind(3, after.id.value())
      .Bind(4, int64_t{limit});
  return ReadAll(select);
}

absl::StatusOr<std::vector<ActionChange>> ActionJournal::History(const ActionId& id) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare("SELECT from_state, to_state, at, reason, detail, person FROM "
                        "action_change WHERE action = ? ORDER BY seq"));
  select.Bind(1, id.value());
  std::vector<ActionChange> changes;
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return changes;
    ActionChange change;
    if (!select.IsNull(0)) change.from = ActionStateFromName(select.Text(0));
    const auto to = ActionStateFromName(select.Text(1));
    if (!to) return absl::DataLossError(absl::StrCat("action ", id.value(), ": unknown state"));
    change.to = *to;
    change.at = FromUnixMicros(select.Int(2));
    change.reason = select.Text(3);
    change.detail = select.Text(4);
    change.person = select.Text(5);
    changes.push_back(std::move(change));
  }
}

absl::StatusOr<std::optional<ActionRecord>> ActionJournal::Open(CallingNumber number) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare(Select("WHERE number = ? AND state IN ('authorised', 'dispatched', "
                               "'confirmed') ORDER BY created LIMIT 1")));
  select.Bind(1, NumberText(number));
  return ReadOne(select);
}

absl::StatusOr<Actions> ActionJournal::InForce(EventTime now) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare(Select("WHERE state = 'confirmed' AND (expires IS NULL OR expires > ?) "
                               "ORDER BY created, id")));
  select.Bind(1, ToUnixMicros(now));
  return ReadAll(select);
}

absl::StatusOr<Actions> ActionJournal::Due(EventTime now) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare(Select("WHERE state IN ('dispatched', 'confirmed') AND person = '' AND "
                               "(expires <= ?1 OR changed > ?2) ORDER BY expires, id")));
  select.Bind(1, ToUnixMicros(now)).Bind(2, ToUnixMicros(now + kClockAhead));
  return ReadAll(select);
}

absl::StatusOr<int64_t> ActionJournal::LastChange() {
  RF_ASSIGN_OR_RETURN(Statement select,
                      database_.Prepare("SELECT coalesce(max(seq), 0) FROM action_change"));
  RF_ASSIGN_OR_RETURN(const bool row, select.Step());
  return row ? select.Int(0) : 0;
}

absl::StatusOr<int64_t> ActionJournal::LastChange(const ActionId& id) {
  RF_ASSIGN_OR_RETURN(Statement select,
                      database_.Prepare("SELECT max(seq) FROM action_change WHERE action = ?"));
  select.Bind(1, id.value());
  RF_ASSIGN_OR_RETURN(const bool row, select.Step());
  if (row && !select.IsNull(0)) return select.Int(0);
  return absl::NotFoundError(absl::StrCat("there is no action ", id.value()));
}

absl::StatusOr<Actions> ActionJournal::NotAtTheirEnd(CallingNumber number) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare(Select("WHERE number = ? AND state IN ('proposed', 'held', 'authorised', "
                               "'dispatched', 'confirmed', 'restoring') ORDER BY created, id")));
  select.Bind(1, NumberText(number));
  return ReadAll(select);
}

absl::StatusOr<Actions> ActionJournal::ConfirmedByPerson(int64_t after) {
  // From the beginning the index over states is the shorter way.
  const std::string_view since =
      after == 0 ? "?1 = 0"
                 : "id IN (SELECT action FROM action_change WHERE seq > ?1 AND person <> '')";
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare(Select(absl::StrCat("WHERE state = 'confirmed' AND person <> '' AND ",
                                            ToAbsl(since), " ORDER BY created, id"))));
  select.Bind(1, after);
  return ReadAll(select);
}

absl::StatusOr<bool> ActionJournal::OrderedByPerson(CallingNumber number) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare("SELECT 1 FROM action WHERE number = ? AND person <> '' AND state IN "
                        "('authorised', 'dispatched', 'confirmed') LIMIT 1"));
  select.Bind(1, NumberText(number));
  return select.Step();
}

absl::StatusOr<bool> ActionJournal::FreedByPerson(CallingNumber number) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare("SELECT 1 FROM action WHERE number = ? AND person <> '' AND (state IN "
                        "('reversed', 'withdrawn') OR (state = 'restoring' AND restore_to = "
                        "'reversed')) LIMIT 1"));
  select.Bind(1, NumberText(number));
  return select.Step();
}

absl::StatusOr<CircuitBreaker> ActionJournal::RestoreBreaker(const BreakerOptions& options,
                                                             EventTime now) {
  CircuitBreaker breaker(options);
  // Two days hold the whole calendar day and the minute before `now`, whatever the offset.
  const int64_t since = ToUnixMicros(now - std::chrono::hours(48));
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare(
          "SELECT c.at, 0 AS reset, a.customer FROM action_change c JOIN action a ON "
          "a.id = c.action WHERE c.to_state = 'authorised' AND c.person = '' AND c.at >= ?1 "
          "UNION ALL SELECT at, 1, '' FROM breaker_event WHERE event = 'reset' AND "
          "at >= ?1 ORDER BY 1, 2"));
  select.Bind(1, since);
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) break;
    if (select.Int(1) == 1) {
      breaker.Reset();
    } else {
      breaker.Record(CustomerId(select.Text(2)), std::min(FromUnixMicros(select.Int(0)), now));
    }
  }
  RF_ASSIGN_OR_RETURN(
      Statement trips,
      database_.Prepare(
          "SELECT event, customer FROM breaker_event WHERE event <> 'reset' AND seq > "
          "(SELECT coalesce(max(seq), 0) FROM breaker_event WHERE event = 'reset')"));
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool row, trips.Step());
    if (!row) return breaker;
    if (trips.Text(0) == BreakerAnswerName(BreakerAnswer::kDay)) breaker.Latch();
    if (!trips.Text(1).empty()) breaker.LatchCustomer(CustomerId(trips.Text(1)));
  }
}

}  // namespace ringfence
