#include "blocker/call_check.h"

#include <algorithm>
#include <array>

#include "whitelist/protected_floor.h"

namespace ringfence {
namespace {

struct Words {
  std::string_view name;
  std::string_view text;
};

constexpr std::array<Words, 9> kWords = {{
    {"emergency", "calls to emergency numbers are never refused"},
    {"suspended", "outbound calling of this number is suspended"},
    {"blocked", "calls from this number are blocked"},
    {"line-suspended", "the ledger says that the line is suspended"},
    {"line-closed", "the ledger says that the line is closed"},
    {"foreign-on-trunk", "the trunk belongs to a line that does not own the calling number"},
    {"wrong-trunk", "the line of the calling number declared other trunks"},
    {"ledger-line", "the number's line is in good standing"},
    {"not-in-ledger", "the number is no line of the ledger, and nothing stands against it"},
}};

bool Declares(const VoiceLine& line, const TrunkGroupId& trunk) {
  return std::find(line.trunks.begin(), line.trunks.end(), trunk) != line.trunks.end();
}

const VoiceLine* LineOfTrunk(const Lists& lists, const TrunkGroupId& trunk) {
  if (trunk.empty()) return nullptr;
  const auto found = std::find_if(lists.lines().begin(), lists.lines().end(),
                                  [&](const VoiceLine& line) { return Declares(line, trunk); });
  return found == lists.lines().end() ? nullptr : &*found;
}

bool InForce(const ActionRecord& action, EventTime now) {
  const bool sent =
      action.state == ActionState::kDispatched || action.state == ActionState::kConfirmed;
  return sent && (!action.expires.has_value() || now < *action.expires);
}

}  // namespace

CallVerdict CheckCall(const Lists& lists, const std::optional<ActionRecord>& action,
                      const CallAttempt& call, EventTime now) {
  CallVerdict verdict{.line = lists.FindOwner(call.calling),
                      .trunk_line = LineOfTrunk(lists, call.trunk)};
  const auto decide = [&verdict](bool passes, CallReason reason) {
    verdict.passes = passes;
    verdict.reason = reason;
    return verdict;
  };
  if (IsEmergency(call.called)) return decide(true, CallReason::kEmergency);
  if (action.has_value() && InForce(*action, now)) {
    const bool suspended = action->kind == ActionKind::kSuspend;
    return decide(false, suspended ? CallReason::kSuspended : CallReason::kBlocked);
  }
  if (verdict.line == nullptr) {
    const bool foreign = verdict.trunk_line != nullptr;
    return decide(!foreign, foreign ? CallReason::kForeignOnTrunk : CallReason::kNotInLedger);
  }
  const VoiceLine& line = *verdict.line;
  if (line.status == LineStatus::kSuspended) return decide(false, CallReason::kLineSuspended);
  if (line.status == LineStatus::kClosed) return decide(false, CallReason::kLineClosed);
  if (!call.trunk.empty() && !line.trunks.empty() && !Declares(line, call.trunk)) {
    return decide(false, CallReason::kWrongTrunk);
  }
  return decide(true, CallReason::kLedgerLine);
}

std::string_view CallReasonName(CallReason reason) {
  return kWords[static_cast<size_t>(reason)].name;
}

std::string_view CallReasonText(CallReason reason) {
  return kWords[static_cast<size_t>(reason)].text;
}

}  // namespace ringfence
