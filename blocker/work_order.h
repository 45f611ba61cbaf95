// A work order: a named person looks at a number, and says what it was. Values and rules only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "detector/model/subject.h"
#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"

namespace ringfence {

enum class OrderState : uint8_t {
  kOpen,      // owner: the duty desk
  kAssigned,  // owner: the person it was given to
  kVerified,  // owner: the duty desk again, which acts on the outcome
  kClosed,    // owner: nobody; the end
};

enum class OrderKind : uint8_t {
  kVerifySuspension,  // a line was suspended: right or wrong?
  kVerifyBlock,       // a foreign number was blocked: right or wrong?
  kDecideHeld,        // the machine could not prove that it may act
  kOverDeclared,      // a line or customer uses more than it declared
  kFloodedNumber,     // a called number is flooded: who calls, and what protects it?
};

enum class OrderOutcome : uint8_t {
  kNone,        // not verified yet
  kNuisance,    // the complaint stands: nuisance calls
  kLegitimate,  // ordinary use: restore, and whitelist where that is due
  kOverScope,   // outside of declared purpose, hours or volume
  kUnclear,     // no result; say why in the note
};

// 1 is the most urgent.
using OrderPriority = uint8_t;

struct OrderOptions {
  // Industries looked at first, as the ledger writes them, compared without case.
  std::vector<std::string> urgent_industries = {"loan", "property", "shares",
                                                "贷款", "房产",     "股票"};
  // Time until an order has to be verified, from its opening, by priority 1, 2, 3.
  Duration due[3] = {std::chrono::hours(4), std::chrono::hours(24), std::chrono::hours(72)};
  // UTC offset of the day in the order's id.
  Duration day_offset = std::chrono::hours(8);
};

inline constexpr std::string_view kDutyDesk = "duty-desk";

struct WorkOrder {
  WorkOrderId id;
  OrderKind kind = OrderKind::kDecideHeld;
  Subject subject;
  LineId line;
  CustomerId customer;
  std::string industry;
  OrderPriority priority = 3;
  OrderState state = OrderState::kOpen;
  OrderOutcome outcome = OrderOutcome::kNone;
  std::string owner;  // a person while kAssigned, "duty-desk" while kOpen and kVerified
  EventTime opened;
  EventTime due;
  EventTime changed;
  std::vector<ActionId> causes;  // the episodes it is about, oldest first: the evidence

  bool Overdue(EventTime now) const {
    return now > due && (state == OrderState::kOpen || state == OrderState::kAssigned);
  }
};

struct OrderChange {
  OrderState to = OrderState::kOpen;
  EventTime at;
  std::string person;  // empty: the machine
  std::string note;
};

// open → assigned → verified → closed; assigned → assigned gives it to somebody else, assigned →
// open gives it back, verified → assigned sends it back. Nothing is closed without an outcome.
// FailedPrecondition for any other change; InvalidArgument says what is missing (who, the outcome).
absl::Status CheckOrderChange(const WorkOrder& order, OrderState to, std::string_view person,
                              OrderOutcome outcome);

// Who has to do the next step: the person in kAssigned, nobody in kClosed, the duty desk otherwise.
std::string OwnerIn(OrderState state, std::string_view person);

// 1 for urgent industries, 2 for other lines of the ledger, 3 for everything else. See also
// OrderStore::Cause::urgent.
OrderPriority PriorityOf(std::string_view industry, bool ledger_line, const OrderOptions& options);

std::string_view OrderStateName(OrderState state);        // "assigned"
std::string_view OrderKindName(OrderKind kind);           // "verify-suspension"
std::string_view OrderOutcomeName(OrderOutcome outcome);  // "nuisance"
std::optional<OrderState> OrderStateFromName(std::string_view name);
std::optional<OrderKind> OrderKindFromName(std::string_view name);
std::optional<OrderOutcome> OrderOutcomeFromName(std::string_view name);

}  // namespace ringfence
