#include "ingest/client/sender.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/curve_keys.h"
#include "ingest/transport/endpoint.h"
#include "ingest/transport/wire.h"
#include "ingest/transport/zmq_socket.h"

namespace ringfence {
namespace {

using std::chrono::milliseconds;

// How long a waiting call sleeps before it looks at the clock again.
constexpr milliseconds kLookEvery{20};
// Batches that libzmq holds beside the window.
constexpr int kQueuedMessages = 16;

class DealerLink : public ReceiverLink {
 public:
  DealerLink(ZmqContext& context, const SenderOptions& options)
      : context_(context), options_(options) {}

  absl::Status Reconnect() override {
    socket_.reset();
    ZmqSocket::Limits limits;
    limits.messages = kQueuedMessages;
    RF_ASSIGN_OR_RETURN(ZmqSocket socket,
                        ZmqSocket::Create(context_, ZmqSocket::Kind::kDealer, limits));
    if (!options_.curve_secret_key.empty()) {
      RF_RETURN_IF_ERROR(
          socket.BecomeCurveClient(options_.curve_secret_key, options_.curve_server_key));
    }
    RF_RETURN_IF_ERROR(socket.Connect(options_.endpoint));
    socket_ = std::move(socket);
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Send(SharedMessage message) override {
    RF_ASSIGN_OR_RETURN(ZmqSocket::Sent sent, socket_->SendShared(std::move(message)));
    return sent == ZmqSocket::Sent::kYes;
  }

  // Empty after a Reconnect() that failed.
  std::optional<ZmqSocket>& socket() { return socket_; }

 private:
  ZmqContext& context_;
  const SenderOptions& options_;
  std::optional<ZmqSocket> socket_;
};

SenderLimits LimitsOf(const SenderOptions& options) {
  return {.endpoint = options.endpoint,
          .source = options.source,
          .window_bytes = options.window_bytes,
          .resend_after = options.resend_after,
          .resend_after_max = options.resend_after_max,
          .give_up_after = options.give_up_after};
}

absl::Status CheckCurve(const SenderOptions& options) {
  if (options.curve_secret_key.empty() != options.curve_server_key.empty()) {
    return absl::InvalidArgumentError(
        "CURVE needs both: the sender's secret key and the receiver's public key");
  }
  if (options.curve_secret_key.empty()) return absl::OkStatus();
  RF_RETURN_IF_ERROR(CheckCurveKey(options.curve_secret_key));
  return CheckCurveKey(options.curve_server_key);
}

}  // namespace

class Sender::Impl {
 public:
  Impl(ZmqContext& context, SenderOptions options)
      : options_(std::move(options)),
        link_(context, options_),
        protocol(LimitsOf(options_), link_) {}

  // Reads answers, sends what can go, connects anew when that is due, then waits up to `wait` for
  // something to do.
  absl::Status Pump(milliseconds wait);
  absl::Status Send(std::string_view records, uint32_t count, uint64_t offset);
  absl::Status Finish();
  auto now() const { return options_.clock(); }

 private:
  absl::Status ReceiveAll();

  const SenderOptions options_;
  DealerLink link_;

 public:
  SenderProtocol protocol;
};

absl::Status Sender::Impl::Pump(milliseconds wait) {
  RF_RETURN_IF_ERROR(ReceiveAll());
  if (options_.interrupted && protocol.waiting() && options_.interrupted()) {
    RF_RETURN_IF_ERROR(protocol.Interrupt());
  }
  RF_RETURN_IF_ERROR(protocol.Step(now()));
  if (wait <= milliseconds(0) || !protocol.waiting()) return absl::OkStatus();
  RF_ASSIGN_OR_RETURN(bool ready, link_.socket()->Wait(wait, protocol.blocked()));
  return ready ? ReceiveAll() : absl::OkStatus();
}

absl::Status Sender::Impl::ReceiveAll() {
  std::string peer;
  ZmqFrame frame;
  while (link_.socket().has_value()) {
    size_t frames = 0;
    RF_ASSIGN_OR_RETURN(bool got, link_.socket()->Receive(peer, frame, frames));
    if (!got) break;
    RF_RETURN_IF_ERROR(protocol.OnMessage(frame.view(), now()));
  }
  return absl::OkStatus();
}

absl::Status Sender::Impl::Send(std::string_view records, uint32_t count, uint64_t offset) {
  RF_RETURN_IF_ERROR(protocol.CheckSend(records, count));
  while (!protocol.RoomFor(records.size())) RF_RETURN_IF_ERROR(Pump(kLookEvery));
  RF_RETURN_IF_ERROR(protocol.Send(records, count, offset, now()));
  return Pump(milliseconds(0));
}

absl::Status Sender::Impl::Finish() {
  RF_RETURN_IF_ERROR(protocol.BeginFinish(now()));
  while (!protocol.finished()) RF_RETURN_IF_ERROR(Pump(kLookEvery));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Sender>> Sender::Create(ZmqContext& context, SenderOptions options) {
  RF_RETURN_IF_ERROR(CheckCurve(options));
  RF_RETURN_IF_ERROR(CheckEndpoint(options.endpoint, !options.curve_secret_key.empty()));
  if (!options.clock) return absl::InvalidArgumentError("a sender needs a clock");
  if (options.source.empty() || options.source.size() > wire::kMaxSourceBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the sender's name '", options.source,
                                                   "' does not have 1 to ", wire::kMaxSourceBytes,
                                                   " bytes"));
  }
  return std::unique_ptr<Sender>(new Sender(std::make_unique<Impl>(context, std::move(options))));
}

Sender::Sender(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sender::~Sender() = default;

absl::StatusOr<StreamPosition> Sender::Open(std::string_view stream, uint64_t epoch,
                                            const FormatSpec& format, uint64_t first_seq) {
  RF_RETURN_IF_ERROR(BeginOpen(stream, epoch, format, first_seq));
  while (!opened()) RF_RETURN_IF_ERROR(impl_->Pump(kLookEvery));
  return opened_at();
}

absl::Status Sender::BeginOpen(std::string_view stream, uint64_t epoch, const FormatSpec& format,
                               uint64_t first_seq) {
  return impl_->protocol.Open(stream, epoch, format, first_seq, impl_->now());
}

absl::Status Sender::Send(std::string_view records, uint32_t count, uint64_t offset) {
  return impl_->Send(records, count, offset);
}
absl::Status Sender::Poll(milliseconds wait) { return impl_->Pump(wait); }
bool Sender::opened() const { return impl_->protocol.opened(); }
bool Sender::RoomFor(size_t bytes) const { return impl_->protocol.RoomFor(bytes); }
absl::Status Sender::Finish() { return impl_->Finish(); }
const StreamPosition& Sender::opened_at() const { return impl_->protocol.opened_at(); }
uint64_t Sender::acked() const { return impl_->protocol.acked(); }
uint64_t Sender::next_seq() const { return impl_->protocol.next_seq(); }
size_t Sender::window_bytes() const { return impl_->protocol.window_bytes(); }
size_t Sender::max_payload() const { return impl_->protocol.max_payload(); }
uint32_t Sender::max_records() const { return impl_->protocol.max_records(); }
const SenderCounters& Sender::counters() const { return impl_->protocol.counters(); }

}  // namespace ringfence
