// Answers libzmq's question whether a connection may be made, in a thread of its own: the data path
// never waits for it. Internal to ingest/transport.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/transport/allow_list.h"
#include "ingest/transport/zmq_context.h"

namespace ringfence {

struct HandshakeCounters {
  uint64_t accepted = 0;
  uint64_t refused = 0;      // a key that is not allowed
  uint64_t failed = 0;       // no CURVE, not our server key, no ZeroMQ, or silence
  uint64_t list_errors = 0;  // the list of allowed keys changed and could not be read
  std::string last_refusal;  // of the last refusal: who and why
  std::string list_error;    // empty while the list on the disk is the one in force
  std::string allowed;  // the list in force: "msc-01 Yne@$w…, msc-02 …"; empty without CURVE
};

// Thread-safe. Reads the list again when its file changes. While the file can't be read the list
// that was read last is in force, and list_error says why.
class ZapServer {
 public:
  // `socket`: a bound or unbound libzmq socket whose failed handshakes are counted. Errors: those
  // of AllowList::Load; FailedPrecondition for a second one in the same context.
  static absl::StatusOr<std::unique_ptr<ZapServer>> Start(ZmqContext& context, void* socket,
                                                          std::string allow_path);
  // Before `socket` is closed.
  ~ZapServer();
  ZapServer(const ZapServer&) = delete;
  ZapServer& operator=(const ZapServer&) = delete;

  std::shared_ptr<const AllowList> list() const;
  // Rises with each new list(): ask for that only when this has changed.
  uint64_t version() const { return version_.load(std::memory_order_acquire); }
  HandshakeCounters counters() const;

 private:
  struct Sockets;
  ZapServer(std::string allow_path, AllowList list, void* watched);

  void Run(std::unique_ptr<Sockets> sockets);
  void AnswerRequest(void* socket);
  void CountFailure(void* socket);
  void RereadIfChanged();

  const std::string allow_path_;
  void* const watched_;
  std::string stamp_;  // of the file that was read last
  std::atomic<uint64_t> version_ = 1;
  // The standard library's: ThreadSanitizer does not see into the one of the Abseil package.
  mutable std::mutex mutex_;
  std::shared_ptr<const AllowList> list_;  // under mutex_
  HandshakeCounters counters_;             // under mutex_
  void* stop_ = nullptr;
  std::thread thread_;
};

}  // namespace ringfence
