// Whether actions and work orders are in the states that their recorded changes brought them to.
#pragma once

#include "absl/status/status.h"
#include "whitelist/store/database.h"

namespace ringfence {

// DataLoss names the first action or work order whose state is not that of its last recorded
// change, or that is there without one, or gone. OK when the file holds neither. Says something
// only while the history itself is whole: VerifyChain().
absl::Status CheckStatesAgainstHistory(Database& database);

}  // namespace ringfence
