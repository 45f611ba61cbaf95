#include "ingest/transport/receiver_protocol.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/record_cut.h"

namespace ringfence {
namespace {

using wire::RefusalCode;

absl::string_view StreamName(const StreamKey& key) { return ToAbsl(key.stream); }

bool MaySendAs(const ReceiverProtocol::Peer& peer, std::string_view source) {
  return !peer.source.has_value() || (!peer.source->empty() && *peer.source == source);
}

}  // namespace

ReceiverProtocol::ReceiverProtocol(ReceiverLimits limits, PeerOutbox& out)
    : limits_(std::move(limits)),
      out_(out),
      quota_(limits_.source_records_per_second),
      credit_(quota_.Credit(limits_.credit)),
      streams_(limits_.max_streams, limits_.idle_stream_after, limits_.session_seed) {}

absl::StatusOr<bool> ReceiverProtocol::OnMessage(const Peer& peer, std::string_view bytes,
                                                 TimePoint now, RawBatch& batch) {
  now_ = now;
  absl::StatusOr<wire::Message> message = wire::Decode(bytes);
  absl::Status status;
  if (!message.ok()) {
    status = OnUnreadable(peer, message.status());
  } else if (const auto* data = std::get_if<wire::Data>(&*message)) {
    return OnData(peer, *data, now, batch);
  } else if (const auto* hello = std::get_if<wire::Hello>(&*message)) {
    status = OnHello(peer, *hello, now);
  } else if (const auto* bye = std::get_if<wire::Bye>(&*message)) {
    status = OnBye(peer, *bye, now);
  } else {
    ++counters_.malformed;
    status = Refuse(peer, 0, RefusalCode::kMalformed, "this message is for senders only");
  }
  RF_RETURN_IF_ERROR(status);
  return false;
}

absl::Status ReceiverProtocol::OnUnreadable(const Peer& peer, const absl::Status& why) {
  if (absl::IsDataLoss(why)) {
    // Not even the session can be believed. The gap it leaves, or the sender's time-out, brings
    // the records again.
    ++counters_.corrupt;
    return absl::OkStatus();
  }
  ++counters_.malformed;
  const auto code = absl::IsUnimplemented(why) ? RefusalCode::kVersion : RefusalCode::kMalformed;
  return Refuse(peer, 0, code, ToStd(why.message()));
}

absl::Status ReceiverProtocol::OnHello(const Peer& peer, const wire::Hello& hello, TimePoint now) {
  if (!MaySendAs(peer, hello.key.source)) return RefuseSource(peer, 0, hello.key.source);
  if (limits_.check_format) {
    absl::Status readable = limits_.check_format(hello.format);
    if (!readable.ok()) return Refuse(peer, 0, RefusalCode::kFormat, ToStd(readable.message()));
  }
  StreamEntry* stream = streams_.FindOrAdd(hello.key, now);
  if (stream == nullptr) {
    return Refuse(peer, 0, RefusalCode::kStreams,
                  ToStd(absl::StrCat("this receiver keeps ", limits_.max_streams,
                                     " streams and has no room for another")));
  }
  const uint64_t needed = stream->state.acked().next_seq;
  if (hello.first_seq > needed) {
    return Refuse(peer, 0, RefusalCode::kGap,
                  ToStd(absl::StrCat("stream '", StreamName(hello.key), "' goes on with record ",
                                     needed, " here, but the sender's oldest is ", hello.first_seq,
                                     ": send it from the start under a new epoch")));
  }
  streams_.BeginSession(*stream, {hello.key, hello.format}, peer.id, now);
  // Goes out when all that was taken is durable, so that its position is exact and nothing that was
  // taken is sent again.
  stream->welcome_owed = true;
  return SettleStream(*stream);
}

absl::StatusOr<bool> ReceiverProtocol::OnData(const Peer& peer, const wire::Data& data,
                                              TimePoint now, RawBatch& batch) {
  RF_ASSIGN_OR_RETURN(StreamEntry * stream, SessionStream(peer, data.session, now));
  if (stream == nullptr) return false;
  absl::Status answered;
  StreamState::Taken taken;
  const size_t record_bytes = RecordBytesOf(stream->info->format);
  switch (stream->state.Accept(data, credit_, taken, record_bytes)) {
    case StreamState::Verdict::kTaken:
      counters_.duplicate_records += taken.repeated;
      stream->nacked.reset();
      stream->complete = false;
      FillBatch(*stream, taken, batch);
      return true;
    case StreamState::Verdict::kDuplicate:
      counters_.duplicate_records += data.count;
      // The acknowledgement may have been lost.
      stream->ack_owed = true;
      answered = SettleStream(*stream);
      break;
    case StreamState::Verdict::kGap:
      ++counters_.gaps;
      answered = Nack(*stream);
      break;
    case StreamState::Verdict::kPastCredit:
      ++counters_.past_credit;
      answered = Refuse(peer, data.session, RefusalCode::kPastCredit,
                        "records beyond the credit that was granted");
      break;
    case StreamState::Verdict::kMalformed:
      ++counters_.malformed;
      answered = Refuse(peer, data.session, RefusalCode::kMalformed, RecordsMustBe(record_bytes));
      break;
    case StreamState::Verdict::kUncuttable:
      ++counters_.malformed;
      answered = Refuse(peer, data.session, RefusalCode::kMalformed,
                        "the batch repeats some of its records, and can't be cut because "
                        "its lines are not its records");
      break;
  }
  RF_RETURN_IF_ERROR(answered);
  return false;
}

absl::Status ReceiverProtocol::OnBye(const Peer& peer, const wire::Bye& bye, TimePoint now) {
  RF_ASSIGN_OR_RETURN(StreamEntry * stream, SessionStream(peer, bye.session, now));
  if (stream == nullptr) return absl::OkStatus();
  const uint64_t taken = stream->state.accepted().next_seq;
  if (bye.total > taken) return Nack(*stream);
  if (bye.total < taken) {
    return Refuse(peer, bye.session, RefusalCode::kTotal,
                  ToStd(absl::StrCat("the sender counts ", bye.total, " records, but ", taken,
                                     " have come")));
  }
  stream->bye_owed = true;
  return SettleStream(*stream);
}

void ReceiverProtocol::FillBatch(const StreamEntry& stream, const StreamState::Taken& taken,
                                 RawBatch& batch) {
  batch.stream = stream.info;
  batch.first_seq = taken.first_seq;
  batch.count = taken.count;
  batch.offset = taken.offset;
  batch.records.assign(taken.records);
  batch.end = stream.state.accepted();
  quota_.Spend(stream.info->key.source, taken.count, now_);
  ++counters_.batches;
  counters_.records += taken.count;
  counters_.bytes += taken.records.size();
  unacked_records_ += taken.count;
  unacked_bytes_ += taken.records.size();
}

absl::StatusOr<StreamEntry*> ReceiverProtocol::SessionStream(const Peer& peer, uint64_t session,
                                                             TimePoint now) {
  StreamEntry* stream = streams_.OfSession(session);
  if (stream == nullptr || stream->peer != peer.id || stream->welcome_owed) {
    RF_RETURN_IF_ERROR(Refuse(peer, session, RefusalCode::kNoSession,
                              "this session is unknown or was replaced: say HELLO"));
    return nullptr;
  }
  // A key can be revoked while its connection lives, and an id of a connection be taken over.
  if (!MaySendAs(peer, stream->info->key.source)) {
    RF_RETURN_IF_ERROR(RefuseSource(peer, session, stream->info->key.source));
    return nullptr;
  }
  stream->heard = now;
  return stream;
}

absl::Status ReceiverProtocol::Refuse(const Peer& peer, uint64_t session, RefusalCode code,
                                      std::string_view sentence) {
  ++counters_.refused;
  // Best effort: who does not get it hears nothing and says HELLO again.
  return out_.Send(peer.id, wire::Encode(wire::Refused{session, code, std::string(sentence)}))
      .status();
}

absl::Status ReceiverProtocol::RefuseSource(const Peer& peer, uint64_t session,
                                            std::string_view source) {
  ++counters_.not_allowed;
  return Refuse(peer, session, RefusalCode::kNotAllowed,
                ToStd(absl::StrCat("the sender's key may not send as source '", ToAbsl(source),
                                   "': see the receiver's list of allowed keys")));
}

absl::Status ReceiverProtocol::Nack(StreamEntry& stream) {
  const uint64_t next = stream.state.accepted().next_seq;
  if (stream.nacked == next) return absl::OkStatus();
  RF_ASSIGN_OR_RETURN(bool sent, SendTo(stream, wire::Nack{stream.session, next}));
  if (sent) stream.nacked = next;
  return absl::OkStatus();
}

absl::Status ReceiverProtocol::SettleStream(StreamEntry& stream) {
  if (stream.session == 0) return absl::OkStatus();
  const StreamPosition& acked = stream.state.acked();
  // Both answers let the sender go on: one that is too fast gets them later.
  const bool too_fast = !quota_.Allows(stream.info->key.source, now_);
  bool room = true;
  if (stream.welcome_owed && stream.state.settled() && !too_fast) {
    RF_ASSIGN_OR_RETURN(
        room, SendTo(stream, wire::Welcome{stream.session, stream.info->key.epoch, acked, credit_,
                                           wire::kMaxPayloadBytes}));
    if (room) {
      stream.welcome_owed = false;
      stream.ack_owed = false;
      ++counters_.sessions;
    }
  }
  if (room && stream.ack_owed && !stream.welcome_owed && !too_fast) {
    RF_ASSIGN_OR_RETURN(room, SendTo(stream, wire::Ack{stream.session, acked.next_seq, credit_}));
    if (room) stream.ack_owed = false;
  }
  if (room && stream.bye_owed && stream.state.settled()) {
    RF_ASSIGN_OR_RETURN(room, SendTo(stream, wire::ByeAck{stream.session, acked.next_seq}));
    if (room) {
      stream.bye_owed = false;
      stream.complete = true;
    }
  }
  const bool waits = too_fast && stream.session != 0 && (stream.welcome_owed || stream.ack_owed);
  streams_.SetOwed(stream, !room || waits);
  return absl::OkStatus();
}

absl::Status ReceiverProtocol::Settle(TimePoint now) {
  now_ = now;
  if (!streams_.AnythingOwed()) return absl::OkStatus();
  for (uint64_t session : streams_.Owed()) {
    StreamEntry* stream = streams_.OfSession(session);
    if (stream != nullptr) RF_RETURN_IF_ERROR(SettleStream(*stream));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ReceiverProtocol::SendTo(StreamEntry& stream, const wire::Message& message) {
  RF_ASSIGN_OR_RETURN(PeerOutbox::Sent sent, out_.Send(stream.peer, wire::Encode(message)));
  // To a peer that is gone nothing is owed; it says HELLO when it is back.
  if (sent == PeerOutbox::Sent::kNoPeer) streams_.EndSession(stream);
  return sent != PeerOutbox::Sent::kFull;
}

absl::Status ReceiverProtocol::Ack(const StreamKey& key, uint64_t next_seq) {
  StreamEntry* stream = streams_.Find(key);
  if (stream == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("acknowledged stream '", StreamName(key), "' is unknown"));
  }
  const uint64_t before = stream->state.acked().next_seq;
  std::optional<size_t> bytes = stream->state.Ack(next_seq);
  if (!bytes.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat("stream '", StreamName(key), "': record ",
                                                   next_seq, " does not begin a batch"));
  }
  unacked_bytes_ -= *bytes;
  unacked_records_ -= stream->state.acked().next_seq - before;
  stream->ack_owed = true;
  return SettleStream(*stream);
}

void ReceiverProtocol::Forget(const StreamKey& key) {
  StreamEntry* stream = streams_.Find(key);
  if (stream == nullptr) return;
  unacked_records_ -= stream->state.accepted().next_seq - stream->state.acked().next_seq;
  if (!stream->state.settled())
    unacked_bytes_ -= *stream->state.Ack(stream->state.accepted().next_seq);
  streams_.Erase(key);
}

}  // namespace ringfence
