// The ledger, in the forms that detector and enforcement need.
#pragma once

#include <memory>
#include <vector>

#include "blocker/redis_enforcement.h"
#include "detector/model/subject.h"
#include "whitelist/lists.h"

namespace ringfence {

// Which line and customer each number belongs to, with the declared daily limits, class and
// industry. Closed lines are
// in it, too: a closed line that still calls is what one wants to see.
std::shared_ptr<const SubjectDirectory> BuildDirectory(const Lists& lists);

// The numbers of all lines, as the switch's table shows them while no action is in force.
std::vector<LedgerNumber> LedgerNumbers(const Lists& lists);

}  // namespace ringfence
