#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "ingest/client/file_shipper.h"
#include "ingest/client/sender.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "ingest/transport/zmq_context.h"
#include "tools/config/config.h"
#include "tools/ringfence/account_output.h"
#include "tools/ringfence/child_service.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/demo_city.h"
#include "tools/ringfence/demo_report.h"
#include "tools/ringfence/list_access.h"
#include "tools/ringfence/options.h"
#include "tools/ringfence/record_access.h"
#include "tools/service/data_folder.h"
#include "tools/service/status_file.h"
#include "tools/terminal/progress.h"
#include "tools/terminal/table.h"
#include "whitelist/files/list_files.h"

namespace ringfence {
namespace {

constexpr char kDemoFooter[] =
    "Without FILE it makes two days of a small city, with the truth about every number, and says\n"
    "how well the truth was found. Everything runs on this machine: a private Redis, the service,\n"
    "a sender. With FILE it does the same with your own records; without --whitelist every action\n"
    "is then held, because nothing proves that a number is not approved.\n\n"
    "Examples:\n"
    "  ringfence demo\n"
    "  ringfence demo --dir /tmp/rf-demo --rows 1000000\n"
    "  ringfence demo --ledger ledger.csv --whitelist whitelist.csv cdr-2026-11-23.csv.gz";

constexpr uint32_t kEverything = 1'000'000;

struct DemoOptions {
  std::vector<std::string> files;
  std::string folder;
  std::string ledger;
  std::string whitelist;
  uint32_t threshold = 300;
  DemoCityOptions city;
  LayoutChoice layout;
  ReadingOptions reading;
};

absl::StatusOr<std::string> MakeFolder(const std::string& wanted) {
  if (wanted.empty()) {
    const char* base = std::getenv("TMPDIR");
    std::string pattern = absl::StrCat(base == nullptr ? "/tmp" : base, "/ringfence-demo.XXXXXX");
    if (mkdtemp(pattern.data()) == nullptr) {
      return absl::UnavailableError(absl::StrCat("can't make a folder like ", pattern));
    }
    return pattern;
  }
  std::error_code error;
  std::filesystem::create_directories(wanted, error);
  if (error) return absl::UnavailableError(absl::StrCat(wanted, ": ", error.message()));
  if (std::filesystem::exists(DataFolder{wanted}.Store())) {
    return absl::AlreadyExistsError(
        absl::StrCat(wanted, " holds a store already; choose another folder for the demo"));
  }
  return wanted;
}

// Whether a shell finds this program by its name alone.
bool OnPath(const std::filesystem::path& program) {
  const char* path = std::getenv("PATH");
  for (const absl::string_view folder : absl::StrSplit(path == nullptr ? "" : path, ':')) {
    std::error_code error;
    const auto candidate = std::filesystem::path(std::string(folder)) / program.filename();
    if (std::filesystem::equivalent(candidate, program, error)) return true;
  }
  return false;
}

// One run of the demo, step by step.
class Demo {
 public:
  Demo(const DemoOptions& options, std::string folder, Context& context)
      : options_(options), folder_(std::move(folder)), context_(context) {}

  absl::Status Run() {
    RF_RETURN_IF_ERROR(PrepareInput());
    RF_RETURN_IF_ERROR(ImportLists());
    RF_RETURN_IF_ERROR(WriteConfiguration());
    Step("start the service", absl::StrCat("ringfence run --config ", Shown(ConfigPath())));
    RF_ASSIGN_OR_RETURN(auto service, ChildService::Start(ConfigPath(), folder_,
                                                          folder_ + "/service.log", context_));
    RF_RETURN_IF_ERROR(Send(service->endpoint()));
    RF_RETURN_IF_ERROR(service->Stop());
    return Report();
  }

 private:
  std::string ConfigPath() const { return folder_ + "/ringfence.toml"; }
  bool HasLists() const { return !ledger_.empty() || !whitelist_.empty(); }

  // The path as `command` shows it: short, with the folder as a shell variable.
  std::string Shown(const std::string& path) const {
    return path.starts_with(folder_) ? "$DIR" + path.substr(folder_.size()) : path;
  }

