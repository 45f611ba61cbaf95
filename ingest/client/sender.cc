#include "ingest/client/sender.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/receiver.h"
#include "ingest/transport/wire.h"
#include "ingest/transport/zmq_socket.h"

namespace ringfence {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// How long a waiting call sleeps before it looks at the clock again.
constexpr milliseconds kLookEvery{20};
// Not sooner than this after the last connection another is made, however often it is refused.
constexpr milliseconds kConnectionGap{100};
// Batches that libzmq holds beside the window.
constexpr int kQueuedMessages = 16;

struct Batch {
  uint64_t first_seq = 0;
  uint32_t count = 0;
  uint64_t offset = 0;
  std::string records;
  bool sent = false;

  uint64_t end() const { return first_seq + count; }
};

}  // namespace

class Sender::Impl {
 public:
  Impl(ZmqContext& context, SenderOptions options)
      : context_(context), options_(std::move(options)) {}

  absl::StatusOr<StreamPosition> Open(wire::Hello hello);
  absl::Status Send(std::string_view records, uint32_t count, uint64_t offset);
  absl::Status Finish();
  // Reads answers, sends what can go, connects anew when that is due, then waits up to `wait` for
  // something to do.
  absl::Status Pump(milliseconds wait);

  const SenderOptions& options() const { return options_; }
  const StreamPosition& opened_at() const { return opened_at_; }
  uint64_t acked() const { return acked_; }
  uint64_t next_seq() const { return next_seq_; }
  size_t window_bytes() const { return window_bytes_; }
  size_t max_payload() const { return max_payload_; }
  uint32_t max_records() const { return credit_; }
  const SenderCounters& counters() const { return counters_; }

 private:
  enum class Phase { kClosed, kHello, kOpen, kFinished };

  absl::Status PumpOnce(milliseconds wait);
  absl::Status Connect();
  absl::Status ConnectIfDue();
  absl::Status ReceiveAll();
  absl::Status SendDue();
  absl::Status CheckProgress();

  absl::Status Handle(const wire::Message& message);
  absl::Status OnWelcome(const wire::Welcome& welcome);
  absl::Status OnAck(const wire::Ack& ack);
  void OnNack(const wire::Nack& nack);
  absl::Status OnRefused(const wire::Refused& refused);
  absl::Status Advance(uint64_t acked);

  bool Outstanding() const {
    return phase_ == Phase::kHello || (phase_ == Phase::kOpen && (!window_.empty() || finishing_));
  }
  void StartWaiting();  // from now on an answer is expected
  std::string Where() const {
    return absl::StrCat(options_.endpoint, ", stream '", hello_.key.stream, "'");
  }

  ZmqContext& context_;
  const SenderOptions options_;
  std::optional<ZmqSocket> socket_;

  Phase phase_ = Phase::kClosed;
  absl::Status failed_;
  wire::Hello hello_;
  bool opened_ = false;  // the first WELCOME has come
  bool finishing_ = false;
  bool bye_sent_ = false;
  uint64_t session_ = 0;
  StreamPosition opened_at_;
  uint64_t acked_ = 0;
  uint64_t next_seq_ = 0;
  uint64_t credit_end_ = 0;  // records before it may be sent
  uint32_t credit_ = 0;
  size_t max_payload_ = wire::kMaxPayloadBytes;

  std::deque<Batch> window_;  // unacknowledged, in order
  size_t due_ = 0;            // index in window_ of the next batch to send
  size_t window_bytes_ = 0;

  Clock::time_point connected_;
  Clock::time_point progress_;  // when the receiver last came a step further
  Clock::time_point retry_at_;
  milliseconds retry_after_{0};
  std::string last_refusal_;
  SenderCounters counters_;
};

void Sender::Impl::StartWaiting() {
  progress_ = options_.clock();
  retry_after_ = options_.resend_after;
  retry_at_ = progress_ + retry_after_;
}

