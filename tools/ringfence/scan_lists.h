// The lists that `scan` checks against, from wherever the user keeps them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "detector/model/subject.h"
#include "whitelist/csv/csv_table.h"
#include "whitelist/whitelist.h"

namespace ringfence {

struct ScanLists {
  std::unique_ptr<Whitelist> whitelist;               // null: none was given, or it can't be read
  std::shared_ptr<const SubjectDirectory> directory;  // null: no ledger
  absl::Status problem;                               // why the whitelist can't be read
  std::vector<std::string> notes;                     // what a person should know of the files
};

// InvalidArgument for a Redis address that can't be one; a file is not looked at.
absl::Status CheckWhitelistAddress(const std::string& whitelist);

// ledger: a CSV file or our store; whitelist: the same, or "redis://…" / "unix:…"; either may be
// empty. A ledger that can't be read is an error; a whitelist that can't is told in `problem`, and
// every listing is unknown then.
absl::StatusOr<ScanLists> LoadScanLists(const std::string& ledger, const std::string& whitelist,
                                        const CsvOptions& options);

}  // namespace ringfence