  void Step(std::string_view what, const std::string& command) {
    context_.err << ++step_ << ". " << what
                 << std::string(22 - std::min<size_t>(22, what.size()), ' ') << command << "\n";
  }

  absl::Status PrepareInput() {
    if (!options_.files.empty()) {
      files_ = options_.files;
      ledger_ = options_.ledger;
      whitelist_ = options_.whitelist;
      return absl::OkStatus();
    }
    Step("make a city's records", absl::StrCat("ringfence generate --days 2 --rows ",
                                               options_.city.rows, " --seed ", options_.city.seed));
    RF_ASSIGN_OR_RETURN(DemoCity city, MakeDemoCity(folder_, options_.city, context_));
    files_ = {city.records};
    ledger_ = city.ledger;
    whitelist_ = city.whitelist;
    outcome_.labels = std::move(city.labels);
    return absl::OkStatus();
  }

  absl::Status ImportLists() {
    if (!HasLists()) return absl::OkStatus();
    Step("import the ledger", absl::StrCat("ringfence line import ", Shown(ledger_)));
    Step("import the whitelist", absl::StrCat("ringfence whitelist import ", Shown(whitelist_)));
    const EventTime now = context_.now();
    RF_ASSIGN_OR_RETURN(const CellReading reading, MakeCellReading(options_.reading, now));
    RF_ASSIGN_OR_RETURN(
        const auto lists,
        LoadListFiles({.ledger = ledger_, .whitelist = whitelist_}, reading.options));
    RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToChange({.directory = folder_}));
    RF_RETURN_IF_ERROR(store.lists->PutLines(lists->lines(), {"demo", now}).status());
    return store.lists->PutEntries(lists->entries(), {"demo", now}).status();
  }

  absl::Status WriteConfiguration() {
    Config config;
    config.data = folder_;
    config.time_zone = options_.reading.time_zone;
    config.country = options_.reading.country;
    config.area = options_.reading.area;
    config.numbers_are_e164 = options_.reading.numbers == "e164";
    config.listen = "tcp://127.0.0.1:*";
    config.line_frequency.enforce = true;
    config.line_frequency.threshold = options_.threshold;
    config.line_total.enforce = true;
    config.customer_total.enforce = true;
    // The records may be of any day.
    config.max_evidence_age = std::chrono::hours(24 * 3650);
    // Days pass in seconds here: bounds for real time would hold almost everything.
    config.actions_per_minute = 100'000;
    config.actions_per_day = 1'000'000;
    config.actions_per_customer_per_day = 1'000'000;
    std::ofstream file(ConfigPath(), std::ios::binary);
    file << DumpConfig(config);
    if (!file.flush())
      return absl::UnavailableError(absl::StrCat(ConfigPath(), ": can't be written"));
    return absl::OkStatus();
  }

  absl::Status Send(const std::string& endpoint) {
    SenderOptions options;
    options.endpoint = endpoint;
    options.source = "demo";
    options.clock = context_.steady_now;
    options.interrupted = context_.interrupted;
    const ShipOptions ship{.layout = options_.layout,
                           .country = options_.reading.country,
                           .area = options_.reading.area,
                           .numbers = options_.reading.numbers,
                           .time_zone = options_.reading.time_zone};
    ZmqContext zmq;
    RF_ASSIGN_OR_RETURN(auto sender, Sender::Create(zmq, options));
    const auto begin = context_.steady_now();
    uint64_t records = 0;
    for (const std::string& path : files_) {
      Step("send the records", absl::StrCat("ringfence send ", Shown(path), " --to ", endpoint));
      ProgressBar bar(context_, "send", 0);
      RF_ASSIGN_OR_RETURN(const ShipReport report,
                          ShipFile(*sender, path, ship, [&](const ShipProgress& progress) {
                            bar.UpdateOf(progress.bytes, progress.total_bytes.value_or(0),
                                         WithThousands(progress.acked) + " records judged");
                          }));
      records += report.records;
    }
    const std::chrono::duration<double> took = context_.steady_now() - begin;
    context_.err << "   " << WithThousands(records) << " records judged in "
                 << absl::StrFormat("%.1f", took.count()) << " s\n";
    return absl::OkStatus();
  }

