// The service behind `ringfence run`: reads CDRs, judges them, decides, keeps everything current.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "detector/detector.h"
#include "ingest/deduplicator.h"
#include "ingest/quarantine.h"
#include "ingest/reconciliation.h"
#include "ingest/transport/receiver.h"
#include "ingest/transport/zmq_context.h"
#include "tools/config/config.h"
#include "tools/service/batch_decoder.h"
#include "tools/service/data_folder.h"
#include "tools/service/decisions.h"
#include "tools/service/handshake_log.h"
#include "tools/service/intake.h"
#include "tools/service/runtime_lists.h"
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
  uint64_t random = 0;  // for the sessions of the socket
};

// One thread does everything: read, judge, decide, acknowledge, and once a second keep lists, table
// and held actions current. The redis-server and ZeroMQ's I/O threads run beside it.
class Service {
 public:
  // Opens store, Redis, feed and socket. Errors say what can't be used; FailedPrecondition names
  // another service that works in the same folder.
  static absl::StatusOr<std::unique_ptr<Service>> Start(const Config& config, ServiceWorld world);

  // Reads the configured files, then serves the socket until world.stop(). Without a socket it
  // keeps what it did current until then; with `once` it returns after the files. An error means
  // that a record could not be kept, or that some file could not be read whole.
  absl::Status Run(bool once);

  const Reconciliation& account() const { return account_; }

 private:
  Service(const Config& config, ServiceWorld world, FolderLock lock, DecodeOptions decode,
          DetectorOptions detector, std::unique_ptr<RuntimeLists> lists,
          std::unique_ptr<Decisions> decisions);

  absl::Status Listen();
  absl::Status ReadFiles();
  absl::Status ServeSocket();
  absl::Status IdleUntilStopped();
  // Judges, decides and records one batch. Waits while the store can't be written; an error when
  // the service is stopped meanwhile: then the batch must not be acknowledged.
  absl::Status TakeBatch(CdrBatch& batch);
  // Goes on where the store can't be written now: it is tried again.
  absl::Status MaintainIfDue();
  absl::Status Maintain();
  void NoteStore(const absl::Status& status);
  // What can't be written is logged: the status is for people, and stops nothing.
  void WriteStatusNow(const std::string& state);
  EventTime NotAfter() const { return world_.now() + config_.max_future; }

  Config config_;
  ServiceWorld world_;
  DataFolder folder_;
  FolderLock lock_;
  DecodeOptions decode_;
  std::unique_ptr<RuntimeLists> lists_;
  std::unique_ptr<Decisions> decisions_;
  Reconciliation account_;
  Quarantine quarantine_;
  AccountedRejects rejects_;
  Deduplicator deduplicator_;
  Detector detector_;
  Intake intake_;
  BatchDecoder batches_;
  ZmqContext zmq_;
  std::unique_ptr<Receiver> receiver_;  // null: no socket
  HandshakeLog handshake_log_;
  std::vector<Detection> detections_;
  std::chrono::steady_clock::time_point maintained_;
  bool lists_current_ = true;  // what was logged last
  bool store_usable_ = true;   // likewise
  bool status_written_ = true;
};

// The detector's options that the configuration asks for.
absl::StatusOr<DetectorOptions> DetectorOptionsOf(const Config& config, const absl::TimeZone& zone,
                                                  EventTime now);

}  // namespace ringfence
