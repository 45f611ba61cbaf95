#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "blocker/policy.h"
#include "detector/detector.h"
#include "ingest/deduplicator.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "ingest/parallel_files.h"
#include "ingest/quarantine.h"
#include "ingest/reconciliation.h"
#include "tools/ringfence/account_output.h"
#include "tools/ringfence/alert_output.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/lag.h"
#include "tools/ringfence/options.h"
#include "tools/ringfence/rule_options.h"
#include "tools/ringfence/scan_floods.h"
#include "tools/ringfence/scan_lists.h"
#include "tools/service/intake.h"
#include "tools/service/threshold_names.h"
#include "tools/terminal/progress.h"
#include "tools/terminal/table.h"

namespace ringfence {
namespace {

constexpr char kScanFooter[] =
    "Examples:\n"
    "  ringfence scan cdr-2026-11-23.csv.gz\n"
    "  ringfence scan --ledger ledger.csv --whitelist whitelist.csv cdr.csv\n"
    "  ringfence scan --also 1h=60 --ledger ledger.csv --threshold-industry courier=1000 cdr.csv\n"
    "  ringfence scan --format asterisk --area 631 Master.csv\n"
    "  ringfence scan --floods cdr.csv\n"
    "  ringfence scan --columns calling=3,called=4,setup_time=1 --delimiter ';' export.txt";

// How far ahead of the clock a record may be: files come with wrong time zones, but one record of
// 2099 would make all others look late.
constexpr Duration kMaxFuture = std::chrono::hours(24);

struct ScanOptions {
  std::vector<std::string> files;
  LayoutChoice layout;
  ReadingOptions reading;
  RuleOptions rules;
  std::string lateness = "1h";
  std::string dedup_horizon = "48h";
  std::string ledger;
  std::string whitelist;
  std::string quarantine = "ringfence-quarantine.jsonl";
  ScanFloods floods;
  bool features = false;
  uint32_t threads = std::max(std::thread::hardware_concurrency(), 1u);
  std::string output;
};

// One run of the command.
class Scan {
 public:
  static absl::StatusOr<std::unique_ptr<Scan>> Prepare(const ScanOptions& options,
                                                       std::vector<FrequencyRule> rules,
                                                       Context& context) {
    RF_ASSIGN_OR_RETURN(NumberPlan numbers, options.reading.MakeNumberPlan());
    RF_ASSIGN_OR_RETURN(const absl::TimeZone zone, LoadTimeZone(options.reading.time_zone));
    DetectorOptions detector;
    RF_ASSIGN_OR_RETURN(detector.lateness, DurationOf(options.lateness));
    const int offset = zone.At(absl::FromUnixMicros(ToUnixMicros(context.now()))).offset;
    detector.day_offset = std::chrono::seconds(offset);
    detector.rules = std::move(rules);
    RF_ASSIGN_OR_RETURN(detector.flood,
                        FloodRuleOf(options.floods, options.reading, detector.lateness));
    detector.features = options.features;
    RF_ASSIGN_OR_RETURN(Duration horizon, DurationOf(options.dedup_horizon));
    if (horizon > Duration::zero()) horizon = std::max(horizon, detector.lateness);
    RF_ASSIGN_OR_RETURN(ScanLists lists,
                        LoadScanLists(options.ledger, options.whitelist,
                                      {.plan = &numbers, .zone = zone, .default_added = {}}));
    for (std::string& note : ThresholdsOfNobody(detector.rules, lists.directory.get())) {
      lists.notes.push_back(std::move(note));
    }
    RF_RETURN_IF_ERROR(CheckOptions(detector));
    const DecodeOptions decode{.numbers = numbers,
                               .zone = zone,
                               .not_after = context.now() + kMaxFuture,
                               .keys = horizon > Duration::zero()};
    return std::unique_ptr<Scan>(
        new Scan(options, context, std::move(detector), horizon, std::move(lists), decode, zone));
  }

