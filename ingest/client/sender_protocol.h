// The sending end of the CDR transport as a state machine: records and the receiver's answers in;
// messages, and the wish for a new connection, out. Knows no socket and no clock; `Sender` is this
// with a DEALER around it.
//
// Example, a simulated network:
//   SenderProtocol protocol(limits, link);
//   protocol.Open("live", epoch, format, 0, now);
//   ... an answer arrives: protocol.OnMessage(bytes, now);
//   ... now and then, and after each call: protocol.Step(now);
//   ... once opened(): while there is RoomFor(records.size()), protocol.Send(records, n, offset,
//   now);
//   ... at the end: protocol.BeginFinish(now), and Step(now) until finished().
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/transport/stream.h"
#include "ingest/transport/wire.h"

namespace ringfence {

struct SenderLimits {
  std::string endpoint;  // for the words of errors
  std::string source;    // 1 to 64 bytes
  // As those of SenderOptions.
  size_t window_bytes = 32 * 1024 * 1024;
  std::chrono::milliseconds resend_after{2'000};
  std::chrono::milliseconds resend_after_max{10'000};
  std::chrono::milliseconds give_up_after{30'000};
};

struct SenderCounters {
  uint64_t batches_sent = 0;  // every time one went out
  uint64_t batches_resent = 0;
  uint64_t connections = 0;
  uint64_t nacks = 0;
};

// A message that the link may still send from while it is in the window.
using SharedMessage = std::shared_ptr<const std::string>;

// The way to the receiver.
class ReceiverLink {
 public:
  virtual ~ReceiverLink() = default;
  // Makes the connection, or makes it anew: what the old one still holds must not arrive any more,
  // neither there nor here. Does not wait.
  virtual absl::Status Reconnect() = 0;
  // Without waiting; false when there is no room now.
  virtual absl::StatusOr<bool> Send(SharedMessage message) = 0;
};

// One stream after another. Not thread-safe. After an error of any call the stream is over, and
// every call but Open() returns that error again; the errors are those of Sender.
class SenderProtocol {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `link` must outlive it.
  SenderProtocol(SenderLimits limits, ReceiverLink& link);

  // Begins a stream, or resumes it. InvalidArgument, before anything is sent, when the receiver
  // would not understand the names or the format.
  absl::Status Open(std::string_view stream, uint64_t epoch, const FormatSpec& format,
                    uint64_t first_seq, TimePoint now);
  // Takes one message of the receiver.
  absl::Status OnMessage(std::string_view bytes, TimePoint now);
  // Sends what can go, makes the connection anew when that is due, gives up when it is time.
  absl::Status Step(TimePoint now);
  // Whether Send() would take this batch if it had room; otherwise its error.
  absl::Status CheckSend(std::string_view records, uint32_t count) const;
  // Takes the next records into the window, where there is RoomFor() them. Step() sends them.
  absl::Status Send(std::string_view records, uint32_t count, uint64_t offset, TimePoint now);
  // No more records come: the stream is closed when all is acknowledged.
  absl::Status BeginFinish(TimePoint now);
  // Ends the stream with Cancelled if it waits for anything.
  absl::Status Interrupt();

  bool opened() const { return opened_; }
  bool finished() const { return phase_ == Phase::kFinished; }
  bool RoomFor(size_t bytes) const {
    return window_.empty() || window_bytes_ + bytes <= limits_.window_bytes;
  }
  // An answer is expected.
  bool waiting() const {
    return phase_ == Phase::kHello || (phase_ == Phase::kOpen && (!window_.empty() || finishing_));
  }
  // A batch could go if the link had room.
  bool blocked() const {
    return phase_ == Phase::kOpen && due_ < window_.size() && window_[due_].end() <= credit_end_;
  }

  const StreamPosition& opened_at() const { return opened_at_; }
  uint64_t acked() const { return acked_; }
  uint64_t next_seq() const { return next_seq_; }
  size_t window_bytes() const { return window_bytes_; }
  size_t max_payload() const { return max_payload_; }
  uint32_t max_records() const { return credit_; }
  const SenderCounters& counters() const { return counters_; }

 private:
  enum class Phase { kClosed, kHello, kOpen, kFinished };

  struct Batch {
    uint64_t first_seq = 0;
    uint32_t count = 0;
    uint64_t offset = 0;
    uint64_t session = 0;        // that the message is of
    SharedMessage message = {};  // DATA, made once a session however often it is sent
    bool sent = false;

    uint64_t end() const { return first_seq + count; }
    std::string_view records() const {
      return std::string_view(*message).substr(wire::kDataOverheadBytes);
    }
    void Encode(uint64_t new_session, std::string_view payload);
  };

  absl::Status Connect(TimePoint now);
  absl::Status SendDue();
  absl::StatusOr<bool> SendNow(const wire::Message& message);
  absl::Status CheckProgress(TimePoint now) const;

  absl::Status Handle(std::string_view bytes, TimePoint now);
  absl::Status OnWelcome(const wire::Welcome& welcome, TimePoint now);
  absl::Status OnAck(const wire::Ack& ack, TimePoint now);
  void OnNack(const wire::Nack& nack);
  absl::Status OnRefused(const wire::Refused& refused);
  absl::Status Advance(uint64_t acked, TimePoint now);

  void StartWaiting(TimePoint now);  // from now on an answer is expected
  absl::Status Keep(absl::Status status);
  std::string Where() const;

  const SenderLimits limits_;
  ReceiverLink& link_;

  Phase phase_ = Phase::kClosed;
  absl::Status failed_;
  wire::Hello hello_;
  bool connected_before_ = false;
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

  TimePoint connected_;
  TimePoint progress_;  // when the receiver last came a step further
  TimePoint retry_at_;
  std::chrono::milliseconds retry_after_{0};
  std::string last_refusal_;
  SenderCounters counters_;
};

}  // namespace ringfence
