// Whether the lists are what their recorded changes made them.
#pragma once

#include "absl/status/status.h"
#include "whitelist/store/database.h"

namespace ringfence {

// Compares every line and entry with the last change that was recorded of it. DataLoss names the
// first one (numbers masked) that was changed, put in or taken out past ringfence. OK when the file
// holds no lists. Says something only while the history itself is whole: VerifyChain().
absl::Status CheckListsAgainstHistory(Database& database);

}  // namespace ringfence
