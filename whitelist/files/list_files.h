// Ledger and whitelist from files, without a server: what `scan --ledger --whitelist` reads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "whitelist/csv/csv_table.h"
#include "whitelist/lists.h"

namespace ringfence {

// Paths may be empty: that list is then empty. Each file is CSV, a bare list of numbers (whitelist
// only), or a store of ours, recognised by its first bytes, of which that list alone is taken;
// where the whitelist is a store and no ledger is given, its ledger is taken, too.
struct ListFiles {
  std::string ledger;
  std::string whitelist;
};

// The lists to make a ListsWhitelist of (or a directory of subjects). All or nothing:
// InvalidArgument lists every fault of a file; an unreadable or empty file is an error. Their
// version is 0.
//
// Without a whitelist file nobody is proved not to be on it: callers must then treat numbers as
// unknown and use the lists for the ledger alone.
//
// `notes`: null: a column that is not understood is an error. Otherwise it is passed over, and a
// sentence about it is added.
absl::StatusOr<std::shared_ptr<const Lists>> LoadListFiles(
    const ListFiles& files, const CsvOptions& options, std::vector<std::string>* notes = nullptr);

}  // namespace ringfence