absl::StatusOr<StreamPosition> Sender::Impl::Open(wire::Hello hello) {
  hello_ = std::move(hello);
  failed_ = absl::OkStatus();
  opened_ = finishing_ = false;
  window_.clear();
  window_bytes_ = due_ = 0;
  acked_ = next_seq_ = 0;
  last_refusal_.clear();
  StartWaiting();
  failed_ = Connect();
  while (failed_.ok() && !opened_) failed_ = PumpOnce(kLookEvery);
  RF_RETURN_IF_ERROR(failed_);
  return opened_at_;
}

absl::Status Sender::Impl::Connect() {
  if (socket_.has_value()) retry_after_ = std::min(retry_after_ * 2, options_.resend_after_max);
  // A new socket: what the old one still holds belongs to a session that is over.
  socket_.reset();
  ZmqSocket::Limits limits;
  limits.messages = kQueuedMessages;
  RF_ASSIGN_OR_RETURN(ZmqSocket socket,
                      ZmqSocket::Create(context_, ZmqSocket::Kind::kDealer, limits));
  RF_RETURN_IF_ERROR(socket.Connect(options_.endpoint));
  socket_ = std::move(socket);
  ++counters_.connections;
  connected_ = options_.clock();
  retry_at_ = connected_ + retry_after_;
  phase_ = Phase::kHello;
  session_ = 0;
  bye_sent_ = false;
  if (opened_) hello_.first_seq = acked_;
  return socket_->Send("", wire::Encode(hello_)).status();
}

absl::Status Sender::Impl::ConnectIfDue() {
  if (!Outstanding() || options_.clock() < retry_at_) return absl::OkStatus();
  return Connect();
}

absl::Status Sender::Impl::CheckProgress() {
  if (Outstanding() && options_.interrupted && options_.interrupted()) {
    return absl::CancelledError(
        absl::StrCat(Where(), ": interrupted; ", acked_, " records are durable there"));
  }
  if (!Outstanding() || options_.clock() - progress_ < options_.give_up_after) {
    return absl::OkStatus();
  }
  std::string text = absl::StrCat(Where(), ": no progress for ", options_.give_up_after.count(),
                                  " ms; ", acked_, " records are durable there, ",
                                  next_seq_ - acked_, " sent ones are not acknowledged");
  if (!last_refusal_.empty()) absl::StrAppend(&text, "; the receiver says: ", last_refusal_);
  return absl::UnavailableError(text);
}

absl::Status Sender::Impl::Pump(milliseconds wait) {
  RF_RETURN_IF_ERROR(failed_);
  if (phase_ == Phase::kClosed) return absl::InvalidArgumentError("no stream is open");
  failed_ = PumpOnce(wait);
  return failed_;
}

absl::Status Sender::Impl::PumpOnce(milliseconds wait) {
  RF_RETURN_IF_ERROR(ReceiveAll());
  RF_RETURN_IF_ERROR(SendDue());
  RF_RETURN_IF_ERROR(CheckProgress());
  RF_RETURN_IF_ERROR(ConnectIfDue());
  if (wait <= milliseconds(0) || !Outstanding()) return absl::OkStatus();
  const bool blocked =
      phase_ == Phase::kOpen && due_ < window_.size() && window_[due_].end() <= credit_end_;
  RF_ASSIGN_OR_RETURN(bool ready, socket_->Wait(wait, blocked));
  return ready ? ReceiveAll() : absl::OkStatus();
}

absl::Status Sender::Impl::ReceiveAll() {
  std::string peer;
  ZmqFrame frame;
  while (true) {
    size_t frames = 0;
    RF_ASSIGN_OR_RETURN(bool got, socket_->Receive(peer, frame, frames));
    if (!got) return absl::OkStatus();
    absl::StatusOr<wire::Message> message = wire::Decode(frame.view());
    if (absl::IsUnimplemented(message.status())) {
      return absl::FailedPreconditionError(
          absl::StrCat(Where(), ": the receiver speaks ", message.status().message()));
    }
    // A damaged answer is as good as a lost one: the time-out brings another.
    if (message.ok()) RF_RETURN_IF_ERROR(Handle(*message));
  }
}

