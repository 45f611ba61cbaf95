#include "blocker/action.h"

#include <array>

namespace ringfence {
namespace {

constexpr std::array<std::string_view, 11> kStateNames = {
    "proposed",  "reported", "held",      "withdrawn", "authorised", "dispatched",
    "confirmed", "failed",   "restoring", "reversed",  "expired"};

}  // namespace

bool IsLegal(ActionState from, ActionState to) {
  using S = ActionState;
  switch (from) {
    case S::kProposed:
      return to == S::kReported || to == S::kHeld || to == S::kWithdrawn || to == S::kAuthorised;
    case S::kHeld:
      return to == S::kHeld || to == S::kWithdrawn || to == S::kAuthorised;
    case S::kAuthorised:
      return to == S::kDispatched || to == S::kHeld || to == S::kWithdrawn;
    case S::kDispatched:
      return to == S::kConfirmed || to == S::kFailed || to == S::kRestoring;
    case S::kConfirmed:
      return to == S::kRestoring;
    case S::kRestoring:
      return to == S::kReversed || to == S::kExpired || to == S::kFailed;
    case S::kReported:
    case S::kWithdrawn:
    case S::kFailed:
    case S::kReversed:
    case S::kExpired:
      break;
  }
  return false;
}

bool IsTerminal(ActionState state) {
  for (size_t to = 0; to < kStateNames.size(); ++to) {
    if (IsLegal(state, static_cast<ActionState>(to))) return false;
  }
  return true;
}

std::string_view ActionStateName(ActionState state) {
  return kStateNames[static_cast<size_t>(state)];
}

std::optional<ActionState> ActionStateFromName(std::string_view name) {
  for (size_t i = 0; i < kStateNames.size(); ++i) {
    if (kStateNames[i] == name) return static_cast<ActionState>(i);
  }
  return std::nullopt;
}

}  // namespace ringfence
