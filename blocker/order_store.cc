#include "blocker/order_store.h"

#include "absl/strings/str_cat.h"
#include "blocker/action_id.h"
#include "blocker/action_rows.h"
#include "blocker/event_json.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "whitelist/store/audit_chain.h"

namespace ringfence {
namespace {

constexpr std::string_view kOrderTables = R"sql(
  CREATE TABLE work_order (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject_kind INTEGER NOT NULL,
    subject TEXT NOT NULL,
    line TEXT NOT NULL,
    customer TEXT NOT NULL,
    industry TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT NOT NULL,
    owner TEXT NOT NULL,
    opened INTEGER NOT NULL,
    due INTEGER NOT NULL,
    changed INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX work_order_open ON work_order (subject_kind, subject)
    WHERE state <> 'closed';
  CREATE INDEX work_order_by_state ON work_order (state, priority, due);
  CREATE TABLE work_order_cause (
    action TEXT PRIMARY KEY,
    work_order TEXT NOT NULL REFERENCES work_order (id),
    at INTEGER NOT NULL
  );
  CREATE INDEX work_order_cause_by_order ON work_order_cause (work_order);
  CREATE TABLE work_order_change (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    work_order TEXT NOT NULL REFERENCES work_order (id),
    to_state TEXT NOT NULL,
    at INTEGER NOT NULL,
    person TEXT NOT NULL,
    note TEXT NOT NULL
  );
  CREATE INDEX work_order_change_by_order ON work_order_change (work_order, seq);
)sql";

constexpr HistoryTable kOrderHistory{"work_order_change", "work_order, to_state, at, person, note"};

constexpr std::string_view kColumns =
    "SELECT id, kind, subject_kind, subject, line, customer, industry, priority, state, outcome, "
    "owner, opened, due, changed FROM work_order ";

constexpr uint32_t kMaxIdAttempts = 100;

std::string StoredSubject(const Subject& subject) {
  return subject.kind == SubjectKind::kNumber ? NumberText(subject.number) : SubjectText(subject);
}

absl::Status Damaged(const std::string& id, std::string_view what) {
  return absl::DataLossError(absl::StrCat("work order ", id, ": unreadable ", ToAbsl(what)));
}

absl::Status ReadSubject(const Statement& row, WorkOrder& order) {
  const int64_t kind = row.Int(2);
  constexpr auto kKinds = static_cast<int64_t>(kSubjectKindNames.size());
  if (kind < 0 || kind >= kKinds) return Damaged(order.id.value(), "subject kind");
  order.subject.kind = static_cast<SubjectKind>(kind);
  const bool called = order.subject.kind == SubjectKind::kCalled;
  if (order.subject.kind != SubjectKind::kNumber && !called) {
    order.subject.name = row.Text(3);
    return absl::OkStatus();
  }
  const auto number = PhoneNumber::FromString(row.Text(3));
  if (!number.ok()) return Damaged(order.id.value(), "subject");
  if (called) {
    order.subject.called = CalledNumber(*number);
  } else {
    order.subject.number = CallingNumber(*number);
  }
  return absl::OkStatus();
}

absl::StatusOr<WorkOrder> ReadOrder(const Statement& row) {
  WorkOrder order;
  order.id = WorkOrderId(row.Text(0));
  const auto kind = OrderKindFromName(row.Text(1));
  const auto state = OrderStateFromName(row.Text(8));
  const auto outcome = OrderOutcomeFromName(row.Text(9));
  if (!kind || !state || !outcome) return Damaged(order.id.value(), "kind, state or outcome");
  RF_RETURN_IF_ERROR(ReadSubject(row, order));
  order.kind = *kind;
  order.line = LineId(row.Text(4));
  order.customer = CustomerId(row.Text(5));
  order.industry = row.Text(6);
  order.priority = static_cast<OrderPriority>(row.Int(7));
  order.state = *state;
  order.outcome = *outcome;
  order.owner = row.Text(10);
  order.opened = FromUnixMicros(row.Int(11));
  order.due = FromUnixMicros(row.Int(12));
  order.changed = FromUnixMicros(row.Int(13));
  return order;
}

}  // namespace

absl::StatusOr<OrderStore> OrderStore::Open(Database& database, OrderOptions options) {
  RF_ASSIGN_OR_RETURN(EventLog events, EventLog::Open(database));
  RF_RETURN_IF_ERROR(database.Migrate("blocker.orders", {kOrderTables}));
  RF_RETURN_IF_ERROR(CoverHistory(database, kOrderHistory));
  return OrderStore(database, events, std::move(options));
}

absl::StatusOr<OrderStore> OrderStore::OpenExisting(Database& database) {
  RF_ASSIGN_OR_RETURN(const EventLog events, EventLog::OpenExisting(database));
  return OrderStore(database, events, OrderOptions());
}

OrderStore::OrderStore(Database& database, EventLog events, OrderOptions options)
    : database_(database), events_(events), options_(std::move(options)) {}

absl::Status OrderStore::ReadCauses(WorkOrder& order) {
  RF_ASSIGN_OR_RETURN(Statement select,
                      database_.Prepare("SELECT action FROM work_order_cause WHERE work_order = ? "
                                        "ORDER BY at, rowid"));
  select.Bind(1, order.id.value());
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return absl::OkStatus();
    order.causes.emplace_back(select.Text(0));
  }
}

