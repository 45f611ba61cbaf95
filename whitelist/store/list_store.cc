#include "whitelist/store/list_store.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "whitelist/facts.h"
#include "whitelist/store/audit_chain.h"
#include "whitelist/store/list_rows.h"

namespace ringfence {
namespace {

constexpr std::string_view kTables = R"sql(
CREATE TABLE lists_meta(
  id INTEGER PRIMARY KEY CHECK(id = 1),
  store_id TEXT NOT NULL,
  version INTEGER NOT NULL);
INSERT INTO lists_meta VALUES(1, lower(hex(randomblob(16))), 0);
CREATE TABLE voice_line(
  id TEXT PRIMARY KEY,
  customer TEXT NOT NULL,
  customer_name TEXT NOT NULL,
  purpose TEXT NOT NULL,
  industry TEXT NOT NULL,
  class TEXT NOT NULL,
  begin_minute INTEGER NOT NULL,
  end_minute INTEGER NOT NULL,
  daily_limit INTEGER,
  qualification TEXT NOT NULL,
  qualification_expires INTEGER,
  contract TEXT NOT NULL,
  contract_expires INTEGER,
  recording_duty INTEGER NOT NULL,
  recording_days INTEGER NOT NULL,
  trunks TEXT NOT NULL,
  status TEXT NOT NULL);
CREATE TABLE line_number(
  number TEXT PRIMARY KEY,
  line TEXT NOT NULL REFERENCES voice_line(id));
CREATE INDEX line_number_by_line ON line_number(line);
CREATE TABLE whitelist_entry(
  number TEXT PRIMARY KEY,
  scope TEXT NOT NULL,
  reason TEXT NOT NULL,
  evidence TEXT NOT NULL,
  requester TEXT NOT NULL,
  approver TEXT NOT NULL,
  added INTEGER NOT NULL,
  expires INTEGER);
CREATE TABLE list_change(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  list TEXT NOT NULL,
  subject TEXT NOT NULL,
  note TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL);
CREATE INDEX list_change_by_subject ON list_change(subject);
)sql";

constexpr std::array kMigrations = {kTables};
constexpr HistoryTable kHistory{"list_change",
                                "version, at, actor, list, subject, note, before, after"};
constexpr char kLedger[] = "ledger";
constexpr char kWhitelist[] = "whitelist";

}  // namespace

absl::StatusOr<std::unique_ptr<ListStore>> ListStore::Create(Database* database) {
  RF_RETURN_IF_ERROR(database->Migrate("lists", kMigrations));
  RF_RETURN_IF_ERROR(CoverHistory(*database, kHistory));
  return std::unique_ptr<ListStore>(new ListStore(database));
}

absl::StatusOr<std::unique_ptr<ListStore>> ListStore::OpenExisting(Database* database) {
  std::unique_ptr<ListStore> store(new ListStore(database));
  if (const auto revision = store->Revision(); !revision.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(
        database->path(), " holds no ledger and whitelist: ", revision.status().message()));
  }
  return store;
}

absl::StatusOr<ListRevision> ListStore::Revision() {
  RF_ASSIGN_OR_RETURN(auto select, database_->Prepare("SELECT store_id, version FROM lists_meta"));
  RF_ASSIGN_OR_RETURN(const bool found, select.Step());
  if (!found) return absl::DataLossError(absl::StrCat(database_->path(), ": lists_meta is empty"));
  return ListRevision{select.Text(0), static_cast<uint64_t>(select.Int(1))};
}

absl::StatusOr<std::shared_ptr<const Lists>> ListStore::Load() {
  ListRevision revision;
  std::vector<VoiceLine> lines;
  std::vector<WhitelistEntry> entries;
  const absl::Status loaded = database_->ReadTransaction([&]() -> absl::Status {
    RF_ASSIGN_OR_RETURN(revision, Revision());
    const absl::Status read = LoadLines(lines);
    if (!read.ok()) return read;
    RF_ASSIGN_OR_RETURN(auto select, database_->Prepare(kSelectEntries));
    for (;;) {
      RF_ASSIGN_OR_RETURN(const bool row, select.Step());
      if (!row) return absl::OkStatus();
      RF_ASSIGN_OR_RETURN(entries.emplace_back(), ReadEntry(select));
    }
  });
  if (!loaded.ok()) return loaded;
  return Lists::Create(revision.version, std::move(lines), std::move(entries));
}

