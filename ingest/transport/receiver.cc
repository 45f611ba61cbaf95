#include "ingest/transport/receiver.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/stream_state.h"
#include "ingest/transport/wire.h"
#include "ingest/transport/zmq_socket.h"

namespace ringfence {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Messages that Next() answers in one go before it looks at the time again.
constexpr int kMessagesPerLook = 256;
constexpr milliseconds kEvictEvery{1'000};

struct Stream {
  StreamState state;
  std::shared_ptr<const StreamInfo> info;  // of the present session
  uint64_t session = 0;                    // 0: no sender
  std::string peer;                        // its routing id
  Clock::time_point heard;
  std::optional<uint64_t> nacked;  // the record that was asked for; asked once
  bool complete = false;
  // Answers that wait: for durability, or for room in the peer's queue.
  bool welcome_owed = false;
  bool ack_owed = false;
  bool bye_owed = false;
};

absl::string_view StreamName(const StreamKey& key) { return ToAbsl(key.stream); }

}  // namespace

class Receiver::Impl {
 public:
  Impl(ReceiverOptions options, ZmqSocket socket, std::string endpoint)
      : options_(std::move(options)),
        socket_(std::move(socket)),
        endpoint_(std::move(endpoint)),
        next_session_(options_.session_seed) {}

  absl::StatusOr<bool> Next(RawBatch& batch, milliseconds wait);
  absl::Status Ack(const StreamKey& key, uint64_t next_seq);
  std::vector<KeyedPosition> Positions() const;
  absl::Status Restore(const std::vector<KeyedPosition>& positions);
  void Forget(const StreamKey& key);

  const std::string& endpoint() const { return endpoint_; }
  uint64_t unacked_records() const { return unacked_records_; }
  size_t unacked_bytes() const { return unacked_bytes_; }
  const ReceiverCounters& counters() const { return counters_; }

 private:
  // Each handles one message of `peer_`; true when `batch` was filled.
  absl::StatusOr<bool> Handle(std::string_view bytes, RawBatch& batch);
  absl::Status OnHello(const wire::Hello& hello);
  absl::StatusOr<bool> OnData(const wire::Data& data, RawBatch& batch);
  absl::Status OnBye(const wire::Bye& bye);

  void FillBatch(const Stream& stream, const StreamState::Taken& taken, RawBatch& batch);
  Stream* FindOrAdd(const StreamKey& key);
  bool EvictIdle();
  // The stream of a session if it is this peer's; otherwise tells the peer and returns nullptr.
  absl::StatusOr<Stream*> SessionStream(uint64_t session);

  absl::Status Refuse(uint64_t session, wire::RefusalCode code, std::string_view sentence);
  absl::Status Nack(Stream& stream);
  // Sends what is owed and can go now.
  absl::Status Settle(Stream& stream);
  absl::Status SettleAll();
  // False when the peer's queue is full; ends the session when the peer is gone.
  absl::StatusOr<bool> SendTo(Stream& stream, const wire::Message& message);
  void EndSession(Stream& stream);

