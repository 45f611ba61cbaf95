#include "tests/bench/zmq_flow.h"

#include <zmq.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/client/sender.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/receiver.h"
#include "ingest/transport/zmq_context.h"
#include "tests/bench/timing.h"

namespace ringfence {
namespace {

constexpr int kPatienceMs = 30'000;

// A socket of libzmq itself, closed at the end.
class PlainSocket {
 public:
  PlainSocket(ZmqContext& context, int type) : socket_(zmq_socket(context.handle(), type)) {
    zmq_setsockopt(socket_, ZMQ_RCVTIMEO, &kPatienceMs, sizeof kPatienceMs);
    zmq_setsockopt(socket_, ZMQ_SNDTIMEO, &kPatienceMs, sizeof kPatienceMs);
  }
  ~PlainSocket() { zmq_close(socket_); }
  PlainSocket(const PlainSocket&) = delete;
  PlainSocket& operator=(const PlainSocket&) = delete;

  void* get() const { return socket_; }

 private:
  void* socket_;
};

absl::Status Failed(const char* what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", zmq_strerror(zmq_errno())));
}

// Takes `count` messages and counts their bytes.
absl::StatusOr<uint64_t> Take(const PlainSocket& pull, size_t count) {
  uint64_t bytes = 0;
  for (size_t i = 0; i < count; ++i) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    const bool got = zmq_msg_recv(&message, pull.get(), 0) >= 0;
    bytes += zmq_msg_size(&message);
    zmq_msg_close(&message);
    if (!got) return Failed("receive");
  }
  return bytes;
}

// What the sending thread says of itself; to be read once it has ended, but for `over`.
struct Sending {
  double began = 0;  // on the wall's clock
  absl::Status status;
  std::atomic<bool> over = false;
};

void Push(const PlainSocket& push, const Messages& messages, Sending& sending) {
  // Goes out once the other end is connected.
  if (zmq_send(push.get(), "", 0, 0) < 0) sending.status = Failed("send");
  sending.began = MicrosNow(kWallClock);
  for (const Messages::Message& message : messages.all) {
    if (zmq_send(push.get(), message.bytes.data(), message.bytes.size(), 0) < 0) {
      sending.status = Failed("send");
      return;
    }
  }
}

absl::Status Ship(Sender& sender, const Messages& messages, const FormatSpec& format,
                  double& began) {
  RF_RETURN_IF_ERROR(sender.Open("bench", 1, format).status());
  began = MicrosNow(kWallClock);
  uint64_t offset = 0;
  for (const Messages::Message& message : messages.all) {
    RF_RETURN_IF_ERROR(sender.Send(message.bytes, message.records, offset));
    offset += message.bytes.size();
  }
  return sender.Finish();
}

// Takes the batches that are there without waiting, which a service makes durable together, and
// acknowledges them together as it does; returns the records.
absl::StatusOr<uint64_t> TakeGroup(Receiver& receiver, RawBatch& batch,
                                   const std::function<absl::Status(const RawBatch&)>& take) {
  constexpr size_t kMost = 1024 * 1024;  // bytes
  uint64_t records = 0;
  RF_ASSIGN_OR_RETURN(bool got, receiver.Next(batch, std::chrono::milliseconds(5)));
  for (size_t bytes = 0; got;) {
    RF_RETURN_IF_ERROR(take(batch));
    records += batch.count;
    bytes += batch.records.size();
    got = false;
    if (bytes < kMost) {
      RF_ASSIGN_OR_RETURN(got, receiver.Next(batch, std::chrono::milliseconds(0)));
    }
  }
  if (records > 0) RF_RETURN_IF_ERROR(receiver.Ack(batch.stream->key, batch.end.next_seq));
  return records;
}

// Until the sending is over; returns when the last record had been taken.
absl::StatusOr<double> TakeBatches(Receiver& receiver, uint64_t records, const Sending& sending,
                                   const std::function<absl::Status(const RawBatch&)>& take) {
  RawBatch batch;
  double end = 0;
  uint64_t taken = 0;
  while (!sending.over) {
    RF_ASSIGN_OR_RETURN(const uint64_t group, TakeGroup(receiver, batch, take));
    taken += group;
    if (group > 0 && taken == records) end = MicrosNow(kWallClock);
  }
  if (end == 0) return absl::DataLossError(absl::StrCat(taken, " of ", records, " records came"));
  return end;
}

}  // namespace

absl::StatusOr<Messages> MakeMessages(CarrierTraffic& traffic, uint64_t records,
                                      size_t message_bytes, const RecordEncoding& encoding,
                                      uint64_t& next_index) {
  constexpr size_t kLongest = 200;  // of a record, so that none has to be taken out again
  Messages messages;
  Messages::Message message;
  std::vector<Cdr> calls;
  for (uint64_t made = 0; made < records; made += calls.size()) {
    traffic.Fill(std::min<uint64_t>(4096, records - made), calls);
    for (const Cdr& call : calls) {
      RF_RETURN_IF_ERROR(encoding.append(call, next_index++, message.bytes));
      ++message.records;
      if (message.bytes.size() + kLongest <= message_bytes) continue;
      messages.bytes += message.bytes.size();
      messages.all.push_back(std::exchange(message, {}));
    }
  }
  if (message.records > 0) {
    messages.bytes += message.bytes.size();
    messages.all.push_back(std::move(message));
  }
  messages.records = records;
  return messages;
}

absl::StatusOr<double> SendRaw(const Messages& messages) {
  ZmqContext here, there;
  const PlainSocket pull(here, ZMQ_PULL), push(there, ZMQ_PUSH);
  char endpoint[64];
  size_t size = sizeof endpoint;
  if (zmq_bind(push.get(), "tcp://127.0.0.1:*") != 0 ||
      zmq_getsockopt(push.get(), ZMQ_LAST_ENDPOINT, endpoint, &size) != 0 ||
      zmq_connect(pull.get(), endpoint) != 0) {
    return Failed("connect");
  }
  Sending sending;
  std::thread thread([&] { Push(push, messages, sending); });
  const absl::StatusOr<uint64_t> bytes = Take(pull, messages.all.size() + 1);
  const double end = MicrosNow(kWallClock);
  thread.join();
  RF_RETURN_IF_ERROR(sending.status);
  RF_RETURN_IF_ERROR(bytes.status());
  if (*bytes != messages.bytes) return absl::DataLossError("other bytes came than were sent");
  return end - sending.began;
}

absl::StatusOr<double> SendAcknowledged(const Messages& messages, const FormatSpec& format,
                                        const std::function<absl::Status(const RawBatch&)>& take) {
  const auto clock = [] { return std::chrono::steady_clock::now(); };
  ZmqContext here, there;
  ReceiverOptions options;
  options.endpoint = "tcp://127.0.0.1:*";
  options.clock = clock;
  RF_ASSIGN_OR_RETURN(const auto receiver, Receiver::Bind(here, options));
  RF_ASSIGN_OR_RETURN(
      const auto sender,
      Sender::Create(there, {.endpoint = receiver->endpoint(), .source = "bench", .clock = clock}));
  Sending sending;
  std::thread thread([&] {
    sending.status = Ship(*sender, messages, format, sending.began);
    sending.over = true;
  });
  const absl::StatusOr<double> end = TakeBatches(*receiver, messages.records, sending, take);
  thread.join();
  RF_RETURN_IF_ERROR(sending.status);
  RF_RETURN_IF_ERROR(end.status());
  return *end - sending.began;
}

}  // namespace ringfence