absl::Status ListStore::LoadLines(std::vector<VoiceLine>& lines) {
  absl::flat_hash_map<std::string, size_t> by_id;
  RF_ASSIGN_OR_RETURN(auto select, database_->Prepare(kSelectLines));
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) break;
    RF_ASSIGN_OR_RETURN(lines.emplace_back(), ReadLine(select));
    by_id.emplace(lines.back().id.value(), lines.size() - 1);
  }
  RF_ASSIGN_OR_RETURN(auto numbers, database_->Prepare("SELECT number, line FROM line_number"));
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool row, numbers.Step());
    if (!row) break;
    const auto line = by_id.find(numbers.Text(1));
    if (line == by_id.end()) {
      return absl::DataLossError(absl::StrCat(database_->path(), ": a number of no line"));
    }
    RF_ASSIGN_OR_RETURN(lines[line->second].numbers.emplace_back(), ReadNumber(numbers, 0));
  }
  for (VoiceLine& line : lines) std::sort(line.numbers.begin(), line.numbers.end());
  return absl::OkStatus();
}

absl::Status ListStore::LoadNumbersOf(VoiceLine& line) {
  RF_ASSIGN_OR_RETURN(auto numbers,
                      database_->Prepare("SELECT number FROM line_number WHERE line = ?"));
  numbers.Bind(1, line.id.value());
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool row, numbers.Step());
    if (!row) break;
    RF_ASSIGN_OR_RETURN(line.numbers.emplace_back(), ReadNumber(numbers, 0));
  }
  std::sort(line.numbers.begin(), line.numbers.end());
  return absl::OkStatus();
}

absl::StatusOr<std::optional<VoiceLine>> ListStore::FindLine(const LineId& id) {
  RF_ASSIGN_OR_RETURN(auto select, database_->Prepare(absl::StrCat(kSelectLines, " WHERE id = ?")));
  RF_ASSIGN_OR_RETURN(const bool found, select.Bind(1, id.value()).Step());
  if (!found) return std::nullopt;
  RF_ASSIGN_OR_RETURN(VoiceLine line, ReadLine(select));
  RF_RETURN_IF_ERROR(LoadNumbersOf(line));
  return line;
}

absl::StatusOr<std::optional<WhitelistEntry>> ListStore::FindEntry(CallingNumber number) {
  RF_ASSIGN_OR_RETURN(auto select,
                      database_->Prepare(absl::StrCat(kSelectEntries, " WHERE number = ?")));
  RF_ASSIGN_OR_RETURN(const bool found, select.Bind(1, number.ToString()).Step());
  if (!found) return std::nullopt;
  return ReadEntry(select);
}

absl::Status ListStore::SetVersion(uint64_t version) {
  RF_ASSIGN_OR_RETURN(auto update, database_->Prepare("UPDATE lists_meta SET version = ?"));
  return update.Bind(1, static_cast<int64_t>(version)).Run();
}

absl::Status ListStore::Record(const ListChange& change) {
  RF_ASSIGN_OR_RETURN(
      auto insert,
      database_->Prepare("INSERT INTO list_change(version, at, actor, list, subject, note, before, "
                         "after) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"));
  RF_RETURN_IF_ERROR(insert.Bind(1, static_cast<int64_t>(change.version))
                         .Bind(2, ToUnixMicros(change.at))
                         .Bind(3, change.actor)
                         .Bind(4, change.list)
                         .Bind(5, change.subject)
                         .Bind(6, change.note)
                         .Bind(7, change.before)
                         .Bind(8, change.after)
                         .Run());
  return SealNewest(*database_, kHistory);
}

absl::StatusOr<ImportCounts> ListStore::Change(
    const Actor& actor, bool dry_run,
    const std::function<absl::Status(uint64_t version, ImportCounts& counts)>& work) {
  if (actor.name.empty()) return absl::InvalidArgumentError("a change needs the name of its actor");
  ImportCounts counts;
  // A dry run does everything and rolls it back, so that it can't judge differently.
  const absl::Status rolled_back = absl::CancelledError("dry run");
  const absl::Status status = database_->Transaction([&]() -> absl::Status {
    RF_ASSIGN_OR_RETURN(const ListRevision revision, Revision());
    const absl::Status done = work(revision.version + 1, counts);
    if (!done.ok()) return done;
    if (dry_run) return rolled_back;
    return counts.changed() == 0 ? absl::OkStatus() : SetVersion(revision.version + 1);
  });
  if (!status.ok() && !(dry_run && status == rolled_back)) return status;
  return counts;
}

