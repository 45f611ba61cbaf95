#include "whitelist/store/audit_chain.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "whitelist/store/sha256.h"

namespace ringfence {
namespace {

// Which columns of which table are sealed stands in a table of history itself, number 0.
constexpr std::string_view kTables = R"sql(
CREATE TABLE audited_table(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  columns TEXT NOT NULL);
CREATE TABLE audit_entry(
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  audited INTEGER NOT NULL,
  row INTEGER NOT NULL,
  hash TEXT NOT NULL);
)sql";

constexpr HistoryTable kAuditedTable{"audited_table", "name, columns"};
constexpr int64_t kAuditedTableId = 0;
constexpr char kBeginning[] = "0000000000000000000000000000000000000000000000000000000000000000";

std::vector<std::string> ColumnsOf(std::string_view columns) {
  return absl::StrSplit(ToAbsl(columns), ", ");
}

// What stands in a file that somebody may have changed goes into SQL only when it is a plain name.
bool IsName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) || c == '_';
  });
}

// "SELECT typeof(a), a, typeof(b), b FROM t WHERE rowid = ?"
absl::StatusOr<Statement> PrepareContent(Database& database, const HistoryTable& table) {
  std::string sql;
  for (const std::string& column : ColumnsOf(table.columns)) {
    if (!IsName(column)) {
      return absl::DataLossError("audited_table holds a column that can't be one");
    }
    absl::StrAppend(&sql, sql.empty() ? "SELECT " : ", ", "typeof(", column, "), ", column);
  }
  if (!IsName(table.name)) return absl::DataLossError("audited_table holds a name that is none");
  absl::StrAppend(&sql, " FROM ", ToAbsl(table.name), " WHERE rowid = ?");
  return database.Prepare(ToStd(sql));
}

// The hash of the entry after `previous` for one row; empty when there is no such row.
absl::StatusOr<std::string> HashOf(std::string_view previous, const HistoryTable& table,
                                   int64_t row, Statement& content) {
  RF_ASSIGN_OR_RETURN(const bool found, content.Bind(1, row).Step());
  if (!found) return std::string();
  Sha256Fields hash;
  hash.Add(previous);
  hash.Add(table.name);
  hash.Add(ToStd(absl::StrCat(row)));
  const int columns = static_cast<int>(ColumnsOf(table.columns).size());
  for (int i = 0; i < 2 * columns; ++i) hash.Add(content.Text(i));
  content.Finish();
  std::string digest = hash.Finish();
  if (digest.empty()) return absl::InternalError("libcrypto computes no SHA-256");
  return digest;
}

absl::StatusOr<ChainHead> Head(Database& database) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database.Prepare("SELECT place, hash FROM audit_entry ORDER BY place DESC LIMIT 1"));
  RF_ASSIGN_OR_RETURN(const bool found, select.Step());
  if (!found) return ChainHead{0, kBeginning};
  return ChainHead{select.Int(0), select.Text(1)};
}

absl::Status Seal(Database& database, int64_t id, const HistoryTable& table, int64_t row) {
  RF_ASSIGN_OR_RETURN(const ChainHead head, Head(database));
  RF_ASSIGN_OR_RETURN(Statement content, PrepareContent(database, table));
  RF_ASSIGN_OR_RETURN(const std::string hash, HashOf(head.hash, table, row, content));
  if (hash.empty()) {
    return absl::InternalError(
        absl::StrCat(ToAbsl(table.name), " has no row ", row, ": nothing to seal"));
  }
  // The place is stated: AUTOINCREMENT would leave a gap after a tail that was cut off, and the
  // chain would look broken where it is only short.
  RF_ASSIGN_OR_RETURN(
      Statement insert,
      database.Prepare("INSERT INTO audit_entry(place, audited, row, hash) VALUES(?, ?, ?, ?)"));
  return insert.Bind(1, head.entries + 1).Bind(2, id).Bind(3, row).Bind(4, hash).Run();
}

absl::StatusOr<std::optional<int64_t>> IdOf(Database& database, const HistoryTable& table) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database.Prepare("SELECT id FROM audited_table WHERE name = ? AND columns = ?"));
  RF_ASSIGN_OR_RETURN(const bool found, select.Bind(1, table.name).Bind(2, table.columns).Step());
  if (!found) return std::optional<int64_t>();
  return std::optional<int64_t>(select.Int(0));
}

absl::StatusOr<bool> IsCovered(Database& database, std::string_view name) {
  RF_ASSIGN_OR_RETURN(Statement select,
                      database.Prepare("SELECT 1 FROM audited_table WHERE name = ?"));
  RF_ASSIGN_OR_RETURN(const bool found, select.Bind(1, name).Step());
  return found;
}