absl::StatusOr<std::vector<WorkOrder>> OrderStore::ReadAll(Statement& select) {
  std::vector<WorkOrder> orders;
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) break;
    RF_ASSIGN_OR_RETURN(WorkOrder order, ReadOrder(select));
    orders.push_back(std::move(order));
  }
  for (WorkOrder& order : orders) RF_RETURN_IF_ERROR(ReadCauses(order));
  return orders;
}

absl::StatusOr<std::optional<WorkOrder>> OrderStore::ReadOne(Statement& select) {
  RF_ASSIGN_OR_RETURN(std::vector<WorkOrder> orders, ReadAll(select));
  if (orders.empty()) return std::optional<WorkOrder>();
  return std::optional<WorkOrder>(std::move(orders.front()));
}

absl::StatusOr<std::optional<WorkOrder>> OrderStore::Find(const WorkOrderId& id) {
  RF_ASSIGN_OR_RETURN(Statement select,
                      database_.Prepare(absl::StrCat(ToAbsl(kColumns), "WHERE id = ?")));
  select.Bind(1, id.value());
  return ReadOne(select);
}

absl::StatusOr<std::optional<WorkOrder>> OrderStore::FindByCause(const ActionId& cause) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare(
          absl::StrCat(ToAbsl(kColumns),
                       "WHERE id = (SELECT work_order FROM work_order_cause WHERE action = ?)")));
  select.Bind(1, cause.value());
  return ReadOne(select);
}

absl::StatusOr<std::optional<WorkOrder>> OrderStore::FindOpen(const Subject& subject) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare(absl::StrCat(
          ToAbsl(kColumns), "WHERE subject_kind = ? AND subject = ? AND state <> 'closed'")));
  select.Bind(1, static_cast<int64_t>(subject.kind)).Bind(2, StoredSubject(subject));
  return ReadOne(select);
}

absl::StatusOr<std::vector<WorkOrder>> OrderStore::List(const OrderFilter& filter) {
  std::string where = "WHERE 1";
  if (filter.state) absl::StrAppend(&where, " AND state = ?1");
  if (filter.open_only) absl::StrAppend(&where, " AND state <> 'closed'");
  if (filter.number) absl::StrAppend(&where, " AND subject_kind IN (0, 3) AND subject = ?2");
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database_.Prepare(absl::StrCat(ToAbsl(kColumns), where,
                                     " ORDER BY state = 'closed', priority, due, id LIMIT ?3")));
  if (filter.state) select.Bind(1, OrderStateName(*filter.state));
  if (filter.number) select.Bind(2, NumberText(*filter.number));
  select.Bind(3, static_cast<int64_t>(filter.limit));
  return ReadAll(select);
}

absl::StatusOr<std::vector<OrderChange>> OrderStore::History(const WorkOrderId& id) {
  RF_ASSIGN_OR_RETURN(Statement select,
                      database_.Prepare("SELECT to_state, at, person, note FROM work_order_change "
                                        "WHERE work_order = ? ORDER BY seq"));
  select.Bind(1, id.value());
  std::vector<OrderChange> changes;
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return changes;
    const auto to = OrderStateFromName(select.Text(0));
    if (!to) return Damaged(id.value(), "state in its history");
    changes.push_back({*to, FromUnixMicros(select.Int(1)), select.Text(2), select.Text(3)});
  }
}

absl::StatusOr<WorkOrderId> OrderStore::FreeId(const Cause& cause) {
  for (uint32_t attempt = 0; attempt < kMaxIdAttempts; ++attempt) {
    WorkOrderId id =
        MakeWorkOrderId(cause.action, cause.episode_opened, options_.day_offset, attempt);
    RF_ASSIGN_OR_RETURN(const auto taken, Find(id));
    if (!taken) return id;
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("no free work order id for action ", cause.action.value()));
}

