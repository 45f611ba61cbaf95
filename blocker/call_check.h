// What happens to one call now, and why: calling-number authentication (主叫号码鉴权), then the
// state of the number. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "blocker/action.h"
#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"
#include "ingest/model/phone_number.h"
#include "whitelist/lists.h"

namespace ringfence {

struct CallAttempt {
  CallingNumber calling;
  CalledNumber called;
  TrunkGroupId trunk;  // empty: not known, then the trunk is not judged
};

enum class CallReason : uint8_t {
  kEmergency,       // passes: calls to emergency numbers are never refused
  kSuspended,       // refused: an action suspends the number
  kBlocked,         // refused: an action blocks the number
  kLineSuspended,   // refused: the ledger says that the line is suspended
  kLineClosed,      // refused: the ledger says that the line is closed
  kForeignOnTrunk,  // refused: the trunk belongs to a line, the number does not
  kWrongTrunk,      // refused: the number's line declared other trunks
  kLedgerLine,      // passes: a line of the ledger in good standing
  kNotInLedger,     // passes: no line of the ledger, nothing against it
};

struct CallVerdict {
  bool passes = true;
  CallReason reason = CallReason::kNotInLedger;
  const VoiceLine* line = nullptr;        // the number's; lives as long as the lists
  const VoiceLine* trunk_line = nullptr;  // a line that declared the trunk; likewise
};

// `action` is the one in force against the calling number, if any (ActionJournal::Open); past its
// expiry it no longer counts.
CallVerdict CheckCall(const Lists& lists, const std::optional<ActionRecord>& action,
                      const CallAttempt& call, EventTime now);

std::string_view CallReasonName(CallReason reason);  // "wrong-trunk"
std::string_view CallReasonText(CallReason reason);  // a sentence

}  // namespace ringfence
