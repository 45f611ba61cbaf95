// The thread that takes batches from the socket, makes them durable and acknowledges them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "ingest/journal/journal.h"
#include "ingest/model/event_time.h"
#include "ingest/transport/receiver.h"
#include "tools/service/entry_queue.h"
#include "tools/service/group_commit.h"

namespace ringfence {

// What it says of itself to other threads.
struct AcceptorReport {
  absl::Status status;  // not OK: the thread has ended, and why
  uint64_t durable_lsn = 0;
  bool waits_for_room = false;  // the disk has none for another segment
  ReceiverCounters received;
  HandshakeCounters handshakes;
};

// Has receiver and journal for itself from Start() until Stop(). The queue bounds how far it runs
// ahead of the judge; what it reads from the sockets bounds the senders.
class Acceptor {
 public:
  struct World {
    std::function<EventTime()> now;
    std::function<std::chrono::steady_clock::time_point()> steady_now;
  };

  // `queue` must outlive it.
  Acceptor(std::unique_ptr<Receiver> receiver, std::unique_ptr<Journal> journal, EntryQueue& queue,
           World world);
  // Stops.
  ~Acceptor();

  void Start();
  // Ends after the group at hand, which is in the queue then. Calls after the first do nothing.
  void Stop();

  // Any thread. Paused, nothing is read and nothing acknowledged: senders wait.
  void SetPaused(bool paused) { paused_ = paused; }
  // Any thread: the journal up to this entry is not needed any more.
  void TrimTo(uint64_t lsn) { trim_to_ = lsn; }
  AcceptorReport Report() const;
  const std::string& endpoint() const { return endpoint_; }

 private:
  void Run();
  absl::Status Round();
  absl::Status ReadGroup();
  absl::Status CommitGroup();
  void Tell(const absl::Status& status);

  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<Journal> journal_;
  EntryQueue& queue_;
  World world_;
  const std::string endpoint_;
  GroupCommit group_;
  bool waits_for_room_ = false;
  std::chrono::steady_clock::time_point told_;
  std::chrono::steady_clock::time_point trimmed_;  // when a segment was removed last

  std::atomic<bool> stop_{false};
  std::atomic<bool> paused_{false};
  std::atomic<uint64_t> trim_to_{0};
  mutable std::mutex mutex_;
  AcceptorReport report_;  // under mutex_
  std::thread thread_;     // last: it uses all the others
};

}  // namespace ringfence
