// The ledger as CSV, both ways. The columns are described in whitelist/README.md.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "whitelist/csv/csv_table.h"
#include "whitelist/ledger.h"

namespace ringfence {

struct LedgerCsv {
  std::vector<VoiceLine> lines;  // in the order of the file; complete only without faults
  CsvFaults faults;  // not empty: the file must not be imported in part without a choice
};

// Several rows with one line_id are one line: each adds numbers, and the other columns must be
// equal or empty. A cell may hold several numbers, separated by ';', and ranges "a..b" of up to
// 10,000 numbers, both ends included. At most 1,000,000 numbers in all. An error (not a fault) when
// the bytes or the header can't be read.
absl::StatusOr<LedgerCsv> ReadLedgerCsv(std::unique_ptr<ByteStream> stream,
                                        const CsvOptions& options);

// UTF-8 with English column names, LF; what ReadLedgerCsv reads back to equal lines. Runs of
// numbers become ranges, and a line with very many numbers several rows.
std::string WriteLedgerCsv(absl::Span<const VoiceLine> lines, const absl::TimeZone& zone);

}  // namespace ringfence
