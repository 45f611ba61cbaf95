// The part of Service that keeps everything current, about once a second.
#include <spdlog/spdlog.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "tools/service/service.h"
#include "tools/service/subjects.h"

namespace ringfence {
namespace {

constexpr auto kMaintainEvery = std::chrono::seconds(1);

}  // namespace

absl::Status Service::MaintainIfDue() {
  if (SnapshotIsDue()) snapshots_->Prepare();
  if (world_.steady_now() - maintained_ < kMaintainEvery) return absl::OkStatus();
  const absl::Status maintained = Maintain();
  NoteStore(maintained);
  return MayPass(maintained) ? absl::OkStatus() : maintained;
}

absl::Status Service::Maintain() {
  maintained_ = world_.steady_now();
  const EventTime now = world_.now();
  RF_RETURN_IF_ERROR(LookAtAcceptor(now));
  RF_RETURN_IF_ERROR(LookAround(now));
  RF_RETURN_IF_ERROR(KeepListsCurrent(now));
  RF_RETURN_IF_ERROR(SnapshotIfDue(now));
  WriteStatusNow("running");
  return absl::OkStatus();
}

absl::Status Service::LookAtAcceptor(EventTime now) {
  if (acceptor_ == nullptr) return absl::OkStatus();
  const AcceptorReport report = acceptor_->Report();
  const auto refused = handshake_log_.Line(report.handshakes, maintained_);
  if (refused.has_value()) world_.log->warn("{}", *refused);
  if (report.handshakes.allowed != allowed_keys_) {
    allowed_keys_ = report.handshakes.allowed;
    RF_RETURN_IF_ERROR(decisions_->Alarm("allowed-keys", "may send now: " + allowed_keys_, now));
  }
  if (report.waits_for_room != std::exchange(journal_waits_, report.waits_for_room)) {
    world_.log->warn("{}", journal_waits_ ? "no room for the journal: senders wait"
                                          : "the journal has room again");
  }
  return report.status;
}

absl::Status Service::LookAround(EventTime now) {
  const bool was_armed = safety_.armed();
  absl::Status told;
  for (const Safety::Alarm& alarm : safety_.Look(now, maintained_)) {
    world_.log->warn("{}", alarm.text);
    told.Update(decisions_->Alarm(alarm.name, alarm.text, now));
  }
  if (acceptor_ != nullptr) acceptor_->SetPaused(safety_.disk_full());
  if (safety_.armed() != was_armed || safety_.armed() != decisions_->armed()) {
    world_.log->info("{}", safety_.armed() ? "armed" : "disarmed: " + safety_.WhyNot());
  }
  decisions_->SetArmed(safety_.armed(), safety_.WhyNot());
  return told;
}

absl::Status Service::KeepListsCurrent(EventTime now) {
  RF_ASSIGN_OR_RETURN(const bool changed, lists_->Refresh(now));
  if (changed) {
    core_->SetDirectory(BuildDirectory(*lists_->lists()));
    world_.log->info("lists changed: version {}", lists_->lists()->version().version);
  }
  if (const bool current = lists_->projection().ok(); current != lists_current_) {
    lists_current_ = current;
    if (current) {
      world_.log->info("lists are published in Redis again; held actions are decided again");
    } else {
      world_.log->error("lists can't be published, actions are held: {}",
                        MessageOf(lists_->projection()));
    }
  }
  return decisions_->Maintain(changed, now);
}

bool Service::SnapshotIsDue() const {
  return world_.steady_now() - snapshot_begun_ >= config_.snapshot_every &&
         !snapshots_->running() && account().read != read_in_snapshot_;
}

absl::Status Service::SnapshotIfDue(EventTime now) {
  const absl::StatusOr<bool> ended = snapshots_->Poll();
  if (!ended.ok()) {
    world_.log->error("no snapshot, the one before it stands: {}", MessageOf(ended.status()));
    return decisions_->Alarm("snapshot-failed", MessageOf(ended.status()), now);
  }
  if (*ended) ForgetBefore(snapshots_->report());
  if (!SnapshotIsDue() || !snapshots_->Prepare()) return absl::OkStatus();
  snapshot_begun_ = world_.steady_now();
  read_in_snapshot_ = account().read;
  NoteCopy(snapshots_->no_copy());
  const absl::Status begun = snapshots_->Begin(now);
  if (begun.ok()) return absl::OkStatus();
  world_.log->error("no snapshot, the one before it stands: {}", MessageOf(begun));
  return decisions_->Alarm("snapshot-failed", MessageOf(begun), now);
}

absl::Status Service::SnapshotNow() {
  snapshot_begun_ = world_.steady_now();
  read_in_snapshot_ = account().read;
  RF_RETURN_IF_ERROR(snapshots_->WriteNow(world_.now()));
  ForgetBefore(snapshots_->report());
  return absl::OkStatus();
}

void Service::ForgetBefore(const SnapshotReport& report) {
  guard_->Forget(report.trim_to);
  if (acceptor_ != nullptr) acceptor_->TrimTo(report.trim_to);
}

void Service::NoteStore(const absl::Status& status) {
  if (status.ok() == store_usable_) return;
  store_usable_ = status.ok();
  if (store_usable_) {
    world_.log->info("what could not be written can be written again");
  } else {
    world_.log->error("waiting, nothing is judged meanwhile: {}", MessageOf(status));
  }
}

void Service::NoteCopy(const std::string& no_copy) {
  if (no_copy.empty() == state_copied_) return;
  state_copied_ = no_copy.empty();
  if (state_copied_) {
    world_.log->info("snapshots are written from a copy of the state again");
  } else {
    world_.log->warn("no memory for a copy of the state, snapshots slow the service down: {}",
                     no_copy);
  }
}

void Service::NoteQuarantine(const absl::Status& status) {
  if (status.ok() == quarantine_usable_) return;
  quarantine_usable_ = status.ok();
  if (quarantine_usable_) {
    world_.log->info("the quarantine can be written again");
  } else {
    world_.log->error("rejects are kept in memory: {}", MessageOf(status));
  }
}

DurabilityStatus Service::Durability() const {
  const SnapshotReport& snapshot = snapshots_->report();
  return {.lsn = core_->lsn(),
          .durable_lsn = acceptor_ == nullptr ? core_->lsn() : acceptor_->Report().durable_lsn,
          .snapshot_lsn = snapshot.name.lsn,
          .snapshot_at = snapshot.taken_at,
          .snapshot_bytes = snapshot.bytes,
          .snapshot_took = snapshot.took,
          .snapshot_pause = snapshot.pause,
          .restore_took = restore_took_,
          .replay_took = replay_took_,
          .replayed_entries = replayed_entries_,
          .replayed_records = replayed_records_,
          .queue_bytes = queue_.bytes(),
          .disk_used_percent = safety_.disk_used_percent(),
          .armed = safety_.armed(),
          .disarmed_because = safety_.WhyNot()};
}

void Service::WriteStatusNow(const std::string& state) {
  const absl::Status written = WriteStatus({.pid = world_.pid,
                                            .state = state,
                                            .endpoint = endpoint_,
                                            .redis = lists_->address().ToString(),
                                            .written_at = world_.now(),
                                            .account = account(),
                                            .detector = core_->detector_stats(),
                                            .blocker = decisions_->probe(),
                                            .durability = Durability()},
                                           folder_.Status());
  if (written.ok() == status_written_) return;
  status_written_ = written.ok();
  if (!status_written_) world_.log->error("{}", MessageOf(written));
}

}  // namespace ringfence
