#include "ingest/client/sender_protocol.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/record_cut.h"

namespace ringfence {
namespace {

using std::chrono::milliseconds;

// Not sooner than this after the last connection another is made, however often it is refused.
constexpr milliseconds kConnectionGap{100};

}  // namespace

SenderProtocol::SenderProtocol(SenderLimits limits, ReceiverLink& link)
    : limits_(std::move(limits)), link_(link) {}

std::string SenderProtocol::Where() const {
  return absl::StrCat(limits_.endpoint, ", stream '", hello_.key.stream, "'");
}

absl::Status SenderProtocol::Keep(absl::Status status) {
  if (!status.ok()) failed_ = status;
  return status;
}

void SenderProtocol::StartWaiting(TimePoint now) {
  progress_ = now;
  retry_after_ = limits_.resend_after;
  retry_at_ = progress_ + retry_after_;
}

absl::Status SenderProtocol::Open(std::string_view stream, uint64_t epoch, const FormatSpec& format,
                                  uint64_t first_seq, TimePoint now) {
  wire::Hello hello{{limits_.source, std::string(stream), epoch}, first_seq, format};
  // What the receiver would refuse is found here, with the same words.
  absl::StatusOr<wire::Message> checked = wire::Decode(wire::Encode(hello));
  if (!checked.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("stream '", ToAbsl(stream), "': ", checked.status().message()));
  }
  hello_ = std::move(hello);
  failed_ = absl::OkStatus();
  opened_ = finishing_ = false;
  window_.clear();
  window_bytes_ = due_ = 0;
  acked_ = next_seq_ = 0;
  last_refusal_.clear();
  StartWaiting(now);
  return Keep(Connect(now));
}

absl::Status SenderProtocol::Connect(TimePoint now) {
  if (std::exchange(connected_before_, true)) {
    retry_after_ = std::min(retry_after_ * 2, limits_.resend_after_max);
  }
  // What the old connection still holds belongs to a session that is over.
  RF_RETURN_IF_ERROR(link_.Reconnect());
  ++counters_.connections;
  connected_ = now;
  retry_at_ = connected_ + retry_after_;
  phase_ = Phase::kHello;
  session_ = 0;
  bye_sent_ = false;
  if (opened_) hello_.first_seq = acked_;
  return SendNow(hello_).status();
}

absl::Status SenderProtocol::Step(TimePoint now) {
  RF_RETURN_IF_ERROR(failed_);
  if (phase_ == Phase::kClosed) return absl::InvalidArgumentError("no stream is open");
  RF_RETURN_IF_ERROR(Keep(SendDue()));
  RF_RETURN_IF_ERROR(Keep(CheckProgress(now)));
  if (!waiting() || now < retry_at_) return absl::OkStatus();
  return Keep(Connect(now));
}

absl::Status SenderProtocol::CheckProgress(TimePoint now) const {
  if (!waiting() || now - progress_ < limits_.give_up_after) return absl::OkStatus();
  std::string text = absl::StrCat(Where(), ": no progress for ", limits_.give_up_after.count(),
                                  " ms; ", acked_, " records are durable there, ",
                                  next_seq_ - acked_, " sent ones are not acknowledged");
  if (!last_refusal_.empty()) {
    absl::StrAppend(&text, "; the receiver says: ", last_refusal_);
  } else if (!opened_) {
    absl::StrAppend(&text,
                    "; nobody answered: see that the service runs, that this is its "
                    "`input.listen`, and that both sides have keys that fit, or none");
  }
  return absl::UnavailableError(text);
}

absl::Status SenderProtocol::Interrupt() {
  if (!failed_.ok() || !waiting()) return failed_;
  return Keep(absl::CancelledError(
      absl::StrCat(Where(), ": interrupted; ", acked_, " records are durable there")));
}

absl::StatusOr<bool> SenderProtocol::SendNow(const wire::Message& message) {
  return link_.Send(std::make_shared<const std::string>(wire::Encode(message)));
}

// The payload may be that of the message at hand.
void SenderProtocol::Batch::Encode(uint64_t new_session, std::string_view payload) {
  message = std::make_shared<const std::string>(
      wire::Encode(wire::Data{new_session, first_seq, offset, count, payload}));
  session = new_session;
}

absl::Status SenderProtocol::SendDue() {
  if (phase_ != Phase::kOpen) return absl::OkStatus();
  for (; due_ < window_.size(); ++due_) {
    Batch& batch = window_[due_];
    if (batch.end() > credit_end_) return absl::OkStatus();
    if (batch.session != session_) batch.Encode(session_, batch.records());
    RF_ASSIGN_OR_RETURN(bool sent, link_.Send(batch.message));
    if (!sent) return absl::OkStatus();
    ++counters_.batches_sent;
    if (batch.sent) ++counters_.batches_resent;
    batch.sent = true;
  }
  if (finishing_ && window_.empty() && !bye_sent_) {
    RF_ASSIGN_OR_RETURN(bye_sent_, SendNow(wire::Bye{session_, next_seq_}));
  }
  return absl::OkStatus();
}