absl::Status SealOldRows(Database& database, int64_t id, const HistoryTable& table) {
  RF_ASSIGN_OR_RETURN(Statement rows,
                      database.Prepare(ToStd(absl::StrCat("SELECT rowid FROM ", ToAbsl(table.name),
                                                          " ORDER BY rowid"))));
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool found, rows.Step());
    if (!found) return absl::OkStatus();
    RF_RETURN_IF_ERROR(Seal(database, id, table, rows.Int(0)));
  }
}

absl::Status Cover(Database& database, const HistoryTable& table) {
  RF_ASSIGN_OR_RETURN(const auto known, IdOf(database, table));
  if (known) return absl::OkStatus();
  RF_ASSIGN_OR_RETURN(const bool other_columns, IsCovered(database, table.name));
  RF_ASSIGN_OR_RETURN(Statement insert,
                      database.Prepare("INSERT INTO audited_table(name, columns) VALUES(?, ?)"));
  RF_RETURN_IF_ERROR(insert.Bind(1, table.name).Bind(2, table.columns).Run());
  const int64_t id = database.last_row();
  RF_RETURN_IF_ERROR(Seal(database, kAuditedTableId, kAuditedTable, id));
  if (other_columns) return absl::OkStatus();
  return SealOldRows(database, id, table);
}

absl::Status CheckChainExists(Database& database) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database.Prepare("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND "
                       "name IN ('audit_entry', 'audited_table')"));
  RF_RETURN_IF_ERROR(select.Step().status());
  if (select.Int(0) == 2) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat(database.path(), " holds no audit log"));
}

// The tables of history as the file itself names them.
class Tables {
 public:
  explicit Tables(Database& database) : database_(database) {}

  struct Table {
    std::string name;
    std::string columns;
    std::optional<Statement> content;

    HistoryTable history() const { return {name, columns}; }
  };

  // Null: the file names no such table.
  absl::StatusOr<Table*> Find(int64_t id) {
    const auto known = tables_.find(id);
    if (known != tables_.end()) return &known->second;
    Table table{std::string(kAuditedTable.name), std::string(kAuditedTable.columns), std::nullopt};
    if (id != kAuditedTableId) {
      RF_ASSIGN_OR_RETURN(
          Statement select,
          database_.Prepare("SELECT name, columns FROM audited_table WHERE id = ?"));
      RF_ASSIGN_OR_RETURN(const bool found, select.Bind(1, id).Step());
      if (!found) return static_cast<Table*>(nullptr);
      table.name = select.Text(0);
      table.columns = select.Text(1);
    }
    RF_ASSIGN_OR_RETURN(table.content, PrepareContent(database_, table.history()));
    return &tables_.emplace(id, std::move(table)).first->second;
  }

 private:
  Database& database_;
  std::map<int64_t, Table> tables_;
};

std::string PlaceText(int64_t place, std::string_view table, int64_t row) {
  return absl::StrCat("entry ", place, " (", ToAbsl(table), " row ", row, ")");
}

// Walks the rows of each table beside the chain: they must be the same, in the same order.
class RowWalk {
 public:
  explicit RowWalk(Database& database) : database_(database) {}

  absl::Status ExpectNext(int64_t place, const std::string& table, int64_t row) {
    RF_ASSIGN_OR_RETURN(const auto next, NextOf(table));
    if (next == row) return absl::OkStatus();
    if (next && *next < row) {
      return absl::DataLossError(absl::StrCat(table, " row ", *next,
                                              " was never sealed: it was put in, or its entry "
                                              "before entry ",
                                              place, " taken out"));
    }
    return absl::DataLossError(
        absl::StrCat(PlaceText(place, table, row), ": the row is gone, or was moved"));
  }

  // Also of tables of which no row was sealed: none may be there.
  absl::Status ExpectEnd() {
    RF_ASSIGN_OR_RETURN(Statement names, database_.Prepare("SELECT name FROM audited_table"));
    for (std::string table(kAuditedTable.name);;) {
      RF_ASSIGN_OR_RETURN(const auto next, NextOf(table));
      if (next) {
        return absl::DataLossError(absl::StrCat(
            table, " row ", *next, " was never sealed: it was put in, or the log's end cut off"));
      }
      RF_ASSIGN_OR_RETURN(const bool more, names.Step());
      if (!more) return absl::OkStatus();
      table = names.Text(0);
      if (!IsName(table)) return absl::DataLossError("audited_table holds a name that is none");
    }
  }

 private:
  struct Walk {
    Statement rows;
    bool ended = false;  // a statement that is stepped past its end begins anew
  };

  // None after the last.
  absl::StatusOr<std::optional<int64_t>> NextOf(const std::string& table) {
    auto walk = walks_.find(table);
    if (walk == walks_.end()) {
      RF_ASSIGN_OR_RETURN(
          Statement rows,
          database_.Prepare(ToStd(absl::StrCat("SELECT rowid FROM ", table, " ORDER BY rowid"))));
      walk = walks_.emplace(table, Walk{std::move(rows)}).first;
    }
    if (walk->second.ended) return std::optional<int64_t>();
    RF_ASSIGN_OR_RETURN(const bool found, walk->second.rows.Step());
    walk->second.ended = !found;
    return found ? std::optional<int64_t>(walk->second.rows.Int(0)) : std::nullopt;
  }

