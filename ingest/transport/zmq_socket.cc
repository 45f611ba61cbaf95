#include "ingest/transport/zmq_socket.h"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/curve_keys.h"
#include "ingest/transport/zap_rules.h"

namespace ringfence {
namespace {

// A message whose bytes libzmq reads where they are, until it releases it in a thread of its own.
struct KeptMessage {
  explicit KeptMessage(std::shared_ptr<const std::string> message) : bytes(std::move(message)) {}

  static void Release(void*, void* message) {
    auto* const kept = static_cast<KeptMessage*>(message);
    static_cast<void>(kept->given.load(std::memory_order_acquire));
    delete kept;
  }

  std::shared_ptr<const std::string> bytes;
  // Says what libzmq sees to as well, in a way that ThreadSanitizer can see: whoever releases it
  // comes after who gave it.
  std::atomic<bool> given = false;
};

constexpr int kHeartbeatMs = 1'000;
constexpr int kHeartbeatTimeoutMs = 3'000;
// A connection that has not said who it is by then is closed. Half-open ones are bounded by the
// open files all the same; closing them sooner only makes strangers come again more often, and
// taking a connection costs more than keeping it.
constexpr int kHandshakeMs = 30'000;
constexpr int kBacklog = 1'024;
constexpr int kReconnectMs = 50;
constexpr int kReconnectMaxMs = 1'000;

absl::Status Failure(const char* doing) {
  return absl::InternalError(absl::StrCat("ZeroMQ: ", doing, ": ", zmq_strerror(zmq_errno())));
}

absl::Status EndpointFailure(const char* doing, const std::string& endpoint) {
  const int error = zmq_errno();
  std::string text = absl::StrCat("can't ", doing, " ", endpoint, ": ", zmq_strerror(error));
  if (error == EINVAL || error == EPROTONOSUPPORT) return absl::InvalidArgumentError(text);
  return absl::UnavailableError(text);
}

// zmq.h keeps it among the drafts, the library of Debian 12 has it.
constexpr int kZapEnforceDomain = 93;

bool SetInt(void* socket, int option, int value) {
  return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0;
}

bool SetText(void* socket, int option, const std::string& text) {
  return zmq_setsockopt(socket, option, text.c_str(), text.size()) == 0;
}

// A receive that a signal interrupted is tried again; a wait is not (the caller's loop decides).
int ReceiveFrame(zmq_msg_t* message, void* socket) {
  int size;
  do {
    size = zmq_msg_recv(message, socket, ZMQ_DONTWAIT);
  } while (size < 0 && zmq_errno() == EINTR);
  return size;
}

}  // namespace

ZmqContext::ZmqContext() : handle_(zmq_ctx_new()) {}

ZmqContext::~ZmqContext() {
  while (zmq_ctx_term(handle_) != 0 && zmq_errno() == EINTR) {
  }
}

absl::StatusOr<ZmqSocket> ZmqSocket::Create(ZmqContext& context, Kind kind, Limits limits) {
  void* raw = zmq_socket(context.handle(), kind == Kind::kRouter ? ZMQ_ROUTER : ZMQ_DEALER);
  if (raw == nullptr) return Failure("socket");
  ZmqSocket socket(raw, kind);
  bool set =
      SetInt(raw, ZMQ_LINGER, limits.linger_ms) && SetInt(raw, ZMQ_SNDHWM, limits.messages) &&
      SetInt(raw, ZMQ_RCVHWM, limits.messages) && SetInt(raw, ZMQ_HEARTBEAT_IVL, kHeartbeatMs) &&
      SetInt(raw, ZMQ_HEARTBEAT_TIMEOUT, kHeartbeatTimeoutMs) &&
      SetInt(raw, ZMQ_HANDSHAKE_IVL, kHandshakeMs) &&
      SetInt(raw, ZMQ_RECONNECT_IVL, kReconnectMs) &&
      SetInt(raw, ZMQ_RECONNECT_IVL_MAX, kReconnectMaxMs) &&
      zmq_setsockopt(raw, ZMQ_MAXMSGSIZE, &limits.message_bytes, sizeof(limits.message_bytes)) == 0;
  if (set && kind == Kind::kRouter) {
    set = SetInt(raw, ZMQ_ROUTER_MANDATORY, 1) && SetInt(raw, ZMQ_ROUTER_HANDOVER, 1) &&
          SetInt(raw, ZMQ_BACKLOG, kBacklog);
  }
  if (!set) return Failure("set an option");
  return socket;
}

ZmqSocket::~ZmqSocket() {
  if (socket_ != nullptr) zmq_close(socket_);
}

ZmqSocket::ZmqSocket(ZmqSocket&& other) noexcept
    : socket_(std::exchange(other.socket_, nullptr)), kind_(other.kind_) {}

ZmqSocket& ZmqSocket::operator=(ZmqSocket&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(kind_, other.kind_);
  return *this;
}

absl::Status ZmqSocket::BecomeCurveServer(const std::string& secret_key) {
  // Unless the domain is enforced libzmq lets everyone in when no handler is there.
  if (!SetInt(socket_, ZMQ_CURVE_SERVER, 1) || !SetText(socket_, ZMQ_CURVE_SECRETKEY, secret_key) ||
      !SetText(socket_, ZMQ_ZAP_DOMAIN, std::string(kZapDomain)) ||
      !SetInt(socket_, kZapEnforceDomain, 1)) {
    return Failure("set up CURVE");
  }
  return absl::OkStatus();
}

absl::Status ZmqSocket::BecomeCurveClient(const std::string& secret_key,
                                          const std::string& server_key) {
  RF_ASSIGN_OR_RETURN(const std::string public_key, PublicCurveKey(secret_key));
  if (!SetText(socket_, ZMQ_CURVE_SERVERKEY, server_key) ||
      !SetText(socket_, ZMQ_CURVE_PUBLICKEY, public_key) ||
      !SetText(socket_, ZMQ_CURVE_SECRETKEY, secret_key)) {
    return Failure("set up CURVE");
  }
  return absl::OkStatus();
}

absl::Status ZmqSocket::Bind(const std::string& endpoint) {
  if (absl::StrContains(endpoint, '[') && !SetInt(socket_, ZMQ_IPV6, 1)) return Failure("IPv6");
  if (zmq_bind(socket_, endpoint.c_str()) != 0) return EndpointFailure("listen on", endpoint);
  return absl::OkStatus();
}

absl::Status ZmqSocket::Connect(const std::string& endpoint) {
  if (absl::StrContains(endpoint, '[') && !SetInt(socket_, ZMQ_IPV6, 1)) return Failure("IPv6");
  if (zmq_connect(socket_, endpoint.c_str()) != 0) return EndpointFailure("connect to", endpoint);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ZmqSocket::BoundEndpoint() const {
  char text[1024];
  size_t size = sizeof(text);
  if (zmq_getsockopt(socket_, ZMQ_LAST_ENDPOINT, text, &size) != 0) return Failure("endpoint");
  return std::string(text);
}

absl::StatusOr<bool> ZmqSocket::Wait(std::chrono::milliseconds wait, bool or_writable) {
  const auto events = static_cast<short>(or_writable ? ZMQ_POLLIN | ZMQ_POLLOUT : ZMQ_POLLIN);
  zmq_pollitem_t item{socket_, 0, events, 0};
  const int ready = zmq_poll(&item, 1, static_cast<long>(wait.count()));
  if (ready < 0 && zmq_errno() != EINTR) return Failure("poll");
  return ready > 0;
}

absl::StatusOr<bool> ZmqSocket::Receive(std::string& peer, ZmqFrame& frame, size_t& frames) {
  frames = 0;
  peer.clear();
  if (ReceiveFrame(frame.raw(), socket_) < 0) {
    if (zmq_errno() == EAGAIN) return false;
    return Failure("receive");
  }
  if (kind_ == Kind::kRouter) {
    peer.assign(frame.view());
  } else {
    frames = 1;
  }
  while (zmq_msg_more(frame.raw()) != 0) {
    // The frames of one message arrive together: no waiting here.
    if (ReceiveFrame(frame.raw(), socket_) < 0) return Failure("receive");
    ++frames;
  }
  return true;
}

absl::StatusOr<ZmqSocket::Sent> ZmqSocket::Send(std::string_view peer, std::string_view bytes) {
  if (kind_ == Kind::kRouter &&
      zmq_send(socket_, peer.data(), peer.size(), ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0) {
    if (zmq_errno() == EAGAIN) return Sent::kFull;
    if (zmq_errno() == EHOSTUNREACH) return Sent::kNoPeer;
    return Failure("send");
  }
  if (zmq_send(socket_, bytes.data(), bytes.size(), ZMQ_DONTWAIT) < 0) {
    if (zmq_errno() == EAGAIN) return Sent::kFull;
    if (zmq_errno() == EHOSTUNREACH) return Sent::kNoPeer;
    return Failure("send");
  }
  return Sent::kYes;
}

absl::StatusOr<ZmqSocket::Sent> ZmqSocket::SendShared(std::shared_ptr<const std::string> bytes) {
  auto kept = std::make_unique<KeptMessage>(std::move(bytes));
  const std::string& data = *kept->bytes;
  zmq_msg_t message;
  // libzmq reads what it is given, although it does not say so.
  if (zmq_msg_init_data(&message, const_cast<char*>(data.data()), data.size(),
                        &KeptMessage::Release, kept.get()) != 0) {
    return Failure("make a message");
  }
  kept->given.store(true, std::memory_order_release);
  static_cast<void>(kept.release());  // now libzmq has it
  if (zmq_msg_send(&message, socket_, ZMQ_DONTWAIT) >= 0) return Sent::kYes;
  absl::StatusOr<Sent> result = Sent::kFull;
  if (zmq_errno() != EAGAIN) result = Failure("send");
  zmq_msg_close(&message);
  return result;
}

}  // namespace ringfence
