// The whitelist as CSV, both ways. The columns are described in whitelist/README.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "whitelist/csv/csv_table.h"
#include "whitelist/lists.h"
#include "whitelist/whitelist_entry.h"

namespace ringfence {

struct WhitelistCsv {
  std::vector<WhitelistEntry> entries;  // those without faults, in the order of the file
  CsvFaults faults;                     // not empty: nothing of the file is to be imported
};

// Only the column `number` is needed; a file without header and with one number a line is read,
// too. A number that appears twice is a fault,
// unless all of its entry is the same. An error (not a fault) when the bytes or the header
// can't be read, and FailedPrecondition for a file without a single byte: that is no list.
absl::StatusOr<WhitelistCsv> ReadWhitelistCsv(std::unique_ptr<ByteStream> stream,
                                              const CsvOptions& options);

// A file need not say since when an entry stands. Entries that were given `default_added` by the
// reading keep the instant that `stored` has for their number, so that importing the same file
// again changes nothing.
void KeepAdded(const Lists& stored, EventTime default_added, std::vector<WhitelistEntry>& entries);

// UTF-8 with English column names, LF; what ReadWhitelistCsv reads back to equal entries.
std::string WriteWhitelistCsv(absl::Span<const WhitelistEntry> entries, const absl::TimeZone& zone);

}  // namespace ringfence