absl::Status ListStore::CheckOwners(absl::Span<const VoiceLine> lines) {
  constexpr size_t kMaxShown = 20;
  absl::flat_hash_set<std::string> replaced;
  for (const VoiceLine& line : lines) replaced.insert(line.id.value());
  RF_ASSIGN_OR_RETURN(auto select,
                      database_->Prepare("SELECT line FROM line_number WHERE number = ?"));
  std::vector<std::string> conflicts;
  for (const VoiceLine& line : lines) {
    for (const CallingNumber number : line.numbers) {
      RF_ASSIGN_OR_RETURN(const bool found, select.Bind(1, number.ToString()).Step());
      if (!found) continue;
      const std::string owner = select.Text(0);
      select.Finish();
      if (replaced.contains(owner)) continue;
      conflicts.push_back(absl::StrCat(number.ToString(), " of line ", line.id.value(),
                                       " belongs to line ", owner));
      if (conflicts.size() == kMaxShown) break;
    }
    if (conflicts.size() == kMaxShown) break;
  }
  if (conflicts.empty()) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat(absl::StrJoin(conflicts, "; "),
                   ". A number has one line: take it out of the other first, or import both"));
}

absl::Status ListStore::CheckProtection(absl::Span<const VoiceLine> lines) {
  constexpr size_t kMaxShown = 20;
  absl::flat_hash_set<CallingNumber> kept;
  for (const VoiceLine& line : lines) {
    if (line.line_class != LineClass::kOrdinary) {
      kept.insert(line.numbers.begin(), line.numbers.end());
    }
  }
  std::vector<std::string> losses;
  for (const VoiceLine& line : lines) {
    RF_ASSIGN_OR_RETURN(const auto before, FindLine(line.id));
    if (!before.has_value() || before->line_class == LineClass::kOrdinary) continue;
    const auto lost = std::count_if(before->numbers.begin(), before->numbers.end(),
                                    [&](CallingNumber number) { return !kept.contains(number); });
    if (lost == 0) continue;
    losses.push_back(absl::StrCat("line ", line.id.value(), " (",
                                  ToAbsl(LineClassName(before->line_class)), "): ", lost, " of ",
                                  before->numbers.size(), " numbers"));
    if (losses.size() == kMaxShown) break;
  }
  if (losses.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("numbers would lose their protection: ", absl::StrJoin(losses, "; "),
                   ". Nothing was changed. Is the column class there, are all numbers? Where it is "
                   "meant, repeat with --unprotect"));
}

absl::Status ListStore::WriteLine(const VoiceLine& line) {
  RF_ASSIGN_OR_RETURN(auto upsert, database_->Prepare(kUpsertLine));
  RF_RETURN_IF_ERROR(BindLine(line, upsert).Run());
  RF_ASSIGN_OR_RETURN(auto insert,
                      database_->Prepare("INSERT INTO line_number(number, line) VALUES(?, ?)"));
  for (const CallingNumber number : line.numbers) {
    RF_RETURN_IF_ERROR(insert.Bind(1, number.ToString()).Bind(2, line.id.value()).Run());
  }
  return absl::OkStatus();
}

absl::Status ListStore::PutLine(const VoiceLine& line, const std::optional<VoiceLine>& before,
                                uint64_t version, const Actor& actor, std::string_view note) {
  RF_RETURN_IF_ERROR(WriteLine(line));
  return Record({.version = version,
                 .at = actor.now,
                 .actor = actor.name,
                 .list = kLedger,
                 .subject = line.id.value(),
                 .note = std::string(note),
                 .before = before.has_value() ? DescribeLine(*before) : std::string(),
                 .after = DescribeLine(line)});
}

absl::StatusOr<ImportCounts> ListStore::PutLines(absl::Span<const VoiceLine> lines,
                                                 const Actor& actor, bool dry_run,
                                                 Unprotect unprotect) {
  // Judges the lines as a list: each one, and numbers that two of them claim.
  RF_RETURN_IF_ERROR(
      Lists::Create(0, std::vector<VoiceLine>(lines.begin(), lines.end()), {}).status());
  return Change(actor, dry_run, [&](uint64_t version, ImportCounts& counts) -> absl::Status {
    RF_RETURN_IF_ERROR(CheckOwners(lines));
    if (unprotect == Unprotect::kRefuse) RF_RETURN_IF_ERROR(CheckProtection(lines));
    // All old numbers go before any new one comes: lines may have exchanged some.
    std::vector<std::pair<const VoiceLine*, std::optional<VoiceLine>>> changed;
    RF_ASSIGN_OR_RETURN(auto clear, database_->Prepare("DELETE FROM line_number WHERE line = ?"));
    for (const VoiceLine& line : lines) {
      RF_ASSIGN_OR_RETURN(auto before, FindLine(line.id));
      if (before.has_value() && *before == line) {
        ++counts.unchanged;
        continue;
      }
      ++(before.has_value() ? counts.updated : counts.added);
      RF_RETURN_IF_ERROR(clear.Bind(1, line.id.value()).Run());
      changed.emplace_back(&line, std::move(before));
    }
    for (const auto& [line, before] : changed) {
      RF_RETURN_IF_ERROR(PutLine(*line, before, version, actor, ""));
    }
    return absl::OkStatus();
  });
}

