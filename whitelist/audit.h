// Whose own compliance is audited (合规性审核): every whitelist entry that no longer stands, and
// every ledger line that calls without what it needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"
#include "ingest/model/phone_number.h"
#include "whitelist/lists.h"

namespace ringfence {

enum class Severity : uint8_t {
  kNotice,   // tidy it up
  kWarning,  // incomplete: somebody must supply something
  kFailure,  // no longer stands
};

enum class FindingKind : uint8_t {
  // whitelist entries
  kExpired,      // the entry's own expiry has passed
  kNotYetValid,  // it stands from a later time only
  kNoExpiry,     // it would stand for ever
  kNoApprover,
  kSelfApproved,  // requester and approver are the same person
  kNoRequester,
  kNoReason,
  kNoEvidence,
  kNoScope,
  kNoLine,  // the number is in no ledger line
  kLineClosed,
  kLineSuspended,
  kLineQualification,  // the line's qualification is missing or has expired
  kLineContract,       // the line's contract is missing or has expired
  kProtectedAnyway,    // on the floor or of a protected class: the entry changes nothing
  // ledger lines
  kQualification,  // missing or expired
  kContract,       // missing or expired
  kRecordingDuty,  // the duty is there, and recordings are kept too short or not at all
  kNoDailyLimit,
  kNoTrunk,  // calling-number authentication can't be done for the line
};

struct Finding {
  Severity severity = Severity::kNotice;
  FindingKind kind = FindingKind::kExpired;
  CallingNumber number;  // of the whitelist entry; empty for a finding about a line
  LineId line;           // empty when the number is in none
  std::string sentence;  // for people; holds no number, so that it may be logged
};

// Everything found at `now`, the gravest first, then by number and line. A whitelist holds a number
// once by construction; doubles in a file are errors of the import. Closed lines are not audited.
std::vector<Finding> Audit(const Lists& lists, EventTime now);

std::string_view SeverityName(Severity severity);    // "failure"
std::string_view FindingKindName(FindingKind kind);  // "self-approved"

}  // namespace ringfence
