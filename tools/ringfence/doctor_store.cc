#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "tools/ringfence/doctor.h"
#include "tools/terminal/table.h"
#include "whitelist/audit.h"

namespace ringfence {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMegabyte = 1'000'000;
constexpr uint64_t kDiskFail = 100 * kMegabyte;
constexpr uint64_t kDiskWarn = 2000 * kMegabyte;
constexpr uint64_t kQuarantineWarn = 1000 * kMegabyte;
constexpr uint64_t kFloodLateShare = 100;                 // one in so many is worth a warning
constexpr auto kStatusMaxAge = std::chrono::seconds(30);  // it is written once a second

std::string Megabytes(uint64_t bytes) {
  return absl::StrCat(WithThousands((bytes + kMegabyte - 1) / kMegabyte), " MB");
}

// "3 s", "5 min", "7 h", "4 days": for people.
std::string Age(Duration age) {
  const int64_t seconds = std::max<int64_t>(0, age.count() / 1'000'000);
  if (seconds < 120) return absl::StrCat(seconds, " s");
  if (seconds < 7200) return absl::StrCat(seconds / 60, " min");
  if (seconds < 172'800) return absl::StrCat(seconds / 3600, " h");
  return absl::StrCat(seconds / 86'400, " days");
}

bool IsAlive(int64_t pid) {
  return pid > 0 && (kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM);
}

bool IsInPath(const std::string& program) {
  const char* path = std::getenv("PATH");
  const std::vector<std::string> folders = absl::StrSplit(path == nullptr ? "" : path, ':');
  return std::any_of(folders.begin(), folders.end(), [&](const std::string& folder) {
    return access(absl::StrCat(folder, "/", program).c_str(), X_OK) == 0;
  });
}

void CheckFeed(Patient& patient) {
  const std::string feed = patient.folder.File(patient.config.feed);
  const bool there = access(feed.c_str(), F_OK) == 0;
  const std::string place = there ? feed : fs::path(feed).parent_path().string();
  if (access(place.c_str(), W_OK) != 0) {
    return patient.Fail("feed", absl::StrCat(place, " can't be written by this user"),
                        "give the user of the service the right to write it");
  }
  patient.Ok("feed", absl::StrCat(feed, there ? " is writable" : " is made with the first action"));
}

void CheckQuarantine(Patient& patient) {
  std::error_code error;
  const uint64_t size = fs::file_size(patient.folder.Quarantine(), error);
  if (error) return patient.Ok("quarantine", "empty: no record was rejected or late");
  const std::string text = absl::StrCat(patient.folder.Quarantine(), " has ", Megabytes(size));
  if (size < kQuarantineWarn) return patient.Ok("quarantine", text);
  patient.Warn("quarantine", text,
               "see its reasons: a format or clock is wrong; then move the file away");
}

void CheckHeld(Patient& patient) {
  const auto held = patient.journal->InState(ActionState::kHeld);
  if (!held.ok()) return patient.Fail("held", MessageOf(held.status()), "see 'store' above");
  if (held->empty()) return patient.Ok("held", "no action is held");
  const ActionRecord& oldest = held->front();
  patient.Warn("held",
               absl::StrCat(WithThousands(held->size()), " actions are held, the oldest for ",
                            Age(patient.now - oldest.created), " (", oldest.reason, ")"),
               "'ringfence action list --state held'; they are decided again by themselves unless "
               "the reason is breaker-day, breaker-customer or person-decided");
}

void CheckOrders(Patient& patient) {
  const auto open = patient.orders->List({.state = {}, .open_only = true, .number = {}});
  if (!open.ok()) return patient.Fail("orders", MessageOf(open.status()), "see 'store' above");
  const auto overdue = std::count_if(open->begin(), open->end(), [&](const WorkOrder& order) {
    return order.Overdue(patient.now);
  });
  const std::string text = absl::StrCat(WithThousands(open->size()), " open, ",
                                        WithThousands(static_cast<uint64_t>(overdue)), " overdue");
  if (overdue == 0) return patient.Ok("orders", text);
  patient.Warn("orders", text, "'ringfence order list': suspensions expire without an answer");
}

void CheckBreaker(Patient& patient) {
  const Config& config = patient.config;
  const auto breaker =
      patient.journal->RestoreBreaker({.per_minute = config.actions_per_minute,
                                       .per_day = config.actions_per_day,
                                       .per_customer_day = config.actions_per_customer_per_day},
                                      patient.now);
  if (!breaker.ok())
    return patient.Fail("breaker", MessageOf(breaker.status()), "see 'store' above");
  if (!breaker->latched()) return patient.Ok("breaker", "closed");
  patient.Warn("breaker", "a daily bound was reached: actions are held",
               "find out why so many numbers are flagged, then 'ringfence action reset-breaker'");
}

// Records that the rule for called numbers had to leave out: nothing else tells of them.
void CheckFloods(Patient& patient, const DetectorStats& stats) {
  if (!patient.config.flood_enabled) return;
  const std::string text =
      absl::StrCat(WithThousands(stats.flood_late), " of ", WithThousands(stats.consumed),
                   " records came too late for called-flood: more than ",
                   FormatDuration(std::min(patient.config.flood_lateness, patient.config.lateness)),
                   " behind the newest");
  if (stats.flood_late <= stats.consumed / kFloodLateShare) return patient.Ok("floods", text);
  patient.Warn("floods", text,
               "a flood may go unseen: set rule.called-flood.lateness to how late records come");
}

}  // namespace

void Patient::Ok(std::string check, std::string finding) {
  findings.push_back({Diagnosis::Level::kOk, std::move(check), std::move(finding), ""});
}
void Patient::Warn(std::string check, std::string finding, std::string advice) {
  findings.push_back(
      {Diagnosis::Level::kWarn, std::move(check), std::move(finding), std::move(advice)});
}
void Patient::Fail(std::string check, std::string finding, std::string advice) {
  findings.push_back(
      {Diagnosis::Level::kFail, std::move(check), std::move(finding), std::move(advice)});
}

void CheckFolder(Patient& patient) {
  const std::string& root = patient.folder.root;
  if (access(root.c_str(), F_OK) != 0) {
    return patient.Fail("folder", absl::StrCat(root, " does not exist"),
                        "choose the service's folder with --data or --config, or fill a new one "
                        "with 'ringfence line import'");
  }
  if (access(root.c_str(), R_OK | W_OK | X_OK) != 0) {
    return patient.Fail("folder", absl::StrCat(root, " can't be written by this user"),
                        "run this as the user of the service");
  }
  std::error_code error;
  const fs::space_info space = fs::space(root, error);
  if (error) return patient.Warn("folder", absl::StrCat(root, ": ", error.message()), "");
  const std::string text = absl::StrCat(root, ", ", Megabytes(space.available), " free");
  const char* advice = "make room: what can't be recorded is not done, and reading stops";
  if (space.available < kDiskFail) return patient.Fail("folder", text, advice);
  if (space.available < kDiskWarn) return patient.Warn("folder", text, advice);
  patient.Ok("folder", text);
}

void CheckStore(Patient& patient) {
  auto opened = Database::Open(patient.folder.Store(), Database::Mode::kReadOnly);
  if (absl::IsNotFound(opened.status())) {
    return patient.Fail("store", absl::StrCat(patient.folder.Store(), " does not exist"),
                        "fill it with 'ringfence line import' and 'ringfence whitelist import'");
  }
  const absl::Status whole = opened.ok() ? (*opened)->CheckIntegrity() : opened.status();
  if (!whole.ok()) {
    return patient.Fail("store", MessageOf(whole), "stop the service and restore it from a backup");
  }
  patient.database = *std::move(opened);
  patient.Ok("store", absl::StrCat(patient.folder.Store(), " is whole"));
  if (auto journal = ActionJournal::OpenExisting(*patient.database); journal.ok()) {
    patient.journal.emplace(*std::move(journal));
  } else if (!absl::IsNotFound(journal.status())) {
    patient.Fail("journal", MessageOf(journal.status()), "is the program older than the store?");
  }
  if (auto orders = OrderStore::OpenExisting(*patient.database); orders.ok()) {
    patient.orders.emplace(*std::move(orders));
  }
}

void CheckLists(Patient& patient) {
  if (patient.database == nullptr) return;
  auto store = ListStore::OpenExisting(patient.database.get());
  if (!store.ok()) return patient.Fail("lists", MessageOf(store.status()), "import them again");
  patient.store = *std::move(store);
  auto lists = patient.store->Load();
  if (!lists.ok()) return patient.Fail("lists", MessageOf(lists.status()), "import them again");
  patient.lists = *std::move(lists);
  const std::string text =
      absl::StrCat("version ", patient.lists->version().version, ": ",
                   WithThousands(patient.lists->lines().size()), " lines with ",
                   WithThousands(patient.lists->ledger_count()), " numbers, ",
                   WithThousands(patient.lists->whitelist_count()), " whitelist entries");
  if (patient.lists->lines().empty()) {
    patient.Warn("lists", text,
                 "without a ledger your own lines and hospitals are blocked as strangers are: "
                 "'ringfence line import'");
  } else {
    patient.Ok("lists", text);
  }
  const std::vector<Finding> audit = Audit(*patient.lists, patient.now);
  const auto failures = std::count_if(audit.begin(), audit.end(), [](const Finding& finding) {
    return finding.severity == Severity::kFailure;
  });
  const std::string found =
      absl::StrCat(WithThousands(audit.size()), " findings, ",
                   WithThousands(static_cast<uint64_t>(failures)), " of them failures");
  if (failures == 0) return patient.Ok("audit", found);
  patient.Warn("audit", found, "'ringfence whitelist audit' lists them");
}

void CheckService(Patient& patient) {
  const auto status = ReadStatus(patient.folder.Status());
  if (absl::IsNotFound(status.status())) {
    return patient.Warn("service", "has not run in this folder", "'ringfence run --config FILE'");
  }
  if (!status.ok()) {
    return patient.Fail("service", MessageOf(status.status()),
                        "remove the file; it is written anew");
  }
  CheckFloods(patient, status->detector);
  const Duration age = patient.now - status->written_at;
  const std::string when = absl::StrCat(", status written ", Age(age), " ago");
  if (status->state == "stopped") {
    return patient.Warn("service", absl::StrCat("stopped in good order", when),
                        "'ringfence run --config FILE'");
  }
  if (!IsAlive(status->pid)) {
    return patient.Fail("service",
                        absl::StrCat("process ", status->pid, " is gone without a word", when),
                        "see its log, start it again; records that were not acknowledged come "
                        "again");
  }
  patient.service_runs = true;
  const std::string text = absl::StrCat("process ", status->pid, ", ", status->state, when);
  if (age > kStatusMaxAge) {
    return patient.Warn("service", text, "it is busy or hangs: see its log; the disk may be slow");
  }
  patient.Ok("service", text);
}

void CheckFiles(Patient& patient) {
  CheckFeed(patient);
  CheckQuarantine(patient);
  if (const auto zone = LoadTimeZone(patient.config.time_zone); zone.ok()) {
    patient.Ok("time zone", patient.config.time_zone);
  } else {
    patient.Fail("time zone", MessageOf(zone.status()), "install the package tzdata");
  }
  if (patient.config.redis != "embedded") return;
  if (IsInPath("redis-server")) return patient.Ok("redis-server", "is installed");
  patient.Fail("redis-server", "is not in PATH", "install the package redis-server");
}

void CheckWork(Patient& patient) {
  if (!patient.journal.has_value() || !patient.orders.has_value()) return;
  CheckHeld(patient);
  CheckOrders(patient);
  CheckBreaker(patient);
}

}  // namespace ringfence
