// The account of a run, for people: what was read and what became of it.
#pragma once

#include <iosfwd>
#include <string>

#include "ingest/reconciliation.h"

namespace ringfence {

// "read 10,000 = accepted 9,990 + duplicates 5 + rejected 3 (calling-number 2, time 1) + late 2".
// Says so when the account does not balance.
std::string AccountLine(const Reconciliation& account);

// The same as a small table, indented by two columns.
void PrintAccount(const Reconciliation& account, std::ostream& out);

}  // namespace ringfence
