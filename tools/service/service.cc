#include "tools/service/service.h"

#include <spdlog/spdlog.h>

#include <thread>
#include <utility>

#include "detector/rules.h"
#include "ingest/file_source.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "ingest/transport/curve_keys.h"
#include "tools/service/subjects.h"

namespace ringfence {
namespace {

constexpr auto kMaintainEvery = std::chrono::seconds(1);
constexpr auto kWait =
    std::chrono::milliseconds(100);  // for the socket; bounds the reaction to a stop

absl::StatusOr<DecodeOptions> DecodeOptionsOf(const Config& config) {
  RF_ASSIGN_OR_RETURN(NumberPlan numbers,
                      NumberPlan::Create({.country = config.country,
                                          .area = config.area,
                                          .style = config.numbers_are_e164 ? NumberStyle::kE164
                                                                           : NumberStyle::kAuto}));
  RF_ASSIGN_OR_RETURN(const absl::TimeZone zone, LoadTimeZone(config.time_zone));
  return DecodeOptions{.numbers = std::move(numbers), .zone = zone};
}

void AddRule(const char* id, SubjectKind subject, const RuleConfig& rule,
             std::vector<FrequencyRule>& rules) {
  if (!rule.enabled) return;
  rules.push_back({.id = RuleId(id),
                   .subject = subject,
                   .window = rule.window,
                   .threshold = rule.threshold,
                   .warning_percent = rule.warning_percent,
                   .version = rule.version});
}

// Another process has the store locked, or a disk is full: over when that is.
bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
}

std::string Words(const absl::Status& status) { return std::string(ToStd(status.message())); }

}  // namespace

absl::StatusOr<DetectorOptions> DetectorOptionsOf(const Config& config, const absl::TimeZone& zone,
                                                  EventTime now) {
  DetectorOptions options{.rules = {}, .lateness = config.lateness};
  AddRule(kLineFrequency, SubjectKind::kNumber, config.line_frequency, options.rules);
  AddRule(kLineTotal, SubjectKind::kLine, config.line_total, options.rules);
  AddRule(kCustomerTotal, SubjectKind::kCustomer, config.customer_total, options.rules);
  options.day_offset =
      std::chrono::seconds(zone.At(absl::FromUnixMicros(ToUnixMicros(now))).offset);
  RF_RETURN_IF_ERROR(CheckOptions(options));
  return options;
}

Service::Service(const Config& config, ServiceWorld world, FolderLock lock, DecodeOptions decode,
                 DetectorOptions detector, std::unique_ptr<RuntimeLists> lists,
                 std::unique_ptr<Decisions> decisions)
    : config_(config),
      world_(std::move(world)),
      folder_{config.data},
      lock_(std::move(lock)),
      decode_(std::move(decode)),
      lists_(std::move(lists)),
      decisions_(std::move(decisions)),
      quarantine_({.path = folder_.Quarantine()}),
      rejects_(account_, quarantine_),
      deduplicator_(std::max(config.dedup_horizon, config.lateness)),
      detector_(std::move(detector), BuildDirectory(*lists_->lists())),
      intake_(deduplicator_, detector_, quarantine_, account_),
      batches_(decode_, rejects_, account_),
      maintained_(world_.steady_now()) {}

absl::StatusOr<std::unique_ptr<Service>> Service::Start(const Config& config, ServiceWorld world) {
  const EventTime now = world.now();
  RF_ASSIGN_OR_RETURN(DecodeOptions decode, DecodeOptionsOf(config));
  RF_ASSIGN_OR_RETURN(DetectorOptions detector, DetectorOptionsOf(config, decode.zone, now));
  RF_RETURN_IF_ERROR(MakeFolder({config.data}));
  RF_ASSIGN_OR_RETURN(FolderLock lock, FolderLock::Take({config.data}, world.pid));
  RF_ASSIGN_OR_RETURN(auto lists, RuntimeLists::Open(config, world.now));
  RF_ASSIGN_OR_RETURN(auto decisions, Decisions::Open(config, *lists, now));
  std::unique_ptr<Service> service(new Service(config, std::move(world), std::move(lock),
                                               std::move(decode), std::move(detector),
                                               std::move(lists), std::move(decisions)));
  RF_RETURN_IF_ERROR(service->Listen());
  RF_RETURN_IF_ERROR(service->Maintain());
  return service;
}

absl::Status Service::Listen() {
  if (config_.listen.empty()) return absl::OkStatus();
  ReceiverOptions options;
  options.endpoint = config_.listen;
  options.session_seed = world_.random;
  options.clock = world_.steady_now;
  options.check_format = [this](const FormatSpec& format) { return CheckFormat(decode_, format); };
  if (!config_.curve_secret.empty()) {
    RF_ASSIGN_OR_RETURN(options.curve_secret_key, ReadSecretKey(config_.curve_secret));
  }
  options.curve_allow_path = config_.curve_allow;
  RF_ASSIGN_OR_RETURN(receiver_, Receiver::Bind(zmq_, std::move(options)));
  world_.log->info("listening on {}", receiver_->endpoint());
  return absl::OkStatus();
}