absl::Status OrderStore::Insert(const WorkOrder& order) {
  RF_ASSIGN_OR_RETURN(
      Statement insert,
      database_.Prepare("INSERT INTO work_order (id, kind, subject_kind, subject, line, customer, "
                        "industry, priority, state, outcome, owner, opened, due, changed) VALUES "
                        "(?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  return insert.Bind(1, order.id.value())
      .Bind(2, OrderKindName(order.kind))
      .Bind(3, static_cast<int64_t>(order.subject.kind))
      .Bind(4, StoredSubject(order.subject))
      .Bind(5, order.line.value())
      .Bind(6, order.customer.value())
      .Bind(7, order.industry)
      .Bind(8, int64_t{order.priority})
      .Bind(9, OrderStateName(order.state))
      .Bind(10, OrderOutcomeName(order.outcome))
      .Bind(11, order.owner)
      .Bind(12, ToUnixMicros(order.opened))
      .Bind(13, ToUnixMicros(order.due))
      .Bind(14, ToUnixMicros(order.changed))
      .Run();
}

absl::Status OrderStore::AddCause(WorkOrder& order, const ActionId& cause, EventTime now) {
  RF_ASSIGN_OR_RETURN(Statement insert,
                      database_.Prepare("INSERT INTO work_order_cause (action, work_order, at) "
                                        "VALUES (?, ?, ?)"));
  RF_RETURN_IF_ERROR(
      insert.Bind(1, cause.value()).Bind(2, order.id.value()).Bind(3, ToUnixMicros(now)).Run());
  order.causes.push_back(cause);
  return absl::OkStatus();
}

absl::Status OrderStore::AddChange(const WorkOrder& order, std::string_view change,
                                   std::string_view person, std::string_view note, EventTime now) {
  RF_ASSIGN_OR_RETURN(Statement insert,
                      database_.Prepare("INSERT INTO work_order_change (work_order, to_state, at, "
                                        "person, note) VALUES (?, ?, ?, ?, ?)"));
  RF_RETURN_IF_ERROR(insert.Bind(1, order.id.value())
                         .Bind(2, OrderStateName(order.state))
                         .Bind(3, ToUnixMicros(now))
                         .Bind(4, person)
                         .Bind(5, note)
                         .Run());
  RF_RETURN_IF_ERROR(SealNewest(database_, kOrderHistory));
  return events_.Add(now, "order", OrderEventFields(order, change, person, note));
}

absl::Status OrderStore::OpenNew(const Cause& cause, EventTime now, WorkOrder& order) {
  RF_ASSIGN_OR_RETURN(order.id, FreeId(cause));
  order.kind = cause.kind;
  order.subject = cause.subject;
  order.line = cause.line;
  order.customer = cause.customer;
  order.industry = cause.industry;
  order.priority = cause.urgent ? 1 : PriorityOf(cause.industry, !cause.line.empty(), options_);
  order.owner = std::string(kDutyDesk);
  order.opened = order.changed = now;
  order.due = now + options_.due[order.priority - 1];
  RF_RETURN_IF_ERROR(Insert(order));
  RF_RETURN_IF_ERROR(AddCause(order, cause.action, now));
  return AddChange(order, "opened", {}, {}, now);
}

absl::StatusOr<OrderStore::Opened> OrderStore::OpenOrJoin(const Cause& cause, EventTime now) {
  Opened result;
  const absl::Status written = database_.Transaction([&]() -> absl::Status {
    RF_ASSIGN_OR_RETURN(auto known, FindByCause(cause.action));
    if (known) {
      result.order = *std::move(known);
      return absl::OkStatus();
    }
    RF_ASSIGN_OR_RETURN(auto open, FindOpen(cause.subject));
    if (!open && cause.subject.kind == SubjectKind::kCustomer && !cause.line.empty()) {
      // Who looks at the line looks at its customer: one order, not two for the same calls.
      RF_ASSIGN_OR_RETURN(open,
                          FindOpen({SubjectKind::kLine, CallingNumber(), cause.line.value()}));
    }
    if (!open) {
      result.created = true;
      return OpenNew(cause, now, result.order);
    }
    result.joined = true;
    result.order = *std::move(open);
    RF_RETURN_IF_ERROR(AddCause(result.order, cause.action, now));
    return AddChange(result.order, "evidence", {}, absl::StrCat("episode ", cause.action.value()),
                     now);
  });
  if (!written.ok()) return written;
  return result;
}

absl::StatusOr<WorkOrder> OrderStore::Change(const WorkOrderId& id, OrderState to,
                                             std::string_view person, OrderOutcome outcome,
                                             std::string_view note, EventTime now) {
  WorkOrder order;
  const absl::Status written = database_.Transaction([&]() -> absl::Status {
    RF_ASSIGN_OR_RETURN(auto found, Find(id));
    if (!found) return absl::NotFoundError(absl::StrCat("there is no work order ", id.value()));
    order = *std::move(found);
    RF_RETURN_IF_ERROR(CheckOrderChange(order, to, person, outcome));
    order.state = to;
    if (to == OrderState::kVerified) order.outcome = outcome;
    order.owner = OwnerIn(to, person);
    order.changed = now;
    RF_ASSIGN_OR_RETURN(Statement update,
                        database_.Prepare("UPDATE work_order SET state = ?, outcome = ?, owner = "
                                          "?, changed = ? WHERE id = ?"));
    RF_RETURN_IF_ERROR(update.Bind(1, OrderStateName(order.state))
                           .Bind(2, OrderOutcomeName(order.outcome))
                           .Bind(3, order.owner)
                           .Bind(4, ToUnixMicros(now))
                           .Bind(5, id.value())
                           .Run());
    return AddChange(order, OrderStateName(to), person, note, now);
  });
  if (!written.ok()) return written;
  return order;
}

}  // namespace ringfence