absl::Status Sender::Impl::SendDue() {
  if (phase_ != Phase::kOpen) return absl::OkStatus();
  for (; due_ < window_.size(); ++due_) {
    Batch& batch = window_[due_];
    if (batch.end() > credit_end_) return absl::OkStatus();
    RF_ASSIGN_OR_RETURN(
        ZmqSocket::Sent sent,
        socket_->Send("", wire::Encode(wire::Data{session_, batch.first_seq, batch.offset,
                                                  batch.count, batch.records})));
    if (sent != ZmqSocket::Sent::kYes) return absl::OkStatus();
    ++counters_.batches_sent;
    if (batch.sent) ++counters_.batches_resent;
    batch.sent = true;
  }
  if (finishing_ && window_.empty() && !bye_sent_) {
    RF_ASSIGN_OR_RETURN(ZmqSocket::Sent sent,
                        socket_->Send("", wire::Encode(wire::Bye{session_, next_seq_})));
    bye_sent_ = sent == ZmqSocket::Sent::kYes;
  }
  return absl::OkStatus();
}

absl::Status Sender::Impl::Handle(const wire::Message& message) {
  if (const auto* ack = std::get_if<wire::Ack>(&message)) return OnAck(*ack);
  if (const auto* welcome = std::get_if<wire::Welcome>(&message)) return OnWelcome(*welcome);
  if (const auto* refused = std::get_if<wire::Refused>(&message)) return OnRefused(*refused);
  if (const auto* nack = std::get_if<wire::Nack>(&message)) OnNack(*nack);
  if (const auto* bye = std::get_if<wire::ByeAck>(&message)) {
    if (phase_ == Phase::kOpen && finishing_ && bye->session == session_ &&
        bye->total == next_seq_) {
      phase_ = Phase::kFinished;
    }
  }
  return absl::OkStatus();
}

absl::Status Sender::Impl::OnWelcome(const wire::Welcome& welcome) {
  if (phase_ != Phase::kHello || welcome.epoch != hello_.key.epoch) return absl::OkStatus();
  session_ = welcome.session;
  phase_ = Phase::kOpen;
  credit_ = welcome.credit;
  credit_end_ = welcome.position.next_seq + welcome.credit;
  max_payload_ = std::min<size_t>(welcome.max_payload, wire::kMaxPayloadBytes);
  due_ = 0;
  if (opened_) {
    retry_at_ = options_.clock() + retry_after_;
    return Advance(welcome.position.next_seq);
  }
  opened_ = true;
  opened_at_ = welcome.position;
  acked_ = next_seq_ = welcome.position.next_seq;
  StartWaiting();
  return absl::OkStatus();
}

absl::Status Sender::Impl::OnAck(const wire::Ack& ack) {
  if (phase_ != Phase::kOpen || ack.session != session_) return absl::OkStatus();
  credit_ = ack.credit;
  credit_end_ = std::max(credit_end_, ack.next_seq + ack.credit);
  return Advance(ack.next_seq);
}

absl::Status Sender::Impl::Advance(uint64_t acked) {
  if (acked > next_seq_) {
    return absl::FailedPreconditionError(
        absl::StrCat(Where(), ": the receiver has ", acked, " records, but only ", next_seq_,
                     " were sent here: another sender uses the same source, stream and epoch"));
  }
  if (acked < acked_) {
    return absl::DataLossError(absl::StrCat(Where(), ": the receiver acknowledged ", acked_,
                                            " records and now has only ", acked));
  }
  if (acked == acked_) return absl::OkStatus();
  acked_ = acked;
  while (!window_.empty() && window_.front().end() <= acked) {
    window_bytes_ -= window_.front().records.size();
    window_.pop_front();
    if (due_ > 0) --due_;
  }
  last_refusal_.clear();
  StartWaiting();
  return absl::OkStatus();
}

