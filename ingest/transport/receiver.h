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
#include "ingest/transport/stream.h"

namespace ringfence {

class ZmqContext;

struct ReceiverOptions {
  // "tcp://127.0.0.1:5571", "tcp://127.0.0.1:*" (any free port), "tcp://[::1]:5571", "ipc:///path".
  std::string endpoint;

  // Records per stream that may be sent beyond the last acknowledged one.
  uint32_t credit = 200'000;
  // Bytes of all streams handed out and not acknowledged; at this bound Next() reads no more.
  size_t max_unacked_bytes = 256 * 1024 * 1024;
  // Streams with a position or a sender; past it HELLO is refused.
  size_t max_streams = 100'000;
  // A stream without any record that has been silent this long makes room for another.
  std::chrono::milliseconds idle_stream_after{60'000};

  // Session numbers start here. Give a random number, so that a session of an earlier process is
  // never taken for one of this.
  uint64_t session_seed = 0;
  // Required. std::chrono::steady_clock::now, but for tests.
  std::function<std::chrono::steady_clock::time_point()> clock;
  // Whether a format can be read; the status's message goes to the sender. Empty: all are taken.
  std::function<absl::Status(const FormatSpec&)> check_format;
};

// Who sent a batch and how it is read. Shared by the batches of one session.
struct StreamInfo {
  StreamKey key;
  FormatSpec format;
};

// Records first_seq … end.next_seq - 1, as they came.
struct RawBatch {
  std::shared_ptr<const StreamInfo> stream;
  uint64_t first_seq = 0;
  uint32_t count = 0;
  uint64_t offset = 0;  // of the first record in its file (decoded text)
  std::string records;  // `count` records, each ended by '\n'; a quoted field may hold more '\n'
  StreamPosition end;   // the stream's position once this batch is durable
};

struct KeyedPosition {
  StreamKey key;
  StreamPosition position;
  bool complete = false;  // the sender said BYE and nothing came since
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
  uint64_t sessions = 0;           // WELCOME answers
};

// Not thread-safe: one thread calls everything, libzmq's own threads do the network.
class Receiver {
 public:
  // FailedPrecondition for an address that other hosts can reach (there is no authentication yet),
  // InvalidArgument for one that can't be understood, Unavailable when it can't be bound; each
  // names the address. `context` must outlive the receiver.
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

 private:
  class Impl;
  explicit Receiver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// OK when only this machine can reach the address; the errors of Receiver::Bind otherwise.
absl::Status CheckLocalEndpoint(std::string_view endpoint);

}  // namespace ringfence
