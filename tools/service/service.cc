#include "tools/service/service.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "detector/model/rules.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "ingest/transport/curve_keys.h"
#include "tools/service/configured_files.h"
#include "tools/service/free_memory.h"
#include "tools/service/subjects.h"
#include "tools/service/threshold_names.h"

namespace ringfence {
namespace {

// For the queue; bounds the reaction to a stop.
constexpr auto kWait = std::chrono::milliseconds(50);
// Records that are durable and wait to be judged: past it, senders wait. Several seconds of them,
// so that acknowledgements go on while the judge stands still: all state is copied when a snapshot
// is begun.
constexpr size_t kQueueBytes = 256 * 1024 * 1024;
constexpr size_t kHandleAt = 256;  // detections: one transaction of the store for them

absl::StatusOr<DecodeOptions> DecodeOptionsOf(const Config& config) {
  RF_ASSIGN_OR_RETURN(NumberPlan numbers,
                      NumberPlan::Create({.country = config.country,
                                          .area = config.area,
                                          .style = config.numbers_are_e164 ? NumberStyle::kE164
                                                                           : NumberStyle::kAuto}));
  RF_ASSIGN_OR_RETURN(const absl::TimeZone zone, LoadTimeZone(config.time_zone));
  return DecodeOptions{.numbers = std::move(numbers), .zone = zone};
}

void AddRule(const std::string& id, SubjectKind subject, const RuleConfig& rule,
             std::vector<FrequencyRule>& rules) {
  if (!rule.enabled) return;
  rules.push_back({.id = RuleId(id),
                   .subject = subject,
                   .window = rule.window,
                   .threshold = rule.threshold,
                   .ledger_thresholds = {.by_class = rule.threshold_by_class,
                                         .by_industry = rule.threshold_by_industry,
                                         .by_customer = rule.threshold_by_customer},
                   .warning_percent = rule.warning_percent,
                   .version = rule.version});
}

absl::Status AddFloodRule(const Config& config, DetectorOptions& options) {
  if (!config.flood_enabled) return absl::OkStatus();
  FloodRule& rule = options.flood.emplace();
  rule.lateness = config.flood_lateness;
  rule.version = config.flood_version;
  RF_ASSIGN_OR_RETURN(rule.windows, ParseFloodWindows(config.flood_windows));
  RF_ASSIGN_OR_RETURN(rule.except, ParseCalledNumbers(config.flood_except));
  return absl::OkStatus();
}

}  // namespace

std::vector<FrequencyRule> RulesOf(const Config& config) {
  std::vector<FrequencyRule> rules;
  AddRule(kLineFrequency, SubjectKind::kNumber, config.line_frequency, rules);
  AddRule(kLineTotal, SubjectKind::kLine, config.line_total, rules);
  AddRule(kCustomerTotal, SubjectKind::kCustomer, config.customer_total, rules);
  for (const auto& [id, rule] : config.further_rules) {
    AddRule(id, SubjectKind::kNumber, rule, rules);
  }
  return rules;
}

absl::StatusOr<CoreOptions> CoreOptionsOf(const Config& config, EventTime now) {
  RF_ASSIGN_OR_RETURN(DecodeOptions decode, DecodeOptionsOf(config));
  RF_ASSIGN_OR_RETURN(DetectorOptions detector, DetectorOptionsOf(config, decode.zone, now));
  return CoreOptions{.decode = std::move(decode),
                     .detector = std::move(detector),
                     .dedup_horizon = std::max(config.dedup_horizon, config.lateness),
                     .max_future = config.max_future,
                     .before_record = {}};
}

absl::StatusOr<DetectorOptions> DetectorOptionsOf(const Config& config, const absl::TimeZone& zone,
                                                  EventTime now) {
  DetectorOptions options{
      .rules = RulesOf(config), .lateness = config.lateness, .shards = config.shards};
  RF_RETURN_IF_ERROR(AddFloodRule(config, options));
  options.day_offset =
      std::chrono::seconds(zone.At(absl::FromUnixMicros(ToUnixMicros(now))).offset);
  options.features = config.features;
  RF_RETURN_IF_ERROR(CheckOptions(options));
  return options;
}

Service::Service(const Config& config, ServiceWorld world, FolderLock lock, Safety safety,
                 std::unique_ptr<RuntimeLists> lists, std::unique_ptr<PosixDisk> disk,
                 std::unique_ptr<PoisonGuard> guard)
    : config_(config),
      world_(std::move(world)),
      folder_{config.data},
      lock_(std::move(lock)),
      safety_(std::move(safety)),
      lists_(std::move(lists)),
      disk_(std::move(disk)),
      guard_(std::move(guard)),
      quarantine_({.path = folder_.Quarantine()}),
      snapshot_files_(*disk_),
      queue_(kQueueBytes),
      maintained_(world_.steady_now()),
      snapshot_begun_(maintained_) {}

absl::StatusOr<std::unique_ptr<Service>> Service::Start(const Config& config, ServiceWorld world) {
  const EventTime now = world.now();
  const DataFolder folder{config.data};
  RF_ASSIGN_OR_RETURN(const CoreOptions options, CoreOptionsOf(config, now));
  RF_RETURN_IF_ERROR(MakeFolder(folder));
  RF_ASSIGN_OR_RETURN(FolderLock lock, FolderLock::Take(folder, world.pid));
  RF_ASSIGN_OR_RETURN(Safety safety, Safety::Begin(config, now));
  RF_ASSIGN_OR_RETURN(auto lists, RuntimeLists::Open(config, world.now));
  RF_ASSIGN_OR_RETURN(auto disk, PosixDisk::At(folder.Journal()));
  RF_ASSIGN_OR_RETURN(auto guard, PoisonGuard::Open(folder.Poison()));
  std::unique_ptr<Service> service(new Service(config, std::move(world), std::move(lock),
                                               std::move(safety), std::move(lists), std::move(disk),
                                               std::move(guard)));
  RF_RETURN_IF_ERROR(service->Restore(options));
  RF_RETURN_IF_ERROR(service->Listen());
  service->WriteStatusNow("starting");
  return service;
}

absl::Status Service::Restore(const CoreOptions& options) {
  const auto begun = world_.steady_now();
  const auto directory = BuildDirectory(*lists_->lists());
  for (const std::string& nobody : ThresholdsOfNobody(options.detector.rules, directory.get())) {
    world_.log->warn("{}", nobody);
  }
  RF_ASSIGN_OR_RETURN(RestoredCore restored,
                      RestoreCore(snapshot_files_, options, directory, quarantine_, guard_.get()));
  for (const absl::Status& damage : restored.damage) {
    world_.log->error("{}; an older one is used", MessageOf(damage));
  }
  core_ = std::move(restored.core);
  restore_took_ = Since(begun);
  if (restored.snapshot.number != 0) {
    world_.log->info("took up snapshot {} in {} ms", restored.snapshot.number,
                     restore_took_.count());
  }
  if (core_->options_changed()) {
    world_.log->warn("rules or formats are others than before: they count from now on");
  }
  snapshots_ =
      std::make_unique<Snapshots>(snapshot_files_, *core_, quarantine_, restored.last_number,
                                  Snapshots::World{world_.steady_now, [] { return FreeMemory(); }});
  RF_ASSIGN_OR_RETURN(decisions_,
                      Decisions::Open(config_, *lists_, world_.now(), safety_.WhyNot()));
  // The first one says where the quarantine stood: from then on each reject is in it once.
  if (restored.snapshot.number == 0) return SnapshotNow();
  RF_ASSIGN_OR_RETURN(const bool cut,
                      Quarantine::CutBack(folder_.Quarantine(), core_->restored_quarantine()));
  if (!cut) world_.log->warn("the quarantine is not the file it was: some rejects may repeat");
  return absl::OkStatus();
}

absl::Status Service::Listen() {
  if (config_.listen.empty()) return absl::OkStatus();
  ReceiverOptions options;
  options.endpoint = config_.listen;
  options.session_seed = world_.random;
  options.clock = world_.steady_now;
  RF_ASSIGN_OR_RETURN(const DecodeOptions decode, DecodeOptionsOf(config_));
  options.check_format = [decode](const FormatSpec& format) { return CheckFormat(decode, format); };
  if (!config_.curve_secret.empty()) {
    RF_ASSIGN_OR_RETURN(options.curve_secret_key, ReadSecretKey(config_.curve_secret));
  }
  options.curve_allow_path = config_.curve_allow;
  options.source_records_per_second = config_.source_records_per_second;
  RF_ASSIGN_OR_RETURN(receiver_, Receiver::Bind(zmq_, std::move(options)));
  endpoint_ = receiver_->endpoint();
  world_.log->info("listening on {}", endpoint_);
  return absl::OkStatus();
}

absl::Status Service::Run(bool once) {
  RF_RETURN_IF_ERROR(guard_->CatchCrashes());
  const absl::Status caught_up = CatchUp();
  // Asked to stop before it had begun: what lies on the disk is as it was.
  if (absl::IsCancelled(caught_up)) return safety_.End();
  RF_RETURN_IF_ERROR(caught_up);
  absl::Status outcome = ReadFiles();
  // A file that can't be read must not keep the service from its socket; it is said at the end.
  if (!outcome.ok() && !absl::IsNotFound(outcome)) return outcome;
  if (!once) {
    const absl::Status served = acceptor_ != nullptr ? ServeUntilStopped() : IdleUntilStopped();
    RF_RETURN_IF_ERROR(served);
  }
  RF_RETURN_IF_ERROR(Finish());
  if (outcome.ok() && !account().Balances()) {
    return absl::InternalError("the account of records does not balance: please report this");
  }
  return outcome;
}

// Disarmed: what was decided before is known under its id, what was not is taken up once armed.
absl::StatusOr<JournalEnd> Service::ReplayJournal() {
  const auto begun = world_.steady_now();
  const uint64_t read_before = account().read;
  RF_ASSIGN_OR_RETURN(
      const Replayed replayed,
      Replay(*disk_, *core_,
             {.handle = [this](const std::vector<Detection>& found) { return Handle(found); },
              .stop = world_.stop}));
  replay_took_ = Since(begun);
  replayed_entries_ = replayed.entries;
  replayed_records_ = account().read - read_before;
  if (replayed.entries > 0) {
    world_.log->info("read again from the journal: {} entries, up to number {}; {} records, {} ms",
                     replayed.entries, replayed.end.lsn, replayed_records_, replay_took_.count());
  }
  if (replayed.end.torn_bytes > 0) {
    world_.log->warn("cut off the journal's end: {} bytes that were never acknowledged",
                     replayed.end.torn_bytes);
  }
  return replayed.end;
}

absl::Status Service::CatchUp() {
  RF_ASSIGN_OR_RETURN(const JournalEnd end, ReplayJournal());
  if (receiver_ != nullptr) {
    RF_ASSIGN_OR_RETURN(
        auto journal,
        Journal::Open(*disk_,
                      {.segment_bytes = uint64_t{config_.journal_segment_mib} * 1024 * 1024,
                       .salt = world_.journal_salt},
                      end));
    RF_RETURN_IF_ERROR(receiver_->Restore(core_->streams()));
    acceptor_ = std::make_unique<Acceptor>(
        std::move(receiver_), std::move(journal), queue_,
        Acceptor::World{.now = world_.now, .steady_now = world_.steady_now});
    acceptor_->Start();
  }
  safety_.CaughtUp();
  return Maintain();
}

absl::Status Service::ReadFiles() {
  if (config_.files.empty()) return absl::OkStatus();
  RF_ASSIGN_OR_RETURN(DecodeOptions decode, DecodeOptionsOf(config_));
  decode.not_after = world_.now() + config_.max_future;
  ConfiguredFiles files(config_.files, {.format = config_.format}, std::move(decode), *core_);
  std::vector<Detection> detections;
  while (!world_.stop() && files.Next(detections)) {
    RF_RETURN_IF_ERROR(Handle(detections));
    detections.clear();
    RF_RETURN_IF_ERROR(MaintainIfDue());
  }
  NoteQuarantine(quarantine_.Flush());
  // What comes next through the socket is judged behind these files after a restart, too.
  if (files.read_any()) RF_RETURN_IF_ERROR(SnapshotNow());
  for (const absl::Status& error : files.errors()) world_.log->error("{}", MessageOf(error));
  if (files.errors().empty()) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat(
      files.errors().size(), " of ", config_.files.size(),
      " files could not be read whole; the first: ", files.errors().front().message()));
}

