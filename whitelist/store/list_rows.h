// Rows of the tables voice_line, line_number and whitelist_entry as values, and back.
#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "ingest/model/phone_number.h"
#include "whitelist/ledger.h"
#include "whitelist/store/database.h"
#include "whitelist/whitelist_entry.h"

namespace ringfence {

// Columns in the order that ReadLine and ReadEntry expect; a WHERE may follow.
extern const char kSelectLines[];
extern const char kSelectEntries[];
// Parameters in the order in which BindLine and BindEntry fill them.
extern const char kUpsertLine[];
extern const char kUpsertEntry[];

// The current row. DataLoss when the file holds what this program does not write. The line comes
// without its numbers, which are rows of another table.
absl::StatusOr<VoiceLine> ReadLine(const Statement& row);
absl::StatusOr<WhitelistEntry> ReadEntry(const Statement& row);
absl::StatusOr<CallingNumber> ReadNumber(const Statement& row, int column);

Statement& BindLine(const VoiceLine& line, Statement& statement);
Statement& BindEntry(const WhitelistEntry& entry, Statement& statement);

}  // namespace ringfence