  Database& database_;
  std::map<std::string, Walk> walks_;
};

absl::StatusOr<ChainHead> VerifyAll(Database& database, const std::optional<std::string>& known) {
  ChainHead head{0, kBeginning};
  bool known_seen = !known || *known == head.hash;
  Tables tables(database);
  RowWalk walk(database);
  RF_ASSIGN_OR_RETURN(Statement entries, database.Prepare("SELECT place, audited, row, hash FROM "
                                                          "audit_entry ORDER BY place"));
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool more, entries.Step());
    if (!more) break;
    const int64_t place = entries.Int(0);
    const int64_t row = entries.Int(2);
    if (place != head.entries + 1) {
      return absl::DataLossError(
          absl::StrCat("entry ", head.entries + 1, " is missing; the next one is ", place));
    }
    RF_ASSIGN_OR_RETURN(Tables::Table * table, tables.Find(entries.Int(1)));
    if (table == nullptr) {
      return absl::DataLossError(
          absl::StrCat("entry ", place, ": audited_table has no row ", entries.Int(1)));
    }
    RF_RETURN_IF_ERROR(walk.ExpectNext(place, table->name, row));
    RF_ASSIGN_OR_RETURN(const std::string hash,
                        HashOf(head.hash, table->history(), row, *table->content));
    if (hash != entries.Text(3)) {
      return absl::DataLossError(
          absl::StrCat(PlaceText(place, table->name, row), ": the row or the entry was changed"));
    }
    head = {place, hash};
    known_seen = known_seen || *known == hash;
  }
  RF_RETURN_IF_ERROR(walk.ExpectEnd());
  if (head.entries == 0) {
    return absl::DataLossError(absl::StrCat(database.path(), ": the audit log has no entries"));
  }
  if (known_seen) return head;
  return absl::DataLossError(absl::StrCat("no entry has the hash ", *known, ": after entry ",
                                          head.entries,
                                          " the end was cut off, or the log was written anew"));
}

}  // namespace

absl::Status CoverHistory(Database& database, const HistoryTable& table) {
  RF_RETURN_IF_ERROR(database.Migrate("audit", {kTables}));
  // Every program does this at its start: what is covered already must not wait for a writer.
  RF_ASSIGN_OR_RETURN(const auto known, IdOf(database, table));
  if (known) return absl::OkStatus();
  return database.Transaction([&] { return Cover(database, table); });
}

absl::Status SealNewest(Database& database, const HistoryTable& table) {
  const int64_t row = database.last_row();
  RF_ASSIGN_OR_RETURN(const auto id, IdOf(database, table));
  if (!id) {
    return absl::InternalError(absl::StrCat(ToAbsl(table.name), " is not in the audit log"));
  }
  return Seal(database, *id, table, row);
}

absl::StatusOr<ChainHead> ReadChainHead(Database& database) {
  RF_RETURN_IF_ERROR(CheckChainExists(database));
  return Head(database);
}

absl::StatusOr<ChainHead> VerifyChain(Database& database, std::optional<std::string> known_head) {
  RF_RETURN_IF_ERROR(CheckChainExists(database));
  absl::StatusOr<ChainHead> head;
  // One state of the file: a service may be writing.
  const absl::Status read = database.ReadTransaction([&] {
    head = VerifyAll(database, known_head);
    return head.status();
  });
  if (!read.ok()) return read;
  return head;
}

absl::Status ReadChain(Database& database, absl::FunctionRef<bool(const ChainEntry&)> take) {
  RF_RETURN_IF_ERROR(CheckChainExists(database));
  Tables tables(database);
  RF_ASSIGN_OR_RETURN(Statement entries, database.Prepare("SELECT place, audited, row, hash FROM "
                                                          "audit_entry ORDER BY place"));
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool more, entries.Step());
    if (!more) return absl::OkStatus();
    ChainEntry entry{entries.Int(0), "", entries.Int(2), entries.Text(3), {}};
    RF_ASSIGN_OR_RETURN(Tables::Table * table, tables.Find(entries.Int(1)));
    if (table != nullptr) {
      entry.table = table->name;
      RF_ASSIGN_OR_RETURN(const bool found, table->content->Bind(1, entry.row).Step());
      const std::vector<std::string> columns = ColumnsOf(table->columns);
      for (size_t i = 0; found && i < columns.size(); ++i) {
        const int at = static_cast<int>(2 * i) + 1;
        if (table->content->IsNull(at)) continue;
        entry.values.push_back({columns[i], table->content->Text(at)});
      }
      table->content->Finish();
    }
    if (!take(entry)) return absl::OkStatus();
  }
}

}  // namespace ringfence