absl::Status ListStore::SetLineStatus(const LineId& id, LineStatus status, const Actor& actor,
                                      std::string_view note) {
  return Change(
             actor, /*dry_run=*/false,
             [&](uint64_t version, ImportCounts& counts) -> absl::Status {
               RF_ASSIGN_OR_RETURN(const auto before, FindLine(id));
               if (!before.has_value()) {
                 return absl::NotFoundError(absl::StrCat("no line ", id.value()));
               }
               if (before->status == status) return absl::OkStatus();
               ++counts.updated;
               VoiceLine after = *before;
               after.status = status;
               RF_RETURN_IF_ERROR(CheckLine(after));
               RF_ASSIGN_OR_RETURN(auto update,
                                   database_->Prepare("UPDATE voice_line SET status = ?1 "
                                                      "WHERE id = ?2"));
               RF_RETURN_IF_ERROR(update.Bind(1, LineStatusName(status)).Bind(2, id.value()).Run());
               return Record({version, actor.now, actor.name, kLedger, id.value(),
                              std::string(note), DescribeLine(*before), DescribeLine(after)});
             })
      .status();
}

absl::StatusOr<ImportCounts> ListStore::PutEntries(absl::Span<const WhitelistEntry> entries,
                                                   const Actor& actor, bool dry_run) {
  RF_RETURN_IF_ERROR(
      Lists::Create(0, {}, std::vector<WhitelistEntry>(entries.begin(), entries.end())).status());
  return Change(actor, dry_run, [&](uint64_t version, ImportCounts& counts) -> absl::Status {
    for (const WhitelistEntry& entry : entries) {
      RF_ASSIGN_OR_RETURN(const auto before, FindEntry(entry.number));
      if (before.has_value() && *before == entry) {
        ++counts.unchanged;
        continue;
      }
      ++(before.has_value() ? counts.updated : counts.added);
      RF_ASSIGN_OR_RETURN(auto upsert, database_->Prepare(kUpsertEntry));
      RF_RETURN_IF_ERROR(BindEntry(entry, upsert).Run());
      RF_RETURN_IF_ERROR(Record(
          {version, actor.now, actor.name, kWhitelist, entry.number.ToString(), "",
           before.has_value() ? DescribeEntry(*before) : std::string(), DescribeEntry(entry)}));
    }
    return absl::OkStatus();
  });
}

absl::Status ListStore::RemoveEntry(CallingNumber number, const Actor& actor,
                                    std::string_view note) {
  return Change(actor, /*dry_run=*/false,
                [&](uint64_t version, ImportCounts& counts) -> absl::Status {
                  RF_ASSIGN_OR_RETURN(const auto before, FindEntry(number));
                  if (!before.has_value()) {
                    return absl::NotFoundError(
                        absl::StrCat(number.ToString(), " is not on the whitelist"));
                  }
                  ++counts.updated;
                  RF_ASSIGN_OR_RETURN(
                      auto remove,
                      database_->Prepare("DELETE FROM whitelist_entry WHERE number = ?"));
                  RF_RETURN_IF_ERROR(remove.Bind(1, number.ToString()).Run());
                  return Record({version, actor.now, actor.name, kWhitelist, number.ToString(),
                                 std::string(note), DescribeEntry(*before), ""});
                })
      .status();
}

absl::StatusOr<std::vector<ListChange>> ListStore::History(std::optional<std::string_view> subject,
                                                           uint32_t limit) {
  RF_ASSIGN_OR_RETURN(
      auto select,
      database_->Prepare("SELECT version, at, actor, list, subject, note, before, after "
                         "FROM list_change WHERE ?1 IS NULL OR subject = ?1 "
                         "ORDER BY id DESC LIMIT ?2"));
  if (subject.has_value()) {
    select.Bind(1, *subject);
  } else {
    select.BindNull(1);
  }
  select.Bind(2, int64_t{limit});
  std::vector<ListChange> changes;
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return changes;
    changes.push_back({static_cast<uint64_t>(select.Int(0)), FromUnixMicros(select.Int(1)),
                       select.Text(2), select.Text(3), select.Text(4), select.Text(5),
                       select.Text(6), select.Text(7)});
  }
}

}  // namespace ringfence
