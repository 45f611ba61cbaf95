// The receiving end of the CDR transport: a ZeroMQ ROUTER that hands out raw batches in order.
//
// Example, a service with one thread:
//   RF_ASSIGN_OR_RETURN(auto receiver, Receiver::Bind(context, options));
//   receiver->Restore(positions_from_the_snapshot);
//   RawBatch batch;
//   for (;;) {
//     RF_ASSIGN_OR_RETURN(bool got, receiver->Next(batch, 5ms));
//     if (got) { journal.Append(batch); continue; }
//     journal.Sync();
//     for (each stream in the journal's group) receiver->Ack(batch.stream->key,
//     batch.end.next_seq);
//   }
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/transport/raw_batch.h"
#include "ingest/transport/receiver_protocol.h"
#include "ingest/transport/zap_server.h"

namespace ringfence {

class ZmqContext;

struct ReceiverOptions : ReceiverLimits {
  // "tcp://127.0.0.1:7700", "tcp://127.0.0.1:*" (any free port), "tcp://[::1]:7700", "ipc:///path".
  // Other addresses need CURVE.
  std::string endpoint;

  // CURVE: both or neither. Our secret key (Z85), and the file of the keys that may send
  // (allow_list.h), which is read again when it changes.
  std::string curve_secret_key = {};
  std::string curve_allow_path = {};

  // Required. std::chrono::steady_clock::now, but for tests.
  std::function<std::chrono::steady_clock::time_point()> clock;
};

// Not thread-safe: one thread calls everything, libzmq's own threads do the network.
class Receiver {
 public:
  // FailedPrecondition for an address that other hosts can reach when there are no CURVE keys,
  // InvalidArgument for one that can't be understood, Unavailable when it can't be bound; each
  // names the address. Also the errors of AllowList::Load. `context` must outlive the receiver; a
  // context can have one receiver with CURVE.
  static absl::StatusOr<std::unique_ptr<Receiver>> Bind(ZmqContext& context,
                                                        ReceiverOptions options);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  // The bound address, with the port that was chosen for '*'.
  const std::string& endpoint() const;

  // Replaces the content of `batch` with the next batch of some stream and returns true; false when
  // nothing came within `wait`. Within a stream batches come in order, without gap or repetition
  // over the receiver's life and, with Restore, over restarts. Answers HELLO, BYE and bad messages
  // meanwhile. False at once while max_unacked_bytes is reached: then acknowledge something.
  // An error (Internal) means that the socket is unusable.
  absl::StatusOr<bool> Next(RawBatch& batch, std::chrono::milliseconds wait);

  // Everything of the stream before `next_seq` is durable (or handled, as the service defines it);
  // tells the sender. `next_seq` is the end of a batch that was handed out, or an earlier
  // acknowledgement again. InvalidArgument otherwise, NotFound for an unknown stream.
  absl::Status Ack(const StreamKey& stream, uint64_t next_seq);

  // Acknowledged positions of all streams that have any, sorted by key: what a snapshot keeps.
  std::vector<KeyedPosition> Positions() const;
  // Takes positions of an earlier process. Before the first Next(). FailedPrecondition when there
  // are more than max_streams.
  absl::Status Restore(const std::vector<KeyedPosition>& positions);
  // Forgets a stream, so that its records would be taken as new. For streams past retention.
  void Forget(const StreamKey& stream);

  uint64_t unacked_records() const;
  size_t unacked_bytes() const;
  const ReceiverCounters& counters() const;
  // Of CURVE; all zero without.
  HandshakeCounters handshakes() const;

 private:
  class Impl;
  explicit Receiver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ringfence
