// What policy says about one detection: a plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"

namespace ringfence {

enum class ActionKind : uint8_t {
  kNone,     // nothing is done to the number
  kSuspend,  // outbound calling of the carrier's own line is switched off
  kBlock,    // calls from a number that is not the carrier's are refused at the switch
  kHeld,     // something would be done, but there is no proof that it may be: a person is told
};

// How a rule runs. The default everywhere is kObserve: acting is switched on, never inherited.
enum class RuleMode : uint8_t {
  kObserve,  // record what would have been done, touch nothing
  kEnforce,
};

// What the lists say of a number in one word. A protected number counts as listed.
enum class ListingLabel : uint8_t { kNotListed, kListed, kUnknown };

enum class DecisionReason : uint8_t {
  kLedgerLine,        // over the threshold, the carrier's line, on no list: suspend
  kForeignNumber,     // over the threshold, not the carrier's, on no list: block
  kListingUnknown,    // the lists gave no proof: hold
  kWhitelisted,       // an approved entry stands: report only
  kPublicService,     // an emergency or public-service number: report only
  kProtectedClass,    // a line of a protected class: report only
  kAlreadySuspended,  // the line is suspended already
  kAlreadyClosed,     // the line is closed
  kWarningLevel,      // over the warning level only: report
  kEpisodeClosed,     // the episode ended: nothing to decide
  kOverDeclared,      // a line or customer is over its declared daily limit: people look
  kFlooded,           // a called number gets too many calls: people look, and protect it
  kListedFlooded,     // … one that is protected or whitelisted, or may be: they look at once
};

// How one rule is carried out.
struct RuleSettings {
  RuleId rule;
  RuleMode mode = RuleMode::kObserve;
  // How long a suspension or a block lasts unless a person confirms it. More than 0.
  Duration suspension = std::chrono::hours(24);
};

struct Decision {
  // What is to be done now. In observe mode always kNone and no order.
  ActionKind action = ActionKind::kNone;
  bool work_order = false;
  // What the rule says regardless of its mode. Equal to the above in enforce mode.
  ActionKind would = ActionKind::kNone;
  bool would_order = false;
  bool urgent = false;  // the work order is of the highest priority, whosever the number is
  ListingLabel listing = ListingLabel::kUnknown;
  DecisionReason reason = DecisionReason::kListingUnknown;

  friend bool operator==(const Decision&, const Decision&) = default;
};

std::string_view ActionKindName(ActionKind kind);            // "suspend"
std::string_view RuleModeName(RuleMode mode);                // "observe"
std::string_view ListingLabelName(ListingLabel label);       // "not-listed"
std::string_view DecisionReasonName(DecisionReason reason);  // "ledger-line"
std::string_view DecisionReasonText(DecisionReason reason);  // one sentence for people
std::optional<ActionKind> ActionKindFromName(std::string_view name);
std::optional<RuleMode> RuleModeFromName(std::string_view name);
std::optional<ListingLabel> ListingLabelFromName(std::string_view name);

}  // namespace ringfence
