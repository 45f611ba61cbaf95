// The files beside the call records: ledger, whitelist and labels, as CSV with a header.
#pragma once

#include <string>
#include <vector>

#include "tools/generate/city.h"
#include "tools/generate/truth.h"

namespace ringfence::generate {

// What `ringfence line import` reads.
std::string LedgerCsv(const City& city);

// What `ringfence whitelist import` reads; it holds entries that have expired before the run.
std::string WhitelistCsv(const City& city);

// number,role,nuisance,expected_flag,industry,expected_treatment,line_id,expected_line_flag,calls,
// flagged_at: docs in README.md beside this file.
std::string LabelsCsv(const City& city, const std::vector<Label>& labels);

}  // namespace ringfence::generate