absl::Status SenderProtocol::OnMessage(std::string_view bytes, TimePoint now) {
  RF_RETURN_IF_ERROR(failed_);
  return Keep(Handle(bytes, now));
}

absl::Status SenderProtocol::Handle(std::string_view bytes, TimePoint now) {
  absl::StatusOr<wire::Message> message = wire::Decode(bytes);
  if (absl::IsUnimplemented(message.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat(Where(), ": the receiver speaks ", message.status().message()));
  }
  // A damaged answer is as good as a lost one: the time-out brings another.
  if (!message.ok()) return absl::OkStatus();
  if (const auto* ack = std::get_if<wire::Ack>(&*message)) return OnAck(*ack, now);
  if (const auto* welcome = std::get_if<wire::Welcome>(&*message)) return OnWelcome(*welcome, now);
  if (const auto* refused = std::get_if<wire::Refused>(&*message)) return OnRefused(*refused);
  if (const auto* nack = std::get_if<wire::Nack>(&*message)) OnNack(*nack);
  if (const auto* bye = std::get_if<wire::ByeAck>(&*message)) {
    if (phase_ == Phase::kOpen && finishing_ && bye->session == session_ &&
        bye->total == next_seq_) {
      phase_ = Phase::kFinished;
      opened_ = false;
    }
  }
  return absl::OkStatus();
}

absl::Status SenderProtocol::OnWelcome(const wire::Welcome& welcome, TimePoint now) {
  if (phase_ != Phase::kHello || welcome.epoch != hello_.key.epoch) return absl::OkStatus();
  session_ = welcome.session;
  phase_ = Phase::kOpen;
  credit_ = welcome.credit;
  credit_end_ = welcome.position.next_seq + welcome.credit;
  max_payload_ = std::min<size_t>(welcome.max_payload, wire::kMaxPayloadBytes);
  due_ = 0;
  if (opened_) {
    retry_at_ = now + retry_after_;
    return Advance(welcome.position.next_seq, now);
  }
  opened_ = true;
  opened_at_ = welcome.position;
  acked_ = next_seq_ = welcome.position.next_seq;
  StartWaiting(now);
  return absl::OkStatus();
}

absl::Status SenderProtocol::OnAck(const wire::Ack& ack, TimePoint now) {
  if (phase_ != Phase::kOpen || ack.session != session_) return absl::OkStatus();
  credit_ = ack.credit;
  credit_end_ = std::max(credit_end_, ack.next_seq + ack.credit);
  return Advance(ack.next_seq, now);
}

absl::Status SenderProtocol::Advance(uint64_t acked, TimePoint now) {
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
    window_bytes_ -= window_.front().records().size();
    window_.pop_front();
    if (due_ > 0) --due_;
  }
  last_refusal_.clear();
  StartWaiting(now);
  return absl::OkStatus();
}

void SenderProtocol::OnNack(const wire::Nack& nack) {
  if (phase_ != Phase::kOpen || nack.session != session_) return;
  ++counters_.nacks;
  for (size_t i = 0; i < window_.size() && i < due_; ++i) {
    if (nack.next_seq < window_[i].end()) due_ = i;
  }
}

absl::Status SenderProtocol::OnRefused(const wire::Refused& refused) {
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

absl::Status SenderProtocol::CheckSend(std::string_view records, uint32_t count) const {
  RF_RETURN_IF_ERROR(failed_);
  if (!opened_ || finishing_) return absl::InvalidArgumentError("no stream is open");
  const size_t record_bytes = RecordBytesOf(hello_.format);
  if (!CanBeRecords(records, count, record_bytes)) {
    return absl::InvalidArgumentError(ToAbsl(RecordsMustBe(record_bytes)));
  }
  if (records.size() > max_payload_ || count > credit_) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a batch of ", count, " records and ", records.size(), " bytes; the receiver takes up to ",
        credit_, " records and ", max_payload_, " bytes"));
  }
  return absl::OkStatus();
}

absl::Status SenderProtocol::Send(std::string_view records, uint32_t count, uint64_t offset,
                                  TimePoint now) {
  RF_RETURN_IF_ERROR(CheckSend(records, count));
  if (!RoomFor(records.size())) return absl::ResourceExhaustedError("the window is full");
  if (window_.empty()) StartWaiting(now);
  window_.push_back({.first_seq = next_seq_, .count = count, .offset = offset});
  window_.back().Encode(session_, records);
  window_bytes_ += records.size();
  next_seq_ += count;
  return absl::OkStatus();
}

absl::Status SenderProtocol::BeginFinish(TimePoint now) {
  RF_RETURN_IF_ERROR(failed_);
  if (!opened_) return absl::InvalidArgumentError("no stream is open");
  if (!finishing_ && window_.empty()) StartWaiting(now);
  finishing_ = true;
  return absl::OkStatus();
}

}  // namespace ringfence
