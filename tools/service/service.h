// The service behind `ringfence run`: takes CDRs, judges them, decides, keeps everything current.
//
//   the acceptor's thread                 one that decodes    the judge's thread
//   socket → journal → ack ──────► queue → live_decoder ──────► core → decisions
//                                                                └─ snapshot, now and then
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/journal/posix_disk.h"
#include "ingest/quarantine.h"
#include "ingest/reconciliation.h"
#include "ingest/transport/receiver.h"
#include "ingest/transport/zmq_context.h"
#include "tools/config/config.h"
#include "tools/service/acceptor.h"
#include "tools/service/data_folder.h"
#include "tools/service/decisions.h"
#include "tools/service/entry_queue.h"
#include "tools/service/handshake_log.h"
#include "tools/service/live_decoder.h"
#include "tools/service/poison_guard.h"
#include "tools/service/recovery.h"
#include "tools/service/runtime_lists.h"
#include "tools/service/safety.h"
#include "tools/service/service_core.h"
#include "tools/service/snapshot_files.h"
#include "tools/service/snapshots.h"
#include "tools/service/status_file.h"

namespace spdlog {
class logger;
}

namespace ringfence {

// What the service needs of the world.
struct ServiceWorld {
  std::function<EventTime()> now;
  std::function<std::chrono::steady_clock::time_point()> steady_now;
  std::function<bool()> stop;  // true: finish what was taken, write the status, return
  std::shared_ptr<spdlog::logger> log;
  int64_t pid = 0;
  uint64_t random = 0;        // for the sessions of the socket: senders learn it
  uint64_t journal_salt = 0;  // senders must not
};

// Judges in the thread that calls Run(). The acceptor, a decoder, the redis-server and ZeroMQ's I/O
// threads run beside it.
class Service {
 public:
  // Opens store, Redis, feed, journal and socket, and takes up the newest snapshot. Errors say what
  // can't be used; FailedPrecondition names another service that works in the same folder; DataLoss
  // when what lies in the folder is damaged.
  static absl::StatusOr<std::unique_ptr<Service>> Start(const Config& config, ServiceWorld world);

  // Reads the journal behind the snapshot, disarmed; then the configured files; then serves the
  // socket until world.stop(). Without a socket it keeps what it did current until then; with
  // `once` it returns after the files. An error means that a record could not be kept, or that some
  // file could not be read whole.
  absl::Status Run(bool once);

  const Reconciliation& account() const { return core_->account(); }

 private:
  Service(const Config& config, ServiceWorld world, FolderLock lock, Safety safety,
          std::unique_ptr<RuntimeLists> lists, std::unique_ptr<PosixDisk> disk,
          std::unique_ptr<PoisonGuard> guard);

  absl::Status Restore(const CoreOptions& options);
  absl::Status Listen();

  absl::Status CatchUp();
  absl::StatusOr<JournalEnd> ReplayJournal();
  std::chrono::milliseconds Since(std::chrono::steady_clock::time_point begun) const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(world_.steady_now() - begun);
  }
  absl::Status ReadFiles();
  absl::Status ServeUntilStopped();
  absl::Status IdleUntilStopped();
  absl::Status Finish();

  // Judges the entries and decides about what was found.
  absl::Status JudgeGroup(LiveDecoder::Group& group);
  // Waits while the store can't be written; an error when the service is stopped meanwhile: then no
  // snapshot may be taken.
  absl::Status Handle(const std::vector<Detection>& detections);
  // Another process has the store locked, or a disk is full: over when that is.
  static bool MayPass(const absl::Status& status) {
    return absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
  }

  // Goes on where the store can't be written now: it is tried again.
  absl::Status MaintainIfDue();
  absl::Status Maintain();
  absl::Status KeepListsCurrent(EventTime now);
  absl::Status LookAround(EventTime now);
  absl::Status LookAtAcceptor(EventTime now);
  bool SnapshotIsDue() const;
  absl::Status SnapshotIfDue(EventTime now);
  absl::Status SnapshotNow();
  void ForgetBefore(const SnapshotReport& report);
  void NoteStore(const absl::Status& status);
  void NoteQuarantine(const absl::Status& status);
  void NoteCopy(const std::string& no_copy);
  // What can't be written is logged: the status is for people, and stops nothing.
  void WriteStatusNow(const std::string& state);
  DurabilityStatus Durability() const;

  Config config_;
  ServiceWorld world_;
  DataFolder folder_;
  FolderLock lock_;
  Safety safety_;
  std::unique_ptr<RuntimeLists> lists_;
  std::unique_ptr<Decisions> decisions_;
  std::unique_ptr<PosixDisk> disk_;
  std::unique_ptr<PoisonGuard> guard_;
  Quarantine quarantine_;
  std::unique_ptr<ServiceCore> core_;
  SnapshotFiles snapshot_files_;
  std::unique_ptr<Snapshots> snapshots_;
  EntryQueue queue_;
  ZmqContext zmq_;
  std::unique_ptr<Receiver> receiver_;  // until the acceptor has it; null: no socket
  std::unique_ptr<Acceptor> acceptor_;
  HandshakeLog handshake_log_;
  std::string allowed_keys_;  // as last told
  std::string endpoint_;
  std::chrono::milliseconds restore_took_{};
  std::chrono::milliseconds replay_took_{};
  uint64_t replayed_entries_ = 0;
  uint64_t replayed_records_ = 0;
  std::chrono::steady_clock::time_point maintained_;
  std::chrono::steady_clock::time_point snapshot_begun_;
  uint64_t read_in_snapshot_ = 0;  // records read when the latest snapshot was begun
  bool lists_current_ = true;      // what was logged last
  bool store_usable_ = true;       // likewise
  bool quarantine_usable_ = true;
  bool state_copied_ = true;
  bool journal_waits_ = false;
  bool status_written_ = true;
};

// The rules that are enabled.
std::vector<FrequencyRule> RulesOf(const Config& config);
// The options that the configuration asks for: those of the core, and of its detector.
absl::StatusOr<CoreOptions> CoreOptionsOf(const Config& config, EventTime now);
absl::StatusOr<DetectorOptions> DetectorOptionsOf(const Config& config, const absl::TimeZone& zone,
                                                  EventTime now);

}  // namespace ringfence
