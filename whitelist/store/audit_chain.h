// The audit log: every row of the tables of history is sealed into one chain of hashes, in the
// transaction that writes it. What was written can't be changed, taken out, put in or swapped
// afterwards without the chain showing it; docs/security.md says what it does not show.
//
//   constexpr HistoryTable kChanges{"list_change", "version, at, actor"};
//   RF_RETURN_IF_ERROR(CoverHistory(database, kChanges));        // once, after its migration
//   database.Transaction([&] {
//     … INSERT INTO list_change …
//     return SealNewest(database, kChanges);
//   });
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "whitelist/store/database.h"

namespace ringfence {

// A table whose rows are written once and never changed, with an AUTOINCREMENT key. `columns`: all
// that are sealed, "a, b, c". After a migration that adds columns the new list holds for new rows;
// old ones stay sealed with theirs.
struct HistoryTable {
  std::string_view name;
  std::string_view columns;
};

// Makes the chain if need be, and takes the table into it. Rows that are there already (of a
// program that had no chain) are sealed as they are found, the first time only.
absl::Status CoverHistory(Database& database, const HistoryTable& table);

// Seals the row that this connection inserted last, which must be one of `table`. Call it inside
// the transaction of the INSERT.
absl::Status SealNewest(Database& database, const HistoryTable& table);

struct ChainHead {
  int64_t entries = 0;
  std::string hash;  // 64 hex digits; of the chain's beginning when there are no entries
};

// The newest entry. NotFound: the file has no chain yet.
absl::StatusOr<ChainHead> ReadChainHead(Database& database);

// Computes the whole chain again from the rows. DataLoss names the first broken place. With
// `known_head`, a hash that was kept elsewhere, it also shows that nothing was cut off the end
// since: DataLoss when no entry has that hash. NotFound: the file has no chain.
absl::StatusOr<ChainHead> VerifyChain(Database& database, std::optional<std::string> known_head);

// One entry as people read it. An entry of "audited_table" says which columns are sealed.
struct ChainEntry {
  int64_t place = 0;  // 1, 2, …
  std::string table;
  int64_t row = 0;
  std::string hash;
  struct Value {
    std::string column;
    std::string text;
  };
  std::vector<Value> values;  // columns that are NULL are left out
};

// Hands out the entries in order until `take` returns false. Verifies nothing.
absl::Status ReadChain(Database& database, absl::FunctionRef<bool(const ChainEntry&)> take);

}  // namespace ringfence
