#include "tools/ringfence/list_access.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"

namespace ringfence {
namespace {

std::string SystemUser() {
  const passwd* user = getpwuid(getuid());
  return user == nullptr ? absl::StrCat("uid ", getuid()) : std::string(user->pw_name);
}

absl::Status Failed(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
}

absl::Status WriteAll(int file, const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t written = write(file, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write");
    done += static_cast<size_t>(written);
  }
  return fsync(file) == 0 ? absl::OkStatus() : Failed("fsync");
}

}  // namespace

absl::StatusOr<OpenedStore> OpenStoreToChange(const DataOptions& options) {
  if (mkdir(options.directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return Failed(options.directory);
  }
  OpenedStore store;
  RF_ASSIGN_OR_RETURN(store.database, Database::Open(options.StorePath()));
  RF_ASSIGN_OR_RETURN(store.lists, ListStore::Create(store.database.get()));
  return store;
}

absl::StatusOr<OpenedStore> OpenStoreToRead(const DataOptions& options) {
  OpenedStore store;
  auto database = Database::Open(options.StorePath(), Database::Mode::kReadOnly);
  if (absl::IsNotFound(database.status())) {
    return absl::NotFoundError(absl::StrCat(
        "there is no store in ", options.directory,
        ": choose another with --data, or fill this one with 'ringfence line import'"));
  }
  RF_ASSIGN_OR_RETURN(store.database, std::move(database));
  RF_ASSIGN_OR_RETURN(store.lists, ListStore::OpenExisting(store.database.get()));
  return store;
}

void AddActorOption(cli::Command command, std::string& actor) {
  actor = SystemUser();
  AddPersonOption(command, "--actor", actor, "Who makes the change, for the history");
}

absl::StatusOr<CellReading> MakeCellReading(const ReadingOptions& reading, EventTime now) {
  RF_ASSIGN_OR_RETURN(NumberPlan plan, reading.MakeNumberPlan());
  CellReading cells;
  cells.plan = std::make_unique<NumberPlan>(std::move(plan));
  cells.options.plan = cells.plan.get();
  RF_ASSIGN_OR_RETURN(cells.options.zone, LoadTimeZone(reading.time_zone));
  cells.options.default_added = std::chrono::floor<std::chrono::milliseconds>(now);
  return cells;
}

absl::StatusOr<CallingNumber> ParseCaller(std::string_view option, const std::string& text,
                                          const CellReading& reading) {
  const auto number = reading.plan->Normalise(text);
  if (!number.ok()) return InOption(option, text, number.status());
  return CallingNumber(*number);
}

absl::Status WriteResult(const std::string& path, const std::string& text, Context& context) {
  if (path.empty() || path == "-") {
    context.out << text << std::flush;
    return context.out ? absl::OkStatus() : absl::UnavailableError("can't write the output");
  }
  const std::string draft = absl::StrCat(path, ".new");
  const int file = open(draft.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return Failed(draft);
  const absl::Status written = WriteAll(file, text);
  close(file);
  if (!written.ok() || rename(draft.c_str(), path.c_str()) != 0) {
    unlink(draft.c_str());
    return written.ok() ? Failed(path) : written;
  }
  return absl::OkStatus();
}

void PrintImport(const ImportCounts& counts, uint64_t version, const ListOptions& options,
                 Context& context) {
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << R"({"added":)" << counts.added << R"(,"updated":)" << counts.updated
                << R"(,"unchanged":)" << counts.unchanged << R"(,"version":)" << version
                << R"(,"dry_run":)" << (options.dry_run ? "true" : "false") << "}\n";
    return;
  }
  context.out << (options.dry_run ? "would be added " : "added ") << counts.added << ", updated "
              << counts.updated << ", unchanged " << counts.unchanged << "; the lists have version "
              << version << "\n";
}

std::string ShowTime(const std::optional<EventTime>& time, const CellReading& reading) {
  if (!time.has_value()) return "-";
  return absl::FormatTime("%Y-%m-%d %H:%M", absl::FromUnixMicros(ToUnixMicros(*time)),
                          reading.options.zone);
}

}  // namespace ringfence
