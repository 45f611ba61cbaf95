#include "whitelist/store/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr int kBusyTimeoutMs = 5000;

absl::StatusCode CodeOf(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
      return absl::StatusCode::kUnavailable;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_CONSTRAINT:
      return absl::StatusCode::kFailedPrecondition;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return absl::StatusCode::kPermissionDenied;
    default:
      return absl::StatusCode::kInternal;
  }
}

absl::Status ErrorOf(sqlite3* connection, int code, std::string_view doing) {
  constexpr size_t kMaxShown = 120;
  const char* file = sqlite3_db_filename(connection, "main");
  return absl::Status(CodeOf(code),
                      absl::StrCat(file == nullptr || *file == '\0' ? ":memory:" : file, ": ",
                                   sqlite3_errmsg(connection), " (", sqlite3_errstr(code),
                                   ") in: ", ToAbsl(doing.substr(0, kMaxShown))));
}

// The file holds phone numbers: it is made readable by its owner alone. SQLite gives its -wal and
// -shm files the same mode.
absl::Status MakePrivate(const std::string& path) {
  const int file = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) {
    return absl::UnavailableError(
        absl::StrCat(path, ": can't be opened or made: ", std::strerror(errno)));
  }
  close(file);
  return absl::OkStatus();
}

}  // namespace

Statement::Statement(sqlite3* connection, sqlite3_stmt* statement)
    : connection_(connection), statement_(statement) {}

