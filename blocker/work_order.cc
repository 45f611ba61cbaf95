#include "blocker/work_order.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"

namespace ringfence {
namespace {

constexpr std::array<std::string_view, 4> kStates = {"open", "assigned", "verified", "closed"};
constexpr std::array<std::string_view, 5> kKinds = {"verify-suspension", "verify-block",
                                                    "decide-held", "over-declared", "called-flood"};
constexpr std::array<std::string_view, 5> kOutcomes = {"none", "nuisance", "legitimate",
                                                       "over-scope", "unclear"};

template <typename Enum, size_t kSize>
std::optional<Enum> FromName(const std::array<std::string_view, kSize>& names,
                             std::string_view name) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

bool IsLegal(OrderState from, OrderState to) {
  using S = OrderState;
  switch (from) {
    case S::kOpen:
      return to == S::kAssigned;
    case S::kAssigned:
      return to == S::kAssigned || to == S::kOpen || to == S::kVerified;
    case S::kVerified:
      return to == S::kAssigned || to == S::kClosed;
    case S::kClosed:
      break;
  }
  return false;
}

}  // namespace

absl::Status CheckOrderChange(const WorkOrder& order, OrderState to, std::string_view person,
                              OrderOutcome outcome) {
  if (!IsLegal(order.state, to)) {
    return absl::FailedPreconditionError(
        absl::StrCat("work order ", order.id.value(), " is ", ToAbsl(OrderStateName(order.state)),
                     ": it can't become ", ToAbsl(OrderStateName(to))));
  }
  if (person.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "work order ", order.id.value(), ": say who does it; orders are changed by people"));
  }
  if (to == OrderState::kVerified && outcome == OrderOutcome::kNone) {
    return absl::InvalidArgumentError(
        absl::StrCat("work order ", order.id.value(),
                     ": say what it was: nuisance, legitimate, over-scope or unclear"));
  }
  return absl::OkStatus();
}

std::string OwnerIn(OrderState state, std::string_view person) {
  if (state == OrderState::kAssigned) return std::string(person);
  if (state == OrderState::kClosed) return {};
  return std::string(kDutyDesk);
}

OrderPriority PriorityOf(std::string_view industry, bool ledger_line, const OrderOptions& options) {
  const bool urgent = std::any_of(
      options.urgent_industries.begin(), options.urgent_industries.end(),
      [&](const std::string& name) { return absl::EqualsIgnoreCase(name, ToAbsl(industry)); });
  if (urgent) return 1;
  return ledger_line ? 2 : 3;
}

std::string_view OrderStateName(OrderState state) { return kStates[static_cast<size_t>(state)]; }
std::string_view OrderKindName(OrderKind kind) { return kKinds[static_cast<size_t>(kind)]; }
std::string_view OrderOutcomeName(OrderOutcome outcome) {
  return kOutcomes[static_cast<size_t>(outcome)];
}
std::optional<OrderState> OrderStateFromName(std::string_view name) {
  return FromName<OrderState>(kStates, name);
}
std::optional<OrderKind> OrderKindFromName(std::string_view name) {
  return FromName<OrderKind>(kKinds, name);
}
std::optional<OrderOutcome> OrderOutcomeFromName(std::string_view name) {
  return FromName<OrderOutcome>(kOutcomes, name);
}

}  // namespace ringfence
