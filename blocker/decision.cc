#include "blocker/decision.h"

#include <array>

namespace ringfence {
namespace {

// Indexed by the enum's value.
constexpr std::array<std::string_view, 4> kKinds = {"none", "suspend", "block", "held"};
constexpr std::array<std::string_view, 2> kModes = {"observe", "enforce"};
constexpr std::array<std::string_view, 3> kLabels = {"not-listed", "listed", "unknown"};

struct ReasonText {
  std::string_view name;
  std::string_view text;
};
constexpr std::array<ReasonText, 13> kReasons = {{
    {"ledger-line", "A line of the ledger is over the threshold and on no list."},
    {"foreign-number", "A number that is not the carrier's is over the threshold and on no list."},
    {"listing-unknown", "The lists gave no proof that the number may be acted on."},
    {"whitelisted", "The number is whitelisted: it is reported and left alone."},
    {"public-service", "An emergency or public-service number: it is reported and never acted on."},
    {"protected-class",
     "A line of a protected class: it is reported and never acted on by the machine."},
    {"already-suspended", "The line is suspended already."},
    {"already-closed", "The line is closed already."},
    {"warning-level", "Over the warning level, not over the threshold: it is reported."},
    {"episode-closed", "The number is back under the threshold."},
    {"over-declared", "The line or customer is over its declared daily limit."},
    {"flooded", "A called number gets so many calls that it is attacked."},
    {"listed-flooded",
     "A called number is attacked that is protected or whitelisted, or may be: look at once."},
}};

template <typename Enum, size_t kSize>
std::optional<Enum> FromName(const std::array<std::string_view, kSize>& names,
                             std::string_view name) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view ActionKindName(ActionKind kind) { return kKinds[static_cast<size_t>(kind)]; }
std::string_view RuleModeName(RuleMode mode) { return kModes[static_cast<size_t>(mode)]; }
std::string_view ListingLabelName(ListingLabel label) {
  return kLabels[static_cast<size_t>(label)];
}
std::string_view DecisionReasonName(DecisionReason reason) {
  return kReasons[static_cast<size_t>(reason)].name;
}
std::string_view DecisionReasonText(DecisionReason reason) {
  return kReasons[static_cast<size_t>(reason)].text;
}

std::optional<ActionKind> ActionKindFromName(std::string_view name) {
  return FromName<ActionKind>(kKinds, name);
}
std::optional<RuleMode> RuleModeFromName(std::string_view name) {
  return FromName<RuleMode>(kModes, name);
}
std::optional<ListingLabel> ListingLabelFromName(std::string_view name) {
  return FromName<ListingLabel>(kLabels, name);
}

}  // namespace ringfence
