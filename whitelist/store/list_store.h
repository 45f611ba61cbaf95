// Ledger and whitelist in the system of record, with a version and a history of every change.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ingest/model/event_time.h"
#include "whitelist/ledger.h"
#include "whitelist/lists.h"
#include "whitelist/store/database.h"
#include "whitelist/whitelist_entry.h"

namespace ringfence {

// Which store, and its state. The version grows by one with every change of either list, in the
// transaction of the change; it never repeats. The id is drawn at random when the tables are made,
// so that two stores that are both at version 7 are not taken for each other.
struct ListRevision {
  std::string store_id;
  uint64_t version = 0;

  friend bool operator==(const ListRevision&, const ListRevision&) = default;
};

// Who changes something, and when. `name` goes into the history; it must not be empty.
struct Actor {
  std::string name;
  EventTime now;
};

// What an import did, or would do.
struct ImportCounts {
  uint64_t added = 0;
  uint64_t updated = 0;
  uint64_t unchanged = 0;

  uint64_t changed() const { return added + updated; }
};

// One change, as it was recorded. `before` and `after` are JSON (DescribeLine, DescribeEntry),
// empty where there was or is nothing.
struct ListChange {
  uint64_t version = 0;  // that it made
  EventTime at;
  std::string actor;
  std::string list;     // "ledger", "whitelist"
  std::string subject;  // line id or number
  std::string note;     // why, where the actor said so
  std::string before;
  std::string after;
};

// Not thread-safe, as its Database. Several processes may use the same file. Every method that
// changes something is one transaction: all of it happens, with its history, or nothing.
// What is already so changes nothing and makes no version.
// Whether an import may take numbers out of the protected classes.
enum class Unprotect { kRefuse, kAllow };

class ListStore {
 public:
  // Makes or migrates the tables (component "lists"). The database must outlive the store.
  static absl::StatusOr<std::unique_ptr<ListStore>> Create(Database* database);
  // For a database that was opened read-only: expects the tables to be there.
  static absl::StatusOr<std::unique_ptr<ListStore>> OpenExisting(Database* database);

  // Cheap: one row. To be polled.
  absl::StatusOr<ListRevision> Revision();
  // Everything, at one version.
  absl::StatusOr<std::shared_ptr<const Lists>> Load();

  // Adds the lines, replaces those whose id is there already; others stay. AlreadyExists lists the
  // numbers that belong to a line that is not among `lines`; a dry run changes nothing.
  //
  // FailedPrecondition names the lines of a protected class that would lose their protection, by
  // another class or by dropped numbers, unless `unprotect` allows it: a column forgotten in a file
  // must not make a hospital an ordinary line.
  absl::StatusOr<ImportCounts> PutLines(absl::Span<const VoiceLine> lines, const Actor& actor,
                                        bool dry_run = false,
                                        Unprotect unprotect = Unprotect::kRefuse);
  // NotFound when there is no such line.
  absl::Status SetLineStatus(const LineId& id, LineStatus status, const Actor& actor,
                             std::string_view note);

  // Adds the entries, replaces those whose number is there already; others stay.
  absl::StatusOr<ImportCounts> PutEntries(absl::Span<const WhitelistEntry> entries,
                                          const Actor& actor, bool dry_run = false);
  // NotFound when the number has no entry.
  absl::Status RemoveEntry(CallingNumber number, const Actor& actor, std::string_view note);

  // The newest `limit` changes, newest first; of one line id or number where `subject` is given.
  absl::StatusOr<std::vector<ListChange>> History(std::optional<std::string_view> subject,
                                                  uint32_t limit);

 private:
  explicit ListStore(Database* database) : database_(database) {}

  absl::Status LoadLines(std::vector<VoiceLine>& lines);
  absl::Status LoadNumbersOf(VoiceLine& line);
  absl::StatusOr<std::optional<VoiceLine>> FindLine(const LineId& id);
  absl::StatusOr<std::optional<WhitelistEntry>> FindEntry(CallingNumber number);
  absl::Status PutLine(const VoiceLine& line, const std::optional<VoiceLine>& before,
                       uint64_t version, const Actor& actor, std::string_view note);
  absl::Status WriteLine(const VoiceLine& line);
  absl::Status CheckOwners(absl::Span<const VoiceLine> lines);
  absl::Status CheckProtection(absl::Span<const VoiceLine> lines);
  absl::Status Record(const ListChange& change);
  absl::Status SetVersion(uint64_t version);
  // Runs `work` with the version that its changes get; keeps the version if nothing was changed.
  absl::StatusOr<ImportCounts> Change(
      const Actor& actor, bool dry_run,
      const std::function<absl::Status(uint64_t version, ImportCounts& counts)>& work);

  Database* database_;
};

}  // namespace ringfence
