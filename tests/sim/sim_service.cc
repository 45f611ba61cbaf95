#include "tests/sim/sim_service.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "tests/sim/sim_scenario.h"

namespace ringfence {
namespace {

CoreOptions SimCoreOptions() {
  CoreOptions options{.decode = {.numbers = NumberPlan::Create({.country = "86"}).value(),
                                 .zone = absl::UTCTimeZone()},
                      .detector = {},
                      .dedup_horizon = std::chrono::hours(48),
                      .max_future = std::chrono::hours(48),
                      .before_record = {}};
  options.detector.lateness = std::chrono::hours(24);
  options.detector.rules = {{.id = RuleId("line-frequency"),
                             .subject = SubjectKind::kNumber,
                             .window = std::chrono::seconds(kSimWindowSeconds),
                             .threshold = kSimThreshold,
                             .ledger_thresholds = {},
                             .warning_percent = 100,
                             .version = 1}};
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SimService>> SimService::Start(SimSurroundings around,
                                                              EventTime wall, SimTime now) {
  std::unique_ptr<SimService> service(new SimService(around));
  service->now_ = now;
  RF_RETURN_IF_ERROR(service->OpenBlocker(wall));
  RF_RETURN_IF_ERROR(service->Recover(wall));
  service->blocker_->SetArmed(true, {});
  return service;
}

absl::Status SimService::OpenBlocker(EventTime wall) {
  RF_ASSIGN_OR_RETURN(ActionJournal actions, ActionJournal::Open(around_.database));
  RF_ASSIGN_OR_RETURN(OrderStore orders, OrderStore::Open(around_.database));
  actions_ = std::make_unique<ActionJournal>(std::move(actions));
  orders_ = std::make_unique<OrderStore>(std::move(orders));
  BlockerOptions options;
  options.rules = {{.rule = RuleId("line-frequency"), .mode = RuleMode::kEnforce}};
  options.breaker.per_minute = options.breaker.per_day = options.breaker.per_customer_day = 10'000;
  options.disarmed = "start-up";
  RF_ASSIGN_OR_RETURN(blocker_, Blocker::Create({.deciding = around_.lists,
                                                 .proving = around_.lists,
                                                 .journal = *actions_,
                                                 .orders = *orders_,
                                                 .sinks = {&around_.sink}},
                                                std::move(options), wall));
  return blocker_->Recover(wall);
}

absl::Status SimService::Recover(EventTime wall) {
  RF_ASSIGN_OR_RETURN(RestoredCore restored,
                      RestoreCore(files_, SimCoreOptions(), nullptr, *this, nullptr));
  core_ = std::move(restored.core);
  snapshot_number_ = restored.last_number;
  // The quarantine is cut back to what the snapshot knows.
  if (restored.snapshot.number == 0) {
    RF_RETURN_IF_ERROR(Snapshot());
  } else {
    around_.rejects.resize(core_->restored_quarantine().size);
  }
  RF_ASSIGN_OR_RETURN(
      const Replayed replayed,
      Replay(disk_, *core_,
             {.handle = [&](const auto& found) { return blocker_->Handle(found, wall); },
              .stop = [] { return false; }}));
  RF_ASSIGN_OR_RETURN(journal_, Journal::Open(disk_, {.segment_bytes = 8192}, replayed.end));
  group_ = std::make_unique<GroupCommit>(*journal_);
  ReceiverLimits limits;
  limits.credit = 200;
  limits.session_seed = around_.chance.Next();
  PeerOutbox& answers = *this;
  receiver_ = std::make_unique<ReceiverProtocol>(limits, answers);
  return receiver_->Restore(core_->streams());
}

absl::StatusOr<PeerOutbox::Sent> SimService::Send(std::string_view peer, std::string_view bytes) {
  uint64_t connection = 0;
  if (!absl::SimpleAtoi(ToAbsl(peer), &connection)) return Sent::kNoPeer;
  around_.network.Answer(connection, bytes, now_);
  return Sent::kYes;
}

void SimService::OnReject(const Reject& reject) {
  around_.rejects.push_back(std::string(reject.bytes));
}

void SimService::OnLate(std::string_view, std::string_view record) {
  around_.rejects.push_back(absl::StrCat("late ", ToAbsl(record)));
}

absl::Status SimService::OnMessage(const SimNetwork::Message& message, EventTime wall,
                                   SimTime now) {
  now_ = now;
  const std::string peer = absl::StrCat(message.connection);
  RF_ASSIGN_OR_RETURN(const bool got,
                      receiver_->OnMessage({.id = peer}, message.bytes, now, group_->Slot()));
  if (got) group_->Take(wall);
  return absl::OkStatus();
}

absl::Status SimService::Round(EventTime wall, SimTime now) {
  now_ = now;
  RF_RETURN_IF_ERROR(receiver_->Settle(now));
  if (!group_->empty()) {
    const absl::Status committed =
        group_->Commit([this](const StreamKey& stream, uint64_t next_seq) {
          return receiver_->Ack(stream, next_seq);
        });
    if (!committed.ok() && !absl::IsResourceExhausted(committed)) return committed;
    if (committed.ok()) {
      for (size_t i = 0; i < group_->entries().size(); ++i) {
        durable_.push_back(group_->entries()[i]);
      }
      group_->entries().Clear();
    }
  }
  RF_RETURN_IF_ERROR(Judge(wall));
  if (around_.chance.OneIn(40)) RF_RETURN_IF_ERROR(Snapshot());
  if (!around_.chance.OneIn(20)) return absl::OkStatus();
  RF_RETURN_IF_ERROR(blocker_->RetryHeld(wall));
  RF_RETURN_IF_ERROR(blocker_->ExpireDue(wall));
  return blocker_->LiftListed(wall);
}

// The judge runs behind the acceptor, by as much as chance has it.
absl::Status SimService::Judge(EventTime wall) {
  std::vector<Detection> found;
  for (uint64_t most = around_.chance.Below(6); most > 0 && !durable_.empty(); --most) {
    const DurableEntry& entry = durable_.front();
    RF_RETURN_IF_ERROR(core_->Consume(
        {.lsn = entry.lsn, .received_at = entry.received_at, .batch = &entry.batch}, found));
    durable_.pop_front();
  }
  return blocker_->Handle(found, wall);
}

absl::Status SimService::Snapshot() {
  const SnapshotName name{.number = ++snapshot_number_, .lsn = core_->lsn()};
  RF_RETURN_IF_ERROR(
      files_.Write(name, core_->SnapshotInPieces({.inode = 1, .size = around_.rejects.size()})));
  RF_ASSIGN_OR_RETURN(const uint64_t trim_to, files_.Retire());
  return journal_ == nullptr ? absl::OkStatus() : journal_->TrimTo(trim_to);
}

}  // namespace ringfence
