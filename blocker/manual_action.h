// What people order themselves, without an alert: a suspension or a block that does not expire and
// that the machine never lifts.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "blocker/action.h"
#include "whitelist/listing.h"

namespace ringfence {

inline constexpr char kManualRule[] = "manual";  // stands where other actions name their rule

struct ManualOrder {
  CallingNumber number;
  ActionKind kind = ActionKind::kSuspend;  // or kBlock
  std::string person;
  std::string note;
  bool protected_line_too = false;  // the person means a line of a protected class
};

// The action, to be recorded by ActionJournal::OrderByPerson(). FailedPrecondition: a number on the
// compiled-in floor, always; one of a protected class unless the order says so; a suspension of a
// number that is not in the ledger, or a block of one that is. InvalidArgument: nobody is named.
absl::StatusOr<ActionRecord> MakeManualAction(const ManualOrder& order, const Listing& listing,
                                              EventTime now);

// Whether a person ordered it.
bool IsManual(const ActionRecord& action);

}  // namespace ringfence
