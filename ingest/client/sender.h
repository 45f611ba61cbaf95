// The sending end of the CDR transport, for mediation systems and `ringfence send`.
//
// Example:
//   ZmqContext context;
//   RF_ASSIGN_OR_RETURN(auto sender, Sender::Create(context, {.endpoint = "tcp://127.0.0.1:7700",
//                                                             .source = "msc-01",
//                                                             .clock = clock}));
//   RF_ASSIGN_OR_RETURN(StreamPosition position, sender->Open("live", epoch, format));
//   ... skip what is before position.next_seq, then for each batch:
//   RF_RETURN_IF_ERROR(sender->Send("id1,+8663155501 …\nid2,…\n", 2, offset));
//   RF_RETURN_IF_ERROR(sender->Finish());  // OK: all of it is durable at the receiver
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/client/sender_protocol.h"
#include "ingest/transport/stream.h"

namespace ringfence {

class ZmqContext;

struct SenderOptions {
  std::string endpoint;  // of the receiver: "tcp://127.0.0.1:7700", "ipc:///path"
  std::string source;    // this sender's name, unique among the receiver's senders; 1 to 64 bytes

  // CURVE, as Z85: our secret key and the receiver's public one; both or neither. Needed for a
  // receiver on another host.
  std::string curve_secret_key = {};
  std::string curve_server_key = {};

  // Bytes that are sent and not acknowledged; they are kept in memory to be sent again.
  size_t window_bytes = 32 * 1024 * 1024;
  // Without any answer for this long the connection is made anew, then after twice as long, …
  std::chrono::milliseconds resend_after{2'000};
  std::chrono::milliseconds resend_after_max{10'000};
  // Without progress for this long every waiting call gives up.
  std::chrono::milliseconds give_up_after{30'000};

  // Waiting calls end with Cancelled when it says true. May be empty.
  std::function<bool()> interrupted = nullptr;
  // Required. std::chrono::steady_clock::now, but for tests.
  std::function<std::chrono::steady_clock::time_point()> clock;
};

// Sends one stream after another. Not thread-safe. After an error of any call the stream is over:
// position() says what is durable at the receiver; Open() starts again. Errors: Unavailable (no
// answer within give_up_after), FailedPrecondition (the receiver refused; its sentence is in the
// message), InvalidArgument (the caller's mistake).
class Sender {
 public:
  // InvalidArgument for an endpoint or name that can't be used. Does not wait for the receiver.
  static absl::StatusOr<std::unique_ptr<Sender>> Create(ZmqContext& context, SenderOptions options);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  // Begins a stream, or resumes it: returns the position to send from, which is 0 for a stream that
  // the receiver does not know. Same name and epoch must mean the same records. `first_seq`: the
  // oldest record that the caller can still send. Waits for the receiver.
  absl::StatusOr<StreamPosition> Open(std::string_view stream, uint64_t epoch,
                                      const FormatSpec& format, uint64_t first_seq = 0);

  // The same without waiting: Poll() until opened().
  absl::Status BeginOpen(std::string_view stream, uint64_t epoch, const FormatSpec& format,
                         uint64_t first_seq = 0);
  bool opened() const;

  // Sends the next `count` records, each ended by '\n' or as long as the format says; `offset` is
  // the first one's place in its file (decoded text). 1 byte to max_payload() bytes. Copies; waits
  // while the window is used up, which is never when there is RoomFor() them.
  absl::Status Send(std::string_view records, uint32_t count, uint64_t offset);

  bool RoomFor(size_t bytes) const;

  // Reads answers, and sends again what is due. Call it now and then while there is nothing to
  // send. Waits up to `wait`, and only while an answer is expected.
  absl::Status Poll(std::chrono::milliseconds wait = std::chrono::milliseconds(0));

  // Waits until everything is acknowledged and closes the stream.
  absl::Status Finish();

  // What is durable at the receiver. content_crc and next_offset are those of Open().
  const StreamPosition& opened_at() const;
  uint64_t acked() const;       // sequence number: everything before is durable at the receiver
  uint64_t next_seq() const;    // of the next record to Send()
  size_t window_bytes() const;  // in use
  // What a batch may have; known after Open().
  size_t max_payload() const;    // bytes
  uint32_t max_records() const;  // the receiver's credit
  const SenderCounters& counters() const;

 private:
  class Impl;
  explicit Sender(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ringfence
