// The receiving end of the CDR transport as a state machine: messages of peers in; answers and
// batches out. Knows no socket and no clock; `Receiver` is this with a ROUTER around it.
//
// Example, a simulated network:
//   ReceiverProtocol protocol(limits, outbox);
//   protocol.Restore(positions_from_the_snapshot);
//   ... a message arrives:
//   if (!protocol.full()) {
//     RF_ASSIGN_OR_RETURN(bool got, protocol.OnMessage({.id = peer}, bytes, now, batch));
//     if (got) journal.Append(batch);
//   }
//   ... after a sync: protocol.Ack(batch.stream->key, batch.end.next_seq);
//   ... now and then: protocol.Settle(now);
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/transport/raw_batch.h"
#include "ingest/transport/source_quota.h"
#include "ingest/transport/stream_table.h"
#include "ingest/transport/wire.h"

namespace ringfence {

// What bounds a receiver, and what it is told about the service behind it.
struct ReceiverLimits {
  // Records per stream that may be sent beyond the last acknowledged one.
  uint32_t credit = 200'000;
  // Records a second of one source, over all of its streams; a faster one has to wait. 0: no limit.
  uint32_t source_records_per_second = 0;
  // Bytes of all streams handed out and not acknowledged; at this bound no more is read.
  size_t max_unacked_bytes = 256 * 1024 * 1024;
  // Streams with a position or a sender; past it HELLO is refused.
  size_t max_streams = 100'000;
  // A stream without any record that has been silent this long makes room for another.
  std::chrono::milliseconds idle_stream_after{60'000};

  // Session numbers start here. Give a random number, so that a session of an earlier process is
  // never taken for one of this.
  uint64_t session_seed = 0;
  // Whether a format can be read; the status's message goes to the sender. Empty: all are taken.
  std::function<absl::Status(const FormatSpec&)> check_format;
};

struct ReceiverCounters {
  uint64_t batches = 0;  // handed out
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t duplicate_records = 0;  // came again and were dropped
  uint64_t gaps = 0;               // batches dropped because records before them are missing
  uint64_t corrupt = 0;            // checksum differs
  uint64_t malformed = 0;          // no message of this protocol, or of another version
  uint64_t refused = 0;            // REFUSED answers
  uint64_t past_credit = 0;        // batches beyond the credit
  uint64_t not_allowed = 0;        // messages for a source that is not the peer's
  uint64_t sessions = 0;           // WELCOME answers
};

// The way to the peers.
class PeerOutbox {
 public:
  enum class Sent {
    kYes,
    kFull,    // no room now; Settle() tries again
    kNoPeer,  // it is gone
  };

  virtual ~PeerOutbox() = default;
  // Without waiting. An error means that nothing can be sent any more.
  virtual absl::StatusOr<Sent> Send(std::string_view peer, std::string_view bytes) = 0;
};

// Not thread-safe.
class ReceiverProtocol {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Where a message comes from.
  struct Peer {
    std::string_view id;  // of the connection; answers go there
    // The source that the peer has proved to be; "" is one that may not send. None: peers are not
    // authenticated and may use any source.
    std::optional<std::string_view> source = std::nullopt;
  };

  // `out` must outlive it.
  ReceiverProtocol(ReceiverLimits limits, PeerOutbox& out);

  // Handles one message. True when it made `batch`, whose content is replaced. Within a stream
  // batches come in order, without gap or repetition over the receiver's life and, with Restore,
  // over restarts. Errors are those of the outbox.
  absl::StatusOr<bool> OnMessage(const Peer& peer, std::string_view bytes, TimePoint now,
                                 RawBatch& batch);
  // Sends what is owed and can go now. Call it before waiting for messages.
  absl::Status Settle(TimePoint now);
  // max_unacked_bytes is reached: leave messages where they are until something is acknowledged.
  bool full() const { return unacked_bytes_ >= limits_.max_unacked_bytes; }

  // As those of Receiver.
  absl::Status Ack(const StreamKey& key, uint64_t next_seq);
  std::vector<KeyedPosition> Positions() const { return streams_.Positions(); }
  absl::Status Restore(const std::vector<KeyedPosition>& positions) {
    return streams_.Restore(positions);
  }
  void Forget(const StreamKey& key);

  uint64_t unacked_records() const { return unacked_records_; }
  size_t unacked_bytes() const { return unacked_bytes_; }
  const ReceiverCounters& counters() const { return counters_; }

 private:
  // Each handles one message of `peer`; true when `batch` was filled.
  absl::StatusOr<bool> OnData(const Peer& peer, const wire::Data& data, TimePoint now,
                              RawBatch& batch);
  absl::Status OnHello(const Peer& peer, const wire::Hello& hello, TimePoint now);
  absl::Status OnBye(const Peer& peer, const wire::Bye& bye, TimePoint now);
  absl::Status OnUnreadable(const Peer& peer, const absl::Status& why);

  void FillBatch(const StreamEntry& stream, const StreamState::Taken& taken, RawBatch& batch);
  // The stream of a session if it is this peer's; otherwise tells the peer and returns nullptr.
  absl::StatusOr<StreamEntry*> SessionStream(const Peer& peer, uint64_t session, TimePoint now);

  absl::Status Refuse(const Peer& peer, uint64_t session, wire::RefusalCode code,
                      std::string_view sentence);
  absl::Status RefuseSource(const Peer& peer, uint64_t session, std::string_view source);
  absl::Status Nack(StreamEntry& stream);
  absl::Status SettleStream(StreamEntry& stream);
  // False when the peer's queue is full; ends the session when the peer is gone.
  absl::StatusOr<bool> SendTo(StreamEntry& stream, const wire::Message& message);

  const ReceiverLimits limits_;
  PeerOutbox& out_;
  SourceQuota quota_;
  const uint32_t credit_;  // of a stream, by limits and quota
  TimePoint now_;          // of the latest call that said it
  StreamTable streams_;
  uint64_t unacked_records_ = 0;
  size_t unacked_bytes_ = 0;
  ReceiverCounters counters_;
};

}  // namespace ringfence
