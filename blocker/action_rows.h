// Between ActionRecord and the rows of the journal's tables.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "blocker/action.h"
#include "whitelist/store/database.h"

namespace ringfence {

// "SELECT <these> FROM action …" gives what ReadAction() reads.
inline constexpr char kActionColumns[] =
    "id, number, kind, would, mode, state, reason, detail, line, customer, line_status, evidence, "
    "created, changed, expires, person, restore_to, attempts";

// A number as the tables hold it: "+86…", a short code as it is, "" for none.
std::string NumberText(CallingNumber number);

// DataLoss names the action and the column that makes no sense.
absl::StatusOr<ActionRecord> ReadAction(const Statement& row);

// Binds the columns above to parameters 1 to 18.
void BindAction(Statement& statement, const ActionRecord& record);

}  // namespace ringfence