  absl::Status Report() {
    RF_ASSIGN_OR_RETURN(const absl::TimeZone zone, LoadTimeZone(options_.reading.time_zone));
    RF_ASSIGN_OR_RETURN(Record record, OpenRecordToRead({.directory = folder_}));
    ActionFilter actions;
    actions.limit = kEverything;
    OrderFilter orders;
    orders.limit = kEverything;
    RF_ASSIGN_OR_RETURN(outcome_.actions, record.journal.List(actions));
    RF_ASSIGN_OR_RETURN(outcome_.orders, record.orders.List(orders));
    RF_ASSIGN_OR_RETURN(const ServiceStatus status, ReadStatus(DataFolder{folder_}.Status()));
    std::ostream& out = context_.out;
    out << "\n";
    PrintFlagged(outcome_, zone, context_.width, out);
    out << "\n";
    PrintOrders(outcome_, zone, context_.width, out);
    out << "\nAccount of the records\n\n";
    PrintAccount(status.account, out);
    PrintTruth(outcome_, out);
    if (!HasLists()) {
      out << "\nNo ledger and no whitelist were given: nothing proves that a number is not "
             "approved,\n"
             "so every action is held. Give them with --ledger and --whitelist.\n";
    }
    PrintNext(out);
    if (!status.account.Balances()) return absl::InternalError("the account does not balance");
    return absl::OkStatus();
  }

  void PrintNext(std::ostream& out) const {
    out << "\nWhat to look at next\n";
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
    if (!OnPath(program)) out << "  PATH=" << program.parent_path().string() << ":$PATH\n";
    out << "  DIR=" << folder_ << "\n"
        << "  ringfence order list --data $DIR\n";
    if (!outcome_.actions.empty()) {
      out << "  ringfence action show " << outcome_.actions.front().id.value() << " --data $DIR\n";
    }
    if (HasLists()) out << "  ringfence whitelist audit --data $DIR\n";
    out << "  ringfence scan --threshold 200 --whitelist " << Shown(DataFolder{folder_}.Store())
        << " " << Shown(files_.front()) << "\n"
        << "  ringfence run --config " << Shown(ConfigPath()) << "    the same service again\n";
  }

  const DemoOptions& options_;
  std::string folder_;
  Context& context_;
  int step_ = 0;
  std::vector<std::string> files_;
  std::string ledger_;
  std::string whitelist_;
  DemoOutcome outcome_;
};

int RunDemo(const DemoOptions& options, Context& context) {
  auto folder = MakeFolder(options.folder);
  if (!folder.ok()) return Report(folder.status(), context);
  return Report(Demo(options, *std::move(folder), context).Run(), context);
}

}  // namespace

void AddDemoCommand(cli::Command program) {
  auto options = std::make_shared<DemoOptions>();
  cli::Command command =
      program.AddCommand("demo", "The whole system on this machine in one command");
  command.AddFooter(kDemoFooter);
  const cli::Option files =
      command.AddOption("FILE", options->files, "Your own CDR files; without them a city is made");
  command.AddOption("--dir", options->folder,
                    "Folder for everything; by default a temporary one, which is kept");
  command.AddOption("--rows", options->city.rows, "Records of the city, about")
      .Between(80'000, 100'000'000);
  command.AddOption("--seed", options->city.seed, "Another seed makes another city");
  command.AddOption("--threshold", options->threshold, "Calls in 24 h that are still allowed")
      .Between(1u, 1'000'000u);
  command.AddOption("--ledger", options->ledger, "With FILE: your voice lines as CSV").Needs(files);
  command.AddOption("--whitelist", options->whitelist, "With FILE: your approved numbers as CSV")
      .Needs(files);
  AddLayoutOptions(command, options->layout);
  AddReadingOptions(command, options->reading);
  command.Runs(options, RunDemo);
}

}  // namespace ringfence
