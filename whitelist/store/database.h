// SQLite as the system of record: open, migrate, prepare, step. The only user of sqlite3.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

struct sqlite3;
struct sqlite3_stmt;

namespace ringfence {

// A prepared statement. Columns and parameters count from 0 and 1 as SQLite's do. Move-only; must
// not outlive its Database.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  Statement& Bind(int parameter, int64_t value);
  Statement& Bind(int parameter, std::string_view value);  // copied; may hold NUL bytes
  Statement& BindNull(int parameter);

  // True when there is a row to read. After false or an error the statement is reset, its bindings
  // cleared, ready for the next use. Errors of earlier Bind calls surface here.
  absl::StatusOr<bool> Step();
  // Gives up the rows that were not read: the statement is ready for the next use. Without it, a
  // statement on which Step() returned true must be stepped to its end before the next Bind().
  void Finish() { Reset(); }
  // Runs a statement that returns no rows.
  absl::Status Run();

  // Valid after Step() returned true. A column that is NULL reads as 0 or empty.
  int64_t Int(int column) const;
  std::string Text(int column) const;
  bool IsNull(int column) const;

 private:
  friend class Database;
  Statement(sqlite3* connection, sqlite3_stmt* statement);

  void Bound(int code);
  void Reset();

  sqlite3* connection_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  absl::Status bind_error_;
};

// One connection. Not thread-safe: each thread opens its own. Several processes may share the file
// (WAL, synchronous=FULL); a writer waits up to 5 s for another.
//
// Errors name the file, SQLite's words and what was being run: Unavailable (another writer held the
// file too long), ResourceExhausted (disk or memory full), DataLoss (damaged, or no database),
// FailedPrecondition (a constraint), Internal (all else).
class Database {
 public:
  enum class Mode {
    kCreate,    // read and write; made when missing, with mode 0600
    kReadOnly,  // NotFound when missing
  };

  // Opens the file (":memory:" for tests). An error names the file and SQLite's words.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path,
                                                        Mode mode = Mode::kCreate);
  ~Database();

  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Brings the tables of one component up to date. `steps` are SQL scripts in the order they were
  // written; those not yet run on this file are run, each in a transaction of its own.
  // FailedPrecondition when the file was written by a newer program.
  absl::Status Migrate(std::string_view component, absl::Span<const std::string_view> steps);

  absl::StatusOr<Statement> Prepare(std::string_view sql);
  absl::Status Execute(std::string_view sql);  // one or more statements, no results

  // Runs `work` inside BEGIN IMMEDIATE … COMMIT; rolls back and returns its error if it fails.
  // A nested call joins the outer transaction, and its failure rolls the whole of it back, even if
  // the outer work goes on and succeeds (Aborted then).
  absl::Status Transaction(const std::function<absl::Status()>& work);

  // Runs `work` inside BEGIN … COMMIT: all reads see one state of the file. No writes.
  absl::Status ReadTransaction(const std::function<absl::Status()>& work);

  // Reads the whole file and compares it with its indexes (PRAGMA integrity_check). DataLoss says
  // what is damaged first. Takes as long as reading the file.
  absl::Status CheckIntegrity();

  int64_t rows_changed() const;  // by the last INSERT, UPDATE or DELETE
  int64_t last_row() const;      // rowid of the last INSERT
  const std::string& path() const { return path_; }

 private:
  Database(sqlite3* connection, std::string path);

  absl::Status Configure(Mode mode);
  absl::Status RunInside(std::string_view begin, const std::function<absl::Status()>& work);
  absl::StatusOr<int64_t> ComponentVersion(std::string_view component);
  absl::Status RunNextStep(std::string_view component, absl::Span<const std::string_view> steps,
                           bool& done);

  sqlite3* connection_;
  std::string path_;
  int depth_ = 0;
  bool doomed_ = false;  // a nested transaction failed: the outer one must not commit
};

}  // namespace ringfence
