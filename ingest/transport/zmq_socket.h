// A ZeroMQ socket whose calls return statuses. Together with zmq_context the only user of libzmq.
// Internal to ingest/transport and ingest/client.
#pragma once

#include <zmq.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/transport/zmq_context.h"

namespace ringfence {

// One frame as libzmq holds it.
class ZmqFrame {
 public:
  ZmqFrame() { zmq_msg_init(&message_); }
  ~ZmqFrame() { zmq_msg_close(&message_); }
  ZmqFrame(const ZmqFrame&) = delete;
  ZmqFrame& operator=(const ZmqFrame&) = delete;

  std::string_view view() const {
    auto* message = const_cast<zmq_msg_t*>(&message_);  // the C functions know no const
    return {static_cast<const char*>(zmq_msg_data(message)), zmq_msg_size(message)};
  }
  zmq_msg_t* raw() { return &message_; }
  // The public key that the connection was authenticated with; "" without CURVE.
  std::string_view peer_key() const {
    const char* key = zmq_msg_gets(const_cast<zmq_msg_t*>(&message_), "User-Id");
    return key == nullptr ? std::string_view() : key;
  }

 private:
  zmq_msg_t message_;
};

// Bounded buffers, heartbeats each second, 100 ms of lingering when closed. Not thread-safe.
class ZmqSocket {
 public:
  enum class Kind { kRouter, kDealer };
  enum class Sent { kYes, kFull, kNoPeer };

  struct Limits {
    int messages = 64;           // in each direction and for each peer
    int64_t message_bytes = -1;  // a longer one closes its connection; -1: no limit
    int linger_ms = 100;         // how long what was not sent is still sent after closing
  };

  static absl::StatusOr<ZmqSocket> Create(ZmqContext& context, Kind kind, Limits limits);
  ~ZmqSocket();
  ZmqSocket(ZmqSocket&& other) noexcept;
  ZmqSocket& operator=(ZmqSocket&& other) noexcept;

  // CURVE, before Bind or Connect; keys in Z85. A server's connections are let in by the context's
  // ZapServer alone.
  absl::Status BecomeCurveServer(const std::string& secret_key);
  absl::Status BecomeCurveClient(const std::string& secret_key, const std::string& server_key);

  // Unavailable or InvalidArgument, with the endpoint.
  absl::Status Bind(const std::string& endpoint);
  absl::Status Connect(const std::string& endpoint);
  // The last endpoint bound, in full.
  absl::StatusOr<std::string> BoundEndpoint() const;

  // True when there is a message to receive (or, with `or_writable`, one can be sent).
  absl::StatusOr<bool> Wait(std::chrono::milliseconds wait, bool or_writable = false);

  // Takes one message of one frame, without waiting; false when there is none. For a router `peer`
  // becomes the sender's routing id. `frames`: how many frames the message had besides the routing
  // id; only the last is kept.
  absl::StatusOr<bool> Receive(std::string& peer, ZmqFrame& frame, size_t& frames);

  // Sends one message without waiting; copies. `peer` is empty for a dealer.
  absl::StatusOr<Sent> Send(std::string_view peer, std::string_view bytes);
  // A dealer's, without a copy: the bytes live as long as libzmq's threads need them.
  absl::StatusOr<Sent> SendShared(std::shared_ptr<const std::string> bytes);

  void* raw() { return socket_; }

 private:
  explicit ZmqSocket(void* socket, Kind kind) : socket_(socket), kind_(kind) {}

  void* socket_;
  Kind kind_;
};

}  // namespace ringfence