  int Run() {
    if (!lists_.problem.ok()) {
      context_.err << "ringfence: whitelist: " << ToStd(lists_.problem.message())
                   << "\nringfence: every listing is unknown, and actions would be held\n";
    }
    for (const std::string& note : lists_.notes) context_.err << "ringfence: " << note << "\n";
    ProgressBar progress(context_, "scan", files_.progress().total.value_or(0));
    CdrBatch batch;
    while (!context_.interrupted()) {
      const auto more = files_.Next(batch);
      if (!more.ok()) return Report(more.status(), context_);
      if (!*more) break;
      intake_.Judge(batch, batch.duplicates, detections_);
      Judge(progress);
      progress.Update(files_.progress().bytes, WithThousands(files_.records_read()) + " records");
    }
    progress.Erase();
    return Finish();
  }

 private:
  Scan(const ScanOptions& options, Context& context, DetectorOptions detector, Duration horizon,
       ScanLists lists, const DecodeOptions& decode, const absl::TimeZone& zone)
      : options_(options),
        context_(context),
        lists_(std::move(lists)),
        zone_(zone),
        format_(ChooseOutput(options.output, context)),
        quarantine_({.path = options.quarantine, .replace = true}),
        rejects_(account_, quarantine_),
        deduplicator_(horizon),
        detector_(std::move(detector), lists_.directory),
        intake_(deduplicator_, detector_, quarantine_, account_),
        files_(options.files, options.layout, decode, rejects_,
               {.threads = options.threads,
                .in_order = [this](CdrBatch& records, std::optional<uint64_t> expected) {
                  SeeInOrder(records, expected);
                }}) {}

  // Any thread, one after the other.
  void SeeInOrder(CdrBatch& records, std::optional<uint64_t> expected) {
    constexpr size_t kToGoBy = 32;  // batches
    lag_.See(records.cdrs);
    if (++batches_ == kToGoBy && expected) deduplicator_.Expect(*expected, lag_.span());
    records.duplicates = intake_.DropRepetitions(records);
  }

  // What would be done about the episodes that opened.
  void Judge(ProgressBar& progress) {
    for (Detection& detection : detections_) {
      if (detection.transition != Transition::kOpened) continue;
      absl::StatusOr<Listing> listing = LookUp(detection);
      const Decision decision = Decide(detection, listing, settings_);
      held_ = held_ || decision.would == ActionKind::kHeld;
      JudgedAlert alert{std::move(detection), std::move(listing), decision};
      if (format_ == OutputFormat::kTable) {
        alerts_.push_back(std::move(alert));
        continue;
      }
      if (context_.out_is_terminal) progress.Erase();
      context_.out << AlertToJson(alert, zone_) << "\n";
    }
    detections_.clear();
  }

  absl::StatusOr<Listing> LookUp(const Detection& detection) {
    if (lists_.whitelist == nullptr) return absl::UnavailableError("no whitelist was given");
    // As of now, because the question is what would be done: an entry of this morning counts for
    // yesterday's calls. One that has run out since then still covers the calls it was made for.
    const CallingNumber listed = ListedNumber(detection);
    const absl::Span<const CallingNumber> number(&listed, 1);
    RF_ASSIGN_OR_RETURN(std::vector<Listing> today,
                        lists_.whitelist->Lookup(number, context_.now()));
    if (today.front().Untouchable()) return std::move(today.front());
    RF_ASSIGN_OR_RETURN(std::vector<Listing> then, lists_.whitelist->Lookup(number, detection.at));
    return std::move(then.front());
  }

  int Finish() {
    account_.read = files_.records_read();
    if (format_ == OutputFormat::kTable)
      PrintAlertTable(alerts_, zone_, context_.width, context_.out);
    context_.out.flush();
    const absl::Status kept = quarantine_.Flush();
    int exit_code = Report(kept, context_);
    if (!context_.out)
      exit_code = Report(absl::DataLossError("the output can't be written"), context_);
    if (context_.interrupted()) {
      exit_code =
          Report(absl::CancelledError("interrupted: the input was not read to its end"), context_);
    }
    for (const absl::Status& error : files_.errors()) exit_code = Report(error, context_);
    context_.err << AccountLine(account_) << "\n";
    if (kept.ok() && quarantine_.written() > 0) {
      context_.err << WithThousands(quarantine_.written()) << " rejected and late records are in "
                   << quarantine_.path() << "\n";
    }
    if (account_.late > 0) {
      context_.err << LateAdvice(account_.late, options_.lateness, lag_.farthest()) << "\n";
    }
    if (held_ && options_.whitelist.empty()) {
      context_.err << "held: without a whitelist no number is proved to be on none; give one with "
                      "--whitelist\n";
    }
    if (!account_.Balances()) return kFailed;
    if (account_.read == 0 && exit_code == kDone) {
      context_.err << "ringfence: there was no record in the input; nothing could be found\n";
    }
    if (account_.read > 0 && account_.accepted + account_.duplicates == 0) {
      exit_code = Report(
          absl::InvalidArgumentError("no record could be used; see the reasons above"), context_);
    }
    return exit_code;
  }

