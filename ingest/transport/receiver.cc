#include "ingest/transport/receiver.h"

#include <utility>

#include "ingest/model/status_macros.h"
#include "ingest/transport/curve_keys.h"
#include "ingest/transport/endpoint.h"
#include "ingest/transport/wire.h"
#include "ingest/transport/zmq_socket.h"

namespace ringfence {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Messages that Next() answers in one go before it looks at the time again.
constexpr int kMessagesPerLook = 256;

class RouterOutbox : public PeerOutbox {
 public:
  explicit RouterOutbox(ZmqSocket socket) : socket_(std::move(socket)) {}

  absl::StatusOr<Sent> Send(std::string_view peer, std::string_view bytes) override {
    RF_ASSIGN_OR_RETURN(ZmqSocket::Sent sent, socket_.Send(peer, bytes));
    switch (sent) {
      case ZmqSocket::Sent::kYes:
        return Sent::kYes;
      case ZmqSocket::Sent::kFull:
        return Sent::kFull;
      case ZmqSocket::Sent::kNoPeer:
        break;
    }
    return Sent::kNoPeer;
  }

  ZmqSocket& socket() { return socket_; }

 private:
  ZmqSocket socket_;
};

}  // namespace

class Receiver::Impl {
 public:
  Impl(ReceiverOptions options, ZmqSocket socket, std::string bound,
       std::unique_ptr<ZapServer> authentication)
      : clock(std::move(options.clock)),
        endpoint(std::move(bound)),
        router(std::move(socket)),
        zap(std::move(authentication)),
        protocol(std::move(options), router) {}

  absl::StatusOr<bool> Next(RawBatch& batch, milliseconds wait);

  const std::function<Clock::time_point()> clock;
  const std::string endpoint;
  RouterOutbox router;
  const std::unique_ptr<ZapServer> zap;  // null: no CURVE; ends before the socket
  ReceiverProtocol protocol;

 private:
  ReceiverProtocol::Peer PeerOf(const ZmqFrame& frame);

  std::string peer_;
  std::shared_ptr<const AllowList> allowed_;
  uint64_t allowed_version_ = 0;
};

// A connection outlives the handshake: what its key may do is asked for each message, so that a
// revoked key ends with the list's next reading.
ReceiverProtocol::Peer Receiver::Impl::PeerOf(const ZmqFrame& frame) {
  if (zap == nullptr) return {.id = peer_};
  if (const uint64_t version = zap->version(); version != allowed_version_) {
    allowed_ = zap->list();
    allowed_version_ = version;
  }
  return {.id = peer_, .source = allowed_->SourceOf(frame.peer_key())};
}

absl::StatusOr<bool> Receiver::Impl::Next(RawBatch& batch, milliseconds wait) {
  Clock::time_point now = clock();
  const Clock::time_point deadline = now + wait;
  RF_RETURN_IF_ERROR(protocol.Settle(now));
  if (protocol.full()) return false;
  ZmqFrame frame;
  for (int handled = 0;;) {
    size_t frames = 0;
    RF_ASSIGN_OR_RETURN(bool got, router.socket().Receive(peer_, frame, frames));
    if (got) {
      // One frame is what a DEALER sends; anything else is no message of this protocol.
      const std::string_view bytes = frames == 1 ? frame.view() : std::string_view();
      RF_ASSIGN_OR_RETURN(bool filled, protocol.OnMessage(PeerOf(frame), bytes, now, batch));
      if (filled) return true;
      if (++handled % kMessagesPerLook != 0) continue;
    }
    now = clock();
    const auto left = std::chrono::ceil<milliseconds>(deadline - now);
    if (left <= milliseconds(0)) return false;
    if (got) continue;
    RF_ASSIGN_OR_RETURN(bool readable, router.socket().Wait(left));
    if (!readable) return false;
    now = clock();
  }
}

absl::StatusOr<std::unique_ptr<Receiver>> Receiver::Bind(ZmqContext& context,
                                                         ReceiverOptions options) {
  const bool curve = !options.curve_secret_key.empty();
  if (curve != !options.curve_allow_path.empty()) {
    return absl::InvalidArgumentError(
        "CURVE needs both: a secret key and a list of the keys that may send");
  }
  RF_RETURN_IF_ERROR(CheckEndpoint(options.endpoint, curve));
  if (!options.clock) return absl::InvalidArgumentError("a receiver needs a clock");
  if (options.credit == 0) return absl::InvalidArgumentError("a receiver needs a credit above 0");
  ZmqSocket::Limits limits;
  limits.message_bytes = static_cast<int64_t>(wire::kMaxMessageBytes);
  RF_ASSIGN_OR_RETURN(ZmqSocket socket,
                      ZmqSocket::Create(context, ZmqSocket::Kind::kRouter, limits));
  // Before the first peer can come.
  std::unique_ptr<ZapServer> zap;
  if (curve) {
    RF_RETURN_IF_ERROR(CheckCurveKey(options.curve_secret_key));
    RF_RETURN_IF_ERROR(socket.BecomeCurveServer(options.curve_secret_key));
    RF_ASSIGN_OR_RETURN(zap, ZapServer::Start(context, socket.raw(), options.curve_allow_path));
  }
  RF_RETURN_IF_ERROR(socket.Bind(options.endpoint));
  RF_ASSIGN_OR_RETURN(std::string endpoint, socket.BoundEndpoint());
  return std::unique_ptr<Receiver>(new Receiver(std::make_unique<Impl>(
      std::move(options), std::move(socket), std::move(endpoint), std::move(zap))));
}

Receiver::Receiver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Receiver::~Receiver() = default;

const std::string& Receiver::endpoint() const { return impl_->endpoint; }
absl::StatusOr<bool> Receiver::Next(RawBatch& batch, milliseconds wait) {
  return impl_->Next(batch, wait);
}
absl::Status Receiver::Ack(const StreamKey& stream, uint64_t next_seq) {
  return impl_->protocol.Ack(stream, next_seq);
}
std::vector<KeyedPosition> Receiver::Positions() const { return impl_->protocol.Positions(); }
absl::Status Receiver::Restore(const std::vector<KeyedPosition>& positions) {
  return impl_->protocol.Restore(positions);
}
void Receiver::Forget(const StreamKey& stream) { impl_->protocol.Forget(stream); }
uint64_t Receiver::unacked_records() const { return impl_->protocol.unacked_records(); }
size_t Receiver::unacked_bytes() const { return impl_->protocol.unacked_bytes(); }
const ReceiverCounters& Receiver::counters() const { return impl_->protocol.counters(); }
HandshakeCounters Receiver::handshakes() const {
  return impl_->zap == nullptr ? HandshakeCounters() : impl_->zap->counters();
}

}  // namespace ringfence
