// Work orders in the system of record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "blocker/event_log.h"
#include "blocker/work_order.h"
#include "whitelist/store/database.h"

namespace ringfence {

struct OrderFilter {
  std::optional<OrderState> state;
  bool open_only = false;               // everything but closed
  std::optional<CallingNumber> number;  // that calls, or is called
  uint32_t limit = 1000;                // most urgent first, then by due time
};

// Each public call is one transaction, or joins the caller's. Not thread-safe. `database` must
// outlive the store.
class OrderStore {
 public:
  // Makes or migrates the tables.
  static absl::StatusOr<OrderStore> Open(Database& database, OrderOptions options = {});
  // For a database that was opened read-only. NotFound when nothing was recorded in it yet.
  static absl::StatusOr<OrderStore> OpenExisting(Database& database);

  struct Cause {
    ActionId action;
    OrderKind kind = OrderKind::kDecideHeld;
    Subject subject;
    LineId line;
    CustomerId customer;
    std::string industry;
    EventTime episode_opened;  // the day in the order's id
    bool urgent = false;       // priority 1, whatever the industry
  };
  struct Opened {
    WorkOrder order;
    bool created = false;  // a new order
    bool joined = false;   // the cause was added to an order that is open for the same subject
  };
  // One order per subject at a time: a cause is added to the order that is open for its subject, or
  // opens one. A customer's total joins the order that is open for the line whose call broke it. A
  // cause that is known changes nothing.
  absl::StatusOr<Opened> OpenOrJoin(const Cause& cause, EventTime now);

  // CheckOrderChange(), then writes it. NotFound, InvalidArgument, FailedPrecondition.
  // `person` does it; with kAssigned it is the one the order is given to. `outcome` is read for
  // kVerified only.
  absl::StatusOr<WorkOrder> Change(const WorkOrderId& id, OrderState to, std::string_view person,
                                   OrderOutcome outcome, std::string_view note, EventTime now);

  absl::StatusOr<std::optional<WorkOrder>> Find(const WorkOrderId& id);
  // The order that an action belongs to.
  absl::StatusOr<std::optional<WorkOrder>> FindByCause(const ActionId& cause);
  absl::StatusOr<std::vector<WorkOrder>> List(const OrderFilter& filter);
  absl::StatusOr<std::vector<OrderChange>> History(const WorkOrderId& id);

 private:
  OrderStore(Database& database, EventLog events, OrderOptions options);

  absl::StatusOr<std::vector<WorkOrder>> ReadAll(Statement& select);
  absl::StatusOr<std::optional<WorkOrder>> ReadOne(Statement& select);
  absl::Status ReadCauses(WorkOrder& order);
  absl::StatusOr<std::optional<WorkOrder>> FindOpen(const Subject& subject);
  absl::StatusOr<WorkOrderId> FreeId(const Cause& cause);
  absl::Status OpenNew(const Cause& cause, EventTime now, WorkOrder& order);
  absl::Status Insert(const WorkOrder& order);
  absl::Status AddCause(WorkOrder& order, const ActionId& cause, EventTime now);
  absl::Status AddChange(const WorkOrder& order, std::string_view change, std::string_view person,
                         std::string_view note, EventTime now);

  Database& database_;
  EventLog events_;
  OrderOptions options_;
};

}  // namespace ringfence