absl::Status Service::ServeUntilStopped() {
  LiveDecoder decoder(queue_, core_->NewDecoder(), core_->guard());
  while (!world_.stop()) {
    if (LiveDecoder::Group* const group = decoder.Take(kWait)) {
      RF_RETURN_IF_ERROR(JudgeGroup(*group));
    } else {
      RF_RETURN_IF_ERROR(acceptor_->Report().status);
    }
    RF_RETURN_IF_ERROR(MaintainIfDue());
  }
  acceptor_->Stop();
  while (LiveDecoder::Group* const group = decoder.TakeLast()) {
    RF_RETURN_IF_ERROR(JudgeGroup(*group));
  }
  return acceptor_->Report().status;
}

absl::Status Service::IdleUntilStopped() {
  while (!world_.stop()) {
    std::this_thread::sleep_for(kWait);
    RF_RETURN_IF_ERROR(MaintainIfDue());
  }
  return absl::OkStatus();
}

absl::Status Service::JudgeGroup(LiveDecoder::Group& group) {
  std::vector<Detection> detections;
  for (size_t i = 0; i < group.size(); ++i) {
    RF_RETURN_IF_ERROR(core_->Consume(group.At(i), detections));
    if (detections.size() < kHandleAt) continue;
    RF_RETURN_IF_ERROR(Handle(detections));
    detections.clear();
  }
  RF_RETURN_IF_ERROR(Handle(detections));
  const absl::Status flushed = quarantine_.Flush();
  NoteQuarantine(flushed);
  return absl::IsDataLoss(flushed) ? flushed : absl::OkStatus();
}

absl::Status Service::Handle(const std::vector<Detection>& detections) {
  for (;;) {
    const absl::Status handled = decisions_->Handle(detections, world_.now());
    NoteStore(handled);
    if (!MayPass(handled) || world_.stop()) return handled;
    std::this_thread::sleep_for(kWait);
  }
}

absl::Status Service::Finish() {
  const absl::Status maintained = Maintain();
  const absl::Status kept = SnapshotNow();
  WriteStatusNow("stopped");
  RF_RETURN_IF_ERROR(maintained);
  RF_RETURN_IF_ERROR(kept);
  return safety_.End();
}

}  // namespace ringfence