absl::Status Service::Run(bool once) {
  absl::Status outcome = ReadFiles();
  // A file that can't be read must not keep the service from its socket; it is said at the end.
  if (!once && (outcome.ok() || absl::IsNotFound(outcome))) {
    const absl::Status served = receiver_ != nullptr ? ServeSocket() : IdleUntilStopped();
    if (outcome.ok() || !served.ok()) outcome = served;
  }
  const absl::Status maintained = Maintain();
  if (outcome.ok()) outcome = maintained;
  WriteStatusNow("stopped");
  // After an error a batch may stand half in the account; the error is what has to be said.
  if (outcome.ok() && !account_.Balances()) {
    return absl::InternalError("the account of records does not balance: please report this");
  }
  return outcome;
}

absl::Status Service::ReadFiles() {
  if (config_.files.empty()) return absl::OkStatus();
  DecodeOptions decode = decode_;
  decode.not_after = NotAfter();
  FileSet files(config_.files, {.format = config_.format}, decode, rejects_);
  CdrBatch batch;
  uint64_t counted = 0;
  const auto count = [&] {
    account_.read += files.records_read() - std::exchange(counted, files.records_read());
  };
  while (!world_.stop()) {
    RF_ASSIGN_OR_RETURN(const bool more, files.Next(batch));
    count();
    if (!more) break;
    RF_RETURN_IF_ERROR(TakeBatch(batch));
    RF_RETURN_IF_ERROR(MaintainIfDue());
  }
  RF_RETURN_IF_ERROR(quarantine_.Flush());
  for (const absl::Status& error : files.errors()) world_.log->error("{}", Words(error));
  if (files.errors().empty()) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat(
      files.errors().size(), " of ", config_.files.size(),
      " files could not be read whole; the first: ", files.errors().front().message()));
}

absl::Status Service::ServeSocket() {
  RawBatch raw;
  CdrBatch batch;
  while (!world_.stop()) {
    RF_ASSIGN_OR_RETURN(const bool got, receiver_->Next(raw, kWait));
    if (got) {
      RF_RETURN_IF_ERROR(batches_.Decode(raw, NotAfter(), batch));
      RF_RETURN_IF_ERROR(TakeBatch(batch));
      RF_RETURN_IF_ERROR(quarantine_.Flush());
      RF_RETURN_IF_ERROR(receiver_->Ack(raw.stream->key, raw.end.next_seq));
    }
    RF_RETURN_IF_ERROR(MaintainIfDue());
  }
  return absl::OkStatus();
}

absl::Status Service::IdleUntilStopped() {
  while (!world_.stop()) {
    std::this_thread::sleep_for(kWait);
    RF_RETURN_IF_ERROR(MaintainIfDue());
  }
  return absl::OkStatus();
}

absl::Status Service::TakeBatch(CdrBatch& batch) {
  detections_.clear();
  intake_.Take(batch, detections_);
  for (;;) {
    const absl::Status handled = decisions_->Handle(detections_, world_.now());
    NoteStore(handled);
    if (!MayPass(handled) || world_.stop()) return handled;
    std::this_thread::sleep_for(kWait);
  }
}

absl::Status Service::MaintainIfDue() {
  if (world_.steady_now() - maintained_ < kMaintainEvery) return absl::OkStatus();
  const absl::Status maintained = Maintain();
  NoteStore(maintained);
  return MayPass(maintained) ? absl::OkStatus() : maintained;
}

void Service::NoteStore(const absl::Status& status) {
  if (status.ok() == store_usable_) return;
  store_usable_ = status.ok();
  if (store_usable_) {
    world_.log->info("what could not be written can be written again");
  } else {
    world_.log->error("waiting, records are not acknowledged meanwhile: {}", Words(status));
  }
}

absl::Status Service::Maintain() {
  maintained_ = world_.steady_now();
  if (receiver_ != nullptr) {
    const auto refused = handshake_log_.Line(receiver_->handshakes(), maintained_);
    if (refused.has_value()) world_.log->warn("{}", *refused);
  }
  const EventTime now = world_.now();
  RF_ASSIGN_OR_RETURN(const bool changed, lists_->Refresh(now));
  if (changed) {
    detector_.SetDirectory(BuildDirectory(*lists_->lists()));
    world_.log->info("lists changed: version {}", lists_->lists()->version().version);
  }
  if (const bool current = lists_->projection().ok(); current != lists_current_) {
    lists_current_ = current;
    if (current) {
      world_.log->info("lists are published in Redis again; held actions are decided again");
    } else {
      world_.log->error("lists can't be published, actions are held: {}",
                        Words(lists_->projection()));
    }
  }
  RF_RETURN_IF_ERROR(decisions_->Maintain(changed, now));
  WriteStatusNow("running");
  return absl::OkStatus();
}

void Service::WriteStatusNow(const std::string& state) {
  const absl::Status written =
      WriteStatus({.pid = world_.pid,
                   .state = state,
                   .endpoint = receiver_ == nullptr ? "" : receiver_->endpoint(),
                   .redis = lists_->address().ToString(),
                   .written_at = world_.now(),
                   .account = account_,
                   .detector = detector_.stats(),
                   .blocker = decisions_->probe(),
                   .durability = {}},
                  folder_.Status());
  if (written.ok() == status_written_) return;
  status_written_ = written.ok();
  if (!status_written_) world_.log->error("{}", Words(written));
}

}  // namespace ringfence