Statement::Statement(Statement&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)),
      statement_(std::exchange(other.statement_, nullptr)),
      bind_error_(std::move(other.bind_error_)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(connection_, other.connection_);
  std::swap(statement_, other.statement_);
  std::swap(bind_error_, other.bind_error_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::Bound(int code) {
  if (code != SQLITE_OK && bind_error_.ok()) {
    bind_error_ = ErrorOf(connection_, code, sqlite3_sql(statement_));
  }
}

Statement& Statement::Bind(int parameter, int64_t value) {
  Bound(sqlite3_bind_int64(statement_, parameter, value));
  return *this;
}

Statement& Statement::Bind(int parameter, std::string_view value) {
  // A null pointer would bind NULL, and an empty text is not that.
  const char* data = value.data() == nullptr ? "" : value.data();
  Bound(sqlite3_bind_text64(statement_, parameter, data, value.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
  return *this;
}

Statement& Statement::BindNull(int parameter) {
  Bound(sqlite3_bind_null(statement_, parameter));
  return *this;
}

void Statement::Reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

absl::StatusOr<bool> Statement::Step() {
  if (!bind_error_.ok()) {
    Reset();
    return std::exchange(bind_error_, absl::OkStatus());
  }
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    Reset();
    return false;
  }
  absl::Status error = ErrorOf(connection_, code, sqlite3_sql(statement_));
  Reset();
  return error;
}

absl::Status Statement::Run() {
  RF_ASSIGN_OR_RETURN(const bool row, Step());
  if (!row) return absl::OkStatus();
  Reset();
  return absl::InternalError(absl::StrCat("returned a row: ", sqlite3_sql(statement_)));
}

int64_t Statement::Int(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return {};
  return std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Database::Database(sqlite3* connection, std::string path)
    : connection_(connection), path_(std::move(path)) {}

Database::~Database() { sqlite3_close_v2(connection_); }

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path, Mode mode) {
  const bool create = mode == Mode::kCreate;
  if (create && path != ":memory:") RF_RETURN_IF_ERROR(MakePrivate(path));
  if (!create && access(path.c_str(), F_OK) != 0) {
    return absl::NotFoundError(absl::StrCat(path, ": ", std::strerror(errno)));
  }
  sqlite3* connection = nullptr;
  const int flags = SQLITE_OPEN_NOMUTEX |
                    (create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  std::unique_ptr<Database> database(new Database(connection, path));  // closes in every case
  if (code != SQLITE_OK) {
    return absl::Status(CodeOf(code), absl::StrCat(path, ": ", sqlite3_errstr(code)));
  }
  RF_RETURN_IF_ERROR(database->Configure(mode));
  return database;
}

absl::Status Database::Configure(Mode mode) {
  sqlite3_busy_timeout(connection_, kBusyTimeoutMs);
  if (mode == Mode::kReadOnly) return Execute("PRAGMA query_only = ON");
  return Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
}

absl::StatusOr<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(connection_, sql.data(), static_cast<int>(sql.size()),
                                      &statement, nullptr);
  if (code != SQLITE_OK) return ErrorOf(connection_, code, sql);
  return Statement(connection_, statement);
}

absl::Status Database::Execute(std::string_view sql) {
  const int code = sqlite3_exec(connection_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return ErrorOf(connection_, code, sql);
  return absl::OkStatus();
}

absl::Status Database::RunInside(std::string_view begin,
                                 const std::function<absl::Status()>& work) {
  if (depth_ > 0) {
    absl::Status status = work();
    if (!status.ok()) doomed_ = true;
    return status;
  }
  RF_RETURN_IF_ERROR(Execute(begin));
  depth_ = 1;
  doomed_ = false;
  absl::Status status = work();
  depth_ = 0;
  if (status.ok() && doomed_) {
    status = absl::AbortedError(absl::StrCat(path_, ": a step of the transaction failed"));
  }
  if (status.ok()) status = Execute("COMMIT");
  // SQLite may have rolled back by itself (disk full): a second ROLLBACK would only hide the cause.
  if (!status.ok() && sqlite3_get_autocommit(connection_) == 0) (void)Execute("ROLLBACK");
  return status;
}

absl::Status Database::Transaction(const std::function<absl::Status()>& work) {
  return RunInside("BEGIN IMMEDIATE", work);
}

absl::Status Database::ReadTransaction(const std::function<absl::Status()>& work) {
  return RunInside("BEGIN", work);
}

absl::Status Database::CheckIntegrity() {
  RF_ASSIGN_OR_RETURN(auto check, Prepare("PRAGMA integrity_check(1)"));
  RF_ASSIGN_OR_RETURN(const bool found, check.Step());
  const std::string verdict = found ? check.Text(0) : "no answer";
  check.Finish();
  if (verdict == "ok") return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(path_, ": damaged: ", verdict));
}

absl::StatusOr<int64_t> Database::ComponentVersion(std::string_view component) {
  RF_ASSIGN_OR_RETURN(auto statement,
                      Prepare("SELECT version FROM schema_version WHERE component = ?"));
  RF_ASSIGN_OR_RETURN(const bool found, statement.Bind(1, component).Step());
  return found ? statement.Int(0) : 0;
}

absl::Status Database::Migrate(std::string_view component,
                               absl::Span<const std::string_view> steps) {
  RF_RETURN_IF_ERROR(
      Execute("CREATE TABLE IF NOT EXISTS schema_version("
              "component TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID"));
  bool done = false;
  while (!done) {
    const absl::Status status = Transaction([&] { return RunNextStep(component, steps, done); });
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Database::RunNextStep(std::string_view component,
                                   absl::Span<const std::string_view> steps, bool& done) {
  const auto last = static_cast<int64_t>(steps.size());
  RF_ASSIGN_OR_RETURN(const int64_t version, ComponentVersion(component));
  if (version > last) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_, ": the tables of '", ToAbsl(component), "' have version ", version,
                     ", this program knows ", last, ": it was written by a newer program"));
  }
  done = version == last;
  if (done) return absl::OkStatus();
  RF_RETURN_IF_ERROR(Execute(steps[static_cast<size_t>(version)]));
  RF_ASSIGN_OR_RETURN(auto update, Prepare("INSERT INTO schema_version VALUES(?1, ?2) "
                                           "ON CONFLICT(component) DO UPDATE SET version = ?2"));
  return update.Bind(1, component).Bind(2, version + 1).Run();
}

int64_t Database::rows_changed() const { return sqlite3_changes(connection_); }
int64_t Database::last_row() const { return sqlite3_last_insert_rowid(connection_); }

}  // namespace ringfence