void Sender::Impl::OnNack(const wire::Nack& nack) {
  if (phase_ != Phase::kOpen || nack.session != session_) return;
  ++counters_.nacks;
  for (size_t i = 0; i < window_.size() && i < due_; ++i) {
    if (nack.next_seq < window_[i].end()) due_ = i;
  }
}

absl::Status Sender::Impl::OnRefused(const wire::Refused& refused) {
  if (refused.session != 0 && refused.session != session_) return absl::OkStatus();
  last_refusal_ = refused.sentence;
  switch (refused.code) {
    case wire::RefusalCode::kNoSession:
      // The receiver was started anew: no need to wait for the time-out.
      retry_at_ = std::min(retry_at_, connected_ + kConnectionGap);
      return absl::OkStatus();
    case wire::RefusalCode::kStreams:
    case wire::RefusalCode::kPastCredit:
      return absl::OkStatus();  // the time-out sends it again
    default:
      return absl::FailedPreconditionError(
          absl::StrCat(Where(), ": refused by the receiver: ", refused.sentence));
  }
}

absl::Status Sender::Impl::Send(std::string_view records, uint32_t count, uint64_t offset) {
  RF_RETURN_IF_ERROR(failed_);
  if (!opened_ || finishing_) return absl::InvalidArgumentError("no stream is open");
  if (count == 0 || count > records.size() || !records.ends_with('\n')) {
    return absl::InvalidArgumentError("a batch is one record or more, each ended by a line feed");
  }
  if (records.size() > max_payload_ || count > credit_) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a batch of ", count, " records and ", records.size(), " bytes; the receiver takes up to ",
        credit_, " records and ", max_payload_, " bytes"));
  }
  while (!window_.empty() && window_bytes_ + records.size() > options_.window_bytes) {
    RF_RETURN_IF_ERROR(Pump(kLookEvery));
  }
  if (window_.empty()) StartWaiting();
  window_.push_back({next_seq_, count, offset, std::string(records), false});
  window_bytes_ += records.size();
  next_seq_ += count;
  return Pump(milliseconds(0));
}

absl::Status Sender::Impl::Finish() {
  RF_RETURN_IF_ERROR(failed_);
  if (!opened_) return absl::InvalidArgumentError("no stream is open");
  if (!finishing_ && window_.empty()) StartWaiting();
  finishing_ = true;
  while (phase_ != Phase::kFinished) RF_RETURN_IF_ERROR(Pump(kLookEvery));
  opened_ = false;
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Sender>> Sender::Create(ZmqContext& context, SenderOptions options) {
  RF_RETURN_IF_ERROR(CheckLocalEndpoint(options.endpoint));
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
  wire::Hello hello{{impl_->options().source, std::string(stream), epoch}, first_seq, format};
  // What the receiver would refuse is found here, with the same words.
  absl::StatusOr<wire::Message> checked = wire::Decode(wire::Encode(hello));
  if (!checked.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("stream '", ToAbsl(stream), "': ", checked.status().message()));
  }
  return impl_->Open(std::move(hello));
}

absl::Status Sender::Send(std::string_view records, uint32_t count, uint64_t offset) {
  return impl_->Send(records, count, offset);
}
absl::Status Sender::Poll() { return impl_->Pump(milliseconds(0)); }
absl::Status Sender::Finish() { return impl_->Finish(); }
const StreamPosition& Sender::opened_at() const { return impl_->opened_at(); }
uint64_t Sender::acked() const { return impl_->acked(); }
uint64_t Sender::next_seq() const { return impl_->next_seq(); }
size_t Sender::window_bytes() const { return impl_->window_bytes(); }
size_t Sender::max_payload() const { return impl_->max_payload(); }
uint32_t Sender::max_records() const { return impl_->max_records(); }
const SenderCounters& Sender::counters() const { return impl_->counters(); }

}  // namespace ringfence
