// The account of a run, for people: what was read and what became of it.
#pragma once

#include <string>

#include "ingest/reconciliation.h"

namespace ringfence {

// "read 10,000 = accepted 9,990 + duplicates 5 + rejected 3 (calling-number 2, time 1) + late 2".
// Says so when the account does not balance.
std::string AccountLine(const Reconciliation& account);

}  // namespace ringfence