  ReceiverOptions options_;
  ZmqSocket socket_;
  std::string endpoint_;
  uint64_t next_session_;
  absl::flat_hash_map<StreamKey, std::unique_ptr<Stream>> streams_;
  absl::flat_hash_map<uint64_t, Stream*> sessions_;
  absl::flat_hash_set<uint64_t> owed_;  // sessions that something is owed to
  std::optional<Clock::time_point> evicted_;
  std::string peer_;  // of the message at hand
  uint64_t unacked_records_ = 0;
  size_t unacked_bytes_ = 0;
  ReceiverCounters counters_;
};

absl::StatusOr<bool> Receiver::Impl::Next(RawBatch& batch, milliseconds wait) {
  const Clock::time_point deadline = options_.clock() + wait;
  RF_RETURN_IF_ERROR(SettleAll());
  if (unacked_bytes_ >= options_.max_unacked_bytes) return false;
  ZmqFrame frame;
  for (int handled = 0;;) {
    size_t frames = 0;
    RF_ASSIGN_OR_RETURN(bool got, socket_.Receive(peer_, frame, frames));
    if (got) {
      // One frame is what a DEALER sends; anything else is no message of this protocol.
      RF_ASSIGN_OR_RETURN(bool filled,
                          Handle(frames == 1 ? frame.view() : std::string_view(), batch));
      if (filled) return true;
      if (++handled % kMessagesPerLook != 0) continue;
    }
    const auto left = std::chrono::ceil<milliseconds>(deadline - options_.clock());
    if (left <= milliseconds(0)) return false;
    if (got) continue;
    RF_ASSIGN_OR_RETURN(bool readable, socket_.Wait(left));
    if (!readable) return false;
  }
}

absl::StatusOr<bool> Receiver::Impl::Handle(std::string_view bytes, RawBatch& batch) {
  absl::StatusOr<wire::Message> message = wire::Decode(bytes);
  if (!message.ok()) {
    if (absl::IsDataLoss(message.status())) {
      // Not even the session can be believed. The gap it leaves, or the sender's time-out, brings
      // the records again.
      ++counters_.corrupt;
      return false;
    }
    ++counters_.malformed;
    const auto code = absl::IsUnimplemented(message.status()) ? wire::RefusalCode::kVersion
                                                              : wire::RefusalCode::kMalformed;
    RF_RETURN_IF_ERROR(Refuse(0, code, ToStd(message.status().message())));
    return false;
  }
  if (const auto* data = std::get_if<wire::Data>(&*message)) return OnData(*data, batch);
  absl::Status status;
  if (const auto* hello = std::get_if<wire::Hello>(&*message)) {
    status = OnHello(*hello);
  } else if (const auto* bye = std::get_if<wire::Bye>(&*message)) {
    status = OnBye(*bye);
  } else {
    ++counters_.malformed;
    status = Refuse(0, wire::RefusalCode::kMalformed, "this message is for senders only");
  }
  RF_RETURN_IF_ERROR(status);
  return false;
}

absl::Status Receiver::Impl::OnHello(const wire::Hello& hello) {
  if (options_.check_format) {
    absl::Status readable = options_.check_format(hello.format);
    if (!readable.ok()) {
      return Refuse(0, wire::RefusalCode::kFormat, ToStd(readable.message()));
    }
  }
  Stream* stream = FindOrAdd(hello.key);
  if (stream == nullptr) {
    return Refuse(0, wire::RefusalCode::kStreams,
                  ToStd(absl::StrCat("this receiver keeps ", options_.max_streams,
                                     " streams and has no room for another")));
  }
  const uint64_t needed = stream->state.acked().next_seq;
  if (hello.first_seq > needed) {
    return Refuse(0, wire::RefusalCode::kGap,
                  ToStd(absl::StrCat("stream '", StreamName(hello.key), "' goes on with record ",
                                     needed, " here, but the sender's oldest is ", hello.first_seq,
                                     ": send it from the start under a new epoch")));
  }
  EndSession(*stream);
  if (next_session_ == 0) ++next_session_;  // 0 means "none"
  stream->session = next_session_++;
  stream->peer = peer_;
  stream->heard = options_.clock();
  stream->info = std::make_shared<const StreamInfo>(StreamInfo{hello.key, hello.format});
  sessions_[stream->session] = stream;
  // Goes out when all that was taken is durable, so that its position is exact and nothing that was
  // taken is sent again.
  stream->welcome_owed = true;
  return Settle(*stream);
}

absl::StatusOr<bool> Receiver::Impl::OnData(const wire::Data& data, RawBatch& batch) {
  RF_ASSIGN_OR_RETURN(Stream * stream, SessionStream(data.session));
  if (stream == nullptr) return false;
  StreamState::Taken taken;
  switch (stream->state.Accept(data, options_.credit, taken)) {
    case StreamState::Verdict::kTaken:
      counters_.duplicate_records += taken.repeated;
      stream->nacked.reset();
      stream->complete = false;
      FillBatch(*stream, taken, batch);
      return true;
    case StreamState::Verdict::kDuplicate:
      counters_.duplicate_records += data.count;
      stream->ack_owed = true;  // the sender may have missed the one that covered them
      RF_RETURN_IF_ERROR(Settle(*stream));
      return false;
    case StreamState::Verdict::kGap:
      ++counters_.gaps;
      RF_RETURN_IF_ERROR(Nack(*stream));
      return false;
    case StreamState::Verdict::kPastCredit:
      ++counters_.past_credit;
      RF_RETURN_IF_ERROR(Refuse(data.session, wire::RefusalCode::kPastCredit,
                                "records beyond the credit that was granted"));
      return false;
    case StreamState::Verdict::kMalformed:
      ++counters_.malformed;
      RF_RETURN_IF_ERROR(Refuse(data.session, wire::RefusalCode::kMalformed,
                                "the batch repeats some of its records, and can't be cut because "
                                "its lines are not its records"));
      return false;
  }
  return absl::InternalError("unknown verdict");
}

absl::Status Receiver::Impl::OnBye(const wire::Bye& bye) {
  RF_ASSIGN_OR_RETURN(Stream * stream, SessionStream(bye.session));
  if (stream == nullptr) return absl::OkStatus();
  const uint64_t taken = stream->state.accepted().next_seq;
  if (bye.total > taken) return Nack(*stream);
  if (bye.total < taken) {
    return Refuse(bye.session, wire::RefusalCode::kTotal,
                  ToStd(absl::StrCat("the sender counts ", bye.total, " records, but ", taken,
                                     " have come")));
  }
  stream->bye_owed = true;
  return Settle(*stream);
}

void Receiver::Impl::FillBatch(const Stream& stream, const StreamState::Taken& taken,
                               RawBatch& batch) {
  batch.stream = stream.info;
  batch.first_seq = taken.first_seq;
  batch.count = taken.count;
  batch.offset = taken.offset;
  batch.records.assign(taken.records);
  batch.end = stream.state.accepted();
  ++counters_.batches;
  counters_.records += taken.count;
  counters_.bytes += taken.records.size();
  unacked_records_ += taken.count;
  unacked_bytes_ += taken.records.size();
}

Stream* Receiver::Impl::FindOrAdd(const StreamKey& key) {
  auto found = streams_.find(key);
  if (found != streams_.end()) return found->second.get();
  if (streams_.size() >= options_.max_streams && !EvictIdle()) return nullptr;
  return streams_.emplace(key, std::make_unique<Stream>()).first->second.get();
}

bool Receiver::Impl::EvictIdle() {
  const Clock::time_point now = options_.clock();
  // The whole table is walked: a flood of HELLOs must not make that the only work.
  if (evicted_.has_value() && now - *evicted_ < kEvictEvery) return false;
  evicted_ = now;
  const size_t before = streams_.size();
  absl::erase_if(streams_, [&](auto& entry) {
    Stream& stream = *entry.second;
    const bool idle =
        stream.state.accepted().next_seq == 0 && now - stream.heard >= options_.idle_stream_after;
    if (idle) EndSession(stream);
    return idle;
  });
  return streams_.size() < before;
}

absl::StatusOr<Stream*> Receiver::Impl::SessionStream(uint64_t session) {
  auto found = sessions_.find(session);
  if (found != sessions_.end() && found->second->peer == peer_ && !found->second->welcome_owed) {
    found->second->heard = options_.clock();
    return found->second;
  }
  RF_RETURN_IF_ERROR(Refuse(session, wire::RefusalCode::kNoSession,
                            "this session is unknown or was replaced: say HELLO"));
  return nullptr;
}

absl::Status Receiver::Impl::Refuse(uint64_t session, wire::RefusalCode code,
                                    std::string_view sentence) {
  ++counters_.refused;
  // Best effort: who does not get it hears nothing and says HELLO again.
  return socket_.Send(peer_, wire::Encode(wire::Refused{session, code, std::string(sentence)}))
      .status();
}

absl::Status Receiver::Impl::Nack(Stream& stream) {
  const uint64_t next = stream.state.accepted().next_seq;
  if (stream.nacked == next) return absl::OkStatus();
  RF_ASSIGN_OR_RETURN(bool sent, SendTo(stream, wire::Nack{stream.session, next}));
  if (sent) stream.nacked = next;
  return absl::OkStatus();
}

absl::Status Receiver::Impl::Settle(Stream& stream) {
  if (stream.session == 0) return absl::OkStatus();
  const StreamPosition& acked = stream.state.acked();
  bool room = true;
  if (stream.welcome_owed && stream.state.settled()) {
    RF_ASSIGN_OR_RETURN(room,
                        SendTo(stream, wire::Welcome{stream.session, stream.info->key.epoch, acked,
                                                     options_.credit, wire::kMaxPayloadBytes}));
    if (room) {
      stream.welcome_owed = false;
      stream.ack_owed = false;
      ++counters_.sessions;
    }
  }
  if (room && stream.ack_owed && !stream.welcome_owed) {
    RF_ASSIGN_OR_RETURN(room,
                        SendTo(stream, wire::Ack{stream.session, acked.next_seq, options_.credit}));
    if (room) stream.ack_owed = false;
  }
  if (room && stream.bye_owed && stream.state.settled()) {
    RF_ASSIGN_OR_RETURN(room, SendTo(stream, wire::ByeAck{stream.session, acked.next_seq}));
    if (room) {
      stream.bye_owed = false;
      stream.complete = true;
    }
  }
  if (room) {
    owed_.erase(stream.session);
  } else {
    owed_.insert(stream.session);
  }
  return absl::OkStatus();
}

absl::Status Receiver::Impl::SettleAll() {
  if (owed_.empty()) return absl::OkStatus();
  const std::vector<uint64_t> sessions(owed_.begin(), owed_.end());
  for (uint64_t session : sessions) {
    auto found = sessions_.find(session);
    if (found != sessions_.end()) RF_RETURN_IF_ERROR(Settle(*found->second));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Receiver::Impl::SendTo(Stream& stream, const wire::Message& message) {
  RF_ASSIGN_OR_RETURN(ZmqSocket::Sent sent, socket_.Send(stream.peer, wire::Encode(message)));
  // To a peer that is gone nothing is owed; it says HELLO when it is back.
  if (sent == ZmqSocket::Sent::kNoPeer) EndSession(stream);
  return sent != ZmqSocket::Sent::kFull;
}

void Receiver::Impl::EndSession(Stream& stream) {
  owed_.erase(stream.session);
  sessions_.erase(stream.session);
  stream.session = 0;
  stream.peer.clear();
  stream.nacked.reset();
  stream.welcome_owed = stream.ack_owed = stream.bye_owed = false;
}

absl::Status Receiver::Impl::Ack(const StreamKey& key, uint64_t next_seq) {
  auto found = streams_.find(key);
  if (found == streams_.end()) {
    return absl::NotFoundError(
        absl::StrCat("acknowledged stream '", StreamName(key), "' is unknown"));
  }
  Stream& stream = *found->second;
  const uint64_t before = stream.state.acked().next_seq;
  std::optional<size_t> bytes = stream.state.Ack(next_seq);
  if (!bytes.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat("stream '", StreamName(key), "': record ",
                                                   next_seq, " does not begin a batch"));
  }
  unacked_bytes_ -= *bytes;
  unacked_records_ -= stream.state.acked().next_seq - before;
  stream.ack_owed = true;
  return Settle(stream);
}

std::vector<KeyedPosition> Receiver::Impl::Positions() const {
  std::vector<KeyedPosition> positions;
  for (const auto& [key, stream] : streams_) {
    const StreamPosition& acked = stream->state.acked();
    if (acked.next_seq > 0) positions.push_back({key, acked, stream->complete});
  }
  std::sort(positions.begin(), positions.end(),
            [](const KeyedPosition& a, const KeyedPosition& b) { return a.key < b.key; });
  return positions;
}

absl::Status Receiver::Impl::Restore(const std::vector<KeyedPosition>& positions) {
  if (positions.size() > options_.max_streams) {
    return absl::FailedPreconditionError(absl::StrCat(
        positions.size(), " streams are to be restored, the limit is ", options_.max_streams));
  }
  for (const KeyedPosition& from : positions) {
    auto stream = std::make_unique<Stream>();
    stream->state = StreamState(from.position);
    stream->complete = from.complete;
    streams_[from.key] = std::move(stream);
  }
  return absl::OkStatus();
}

void Receiver::Impl::Forget(const StreamKey& key) {
  auto found = streams_.find(key);
  if (found == streams_.end()) return;
  Stream& stream = *found->second;
  EndSession(stream);
  unacked_records_ -= stream.state.accepted().next_seq - stream.state.acked().next_seq;
  if (!stream.state.settled())
    unacked_bytes_ -= *stream.state.Ack(stream.state.accepted().next_seq);
  streams_.erase(found);
}

absl::StatusOr<std::unique_ptr<Receiver>> Receiver::Bind(ZmqContext& context,
                                                         ReceiverOptions options) {
  RF_RETURN_IF_ERROR(CheckLocalEndpoint(options.endpoint));
  if (!options.clock) return absl::InvalidArgumentError("a receiver needs a clock");
  if (options.credit == 0) return absl::InvalidArgumentError("a receiver needs a credit above 0");
  ZmqSocket::Limits limits;
  limits.message_bytes = static_cast<int64_t>(wire::kMaxMessageBytes);
  RF_ASSIGN_OR_RETURN(ZmqSocket socket,
                      ZmqSocket::Create(context, ZmqSocket::Kind::kRouter, limits));
  RF_RETURN_IF_ERROR(socket.Bind(options.endpoint));
  RF_ASSIGN_OR_RETURN(std::string endpoint, socket.BoundEndpoint());
  return std::unique_ptr<Receiver>(new Receiver(
      std::make_unique<Impl>(std::move(options), std::move(socket), std::move(endpoint))));
}

Receiver::Receiver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Receiver::~Receiver() = default;

const std::string& Receiver::endpoint() const { return impl_->endpoint(); }
absl::StatusOr<bool> Receiver::Next(RawBatch& batch, milliseconds wait) {
  return impl_->Next(batch, wait);
}
absl::Status Receiver::Ack(const StreamKey& stream, uint64_t next_seq) {
  return impl_->Ack(stream, next_seq);
}
std::vector<KeyedPosition> Receiver::Positions() const { return impl_->Positions(); }
absl::Status Receiver::Restore(const std::vector<KeyedPosition>& positions) {
  return impl_->Restore(positions);
}
void Receiver::Forget(const StreamKey& stream) { impl_->Forget(stream); }
uint64_t Receiver::unacked_records() const { return impl_->unacked_records(); }
size_t Receiver::unacked_bytes() const { return impl_->unacked_bytes(); }
const ReceiverCounters& Receiver::counters() const { return impl_->counters(); }

}  // namespace ringfence