  const ScanOptions& options_;
  Context& context_;
  ScanLists lists_;
  absl::TimeZone zone_;
  OutputFormat format_;
  bool held_ = false;  // an action would be
  RuleSettings settings_{.rule = RuleId(kLineFrequency), .mode = RuleMode::kEnforce};
  Reconciliation account_;
  Quarantine quarantine_;
  AccountedRejects rejects_;
  LagMeter lag_;
  size_t batches_ = 0;  // seen in order
  Deduplicator deduplicator_;
  Detector detector_;
  Intake intake_;
  ParallelFiles files_;  // last: its threads use what stands before
  std::vector<Detection> detections_;
  std::vector<JudgedAlert> alerts_;
};

// The quarantine replaces what is there; that must be none of the files it was given.
bool QuarantineIsInput(const ScanOptions& options) {
  std::vector<std::string> inputs = options.files;
  inputs.insert(inputs.end(), {options.ledger, options.whitelist});
  return std::any_of(inputs.begin(), inputs.end(), [&](const std::string& input) {
    std::error_code error;
    return std::filesystem::equivalent(input, options.quarantine, error);
  });
}

int RunScan(const ScanOptions& options, Context& context) {
  if (QuarantineIsInput(options)) {
    context.err << "ringfence: --quarantine: " << options.quarantine << " is a file to read\n";
    return kUsage;
  }
  if (options.rules.AsksLedger() && options.ledger.empty() && options.whitelist.empty()) {
    return cli::UsageError("thresholds by class, industry or customer need --ledger", context);
  }
  auto rules = RulesOf(options.rules);
  if (!rules.ok()) return cli::UsageError(ToStd(rules.status().message()), context);
  auto scan = Scan::Prepare(options, *std::move(rules), context);
  if (!scan.ok()) return Report(scan.status(), context);
  return (*scan)->Run();
}

}  // namespace

void AddScanCommand(cli::Command program) {
  auto options = std::make_shared<ScanOptions>();
  cli::Command command = program.AddCommand(
      "scan", "Read CDR files and say who called too much and what would be done; needs no server");
  command.AddFooter(kScanFooter);
  command.AddOption("FILE", options->files, "CDR files, plain, gzip or zstd; - for standard input")
      .Required();
  AddLayoutOptions(command, options->layout);
  AddReadingOptions(command, options->reading);
  AddRuleOptions(command, options->rules);
  AddDurationOption(command, "--lateness", options->lateness,
                    "How far a record may be behind the newest and still count", /*zero=*/true);
  AddDurationOption(
      command, "--dedup-horizon", options->dedup_horizon,
      "How long, in the records' time, a duplicate is recognised; 0s: every record is "
      "a call, for files that are known to have each once",
      /*zero=*/true);
  command.AddOption("--ledger", options->ledger,
                    "Voice lines: a CSV file or a store (ringfence.db)");
  command
      .AddOption("--whitelist", options->whitelist,
                 "Approved numbers: a CSV file, a list of numbers, a store, redis://… or unix:…")
      .Check(CheckWhitelistAddress);
  command.AddFlag("--features", options->features,
                  "Say of each alert what kind of caller it is, as JSON");
  AddFloodOptions(command, options->floods, options->reading);
  command.AddOption("--quarantine", options->quarantine,
                    "File for records that can't be used, with reasons; made when there are any, "
                    "then in place of that of an earlier scan");
  command
      .AddOption("--threads", options->threads, "Threads that read files; by default one per core")
      .Between(1u, 1024u);
  AddOutputOption(command, options->output);
  command.Runs(options, RunScan);
}

}  // namespace ringfence
