// The two ends of the CDR transport as the tests need them: a service in a thread of its own, and a
// peer that sends whatever bytes it is told to.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "ingest/model/crc32c.h"
#include "ingest/transport/receiver.h"
#include "ingest/transport/wire.h"
#include "ingest/transport/zmq_socket.h"

namespace ringfence {

inline constexpr std::chrono::milliseconds kPatience{10'000};  // for what must come
inline constexpr std::chrono::milliseconds kBriefly{50};       // for what must not come

inline std::chrono::steady_clock::time_point Now() { return std::chrono::steady_clock::now(); }

inline FormatSpec AnyFormat() { return {"canonical", "", "", "", "86", "", "auto", "UTC"}; }

// Record number `i` of a test stream, with its line feed.
inline std::string Record(uint64_t i) { return "record-" + std::to_string(i) + ",1,2,3\n"; }

inline std::string Records(uint64_t from, uint64_t end) {
  std::string records;
  for (uint64_t i = from; i < end; ++i) records += Record(i);
  return records;
}

// What survives a crash of the service: the records that it acknowledged, and the positions.
struct DurableStore {
  absl::flat_hash_map<StreamKey, std::string> records;
  std::vector<KeyedPosition> positions;
};

// Receives and acknowledges until it has seen enough or is told to stop. A batch is durable once it
// is acknowledged; `acked_batches` at most are, then the service dies without a word.
class ServiceThread {
 public:
  ServiceThread(ReceiverOptions options, DurableStore& store,
                std::optional<int> acked_batches = std::nullopt)
      : store_(store), acked_batches_(acked_batches) {
    context_ = std::make_unique<ZmqContext>();
    auto receiver = Receiver::Bind(*context_, std::move(options));
    if (!receiver.ok()) {
      ADD_FAILURE() << receiver.status();
      return;
    }
    receiver_ = std::move(*receiver);
    endpoint_ = receiver_->endpoint();
    EXPECT_TRUE(receiver_->Restore(store_.positions).ok());
    thread_ = std::thread([this] { Run(); });
  }
  ~ServiceThread() { Stop(); }

  void Stop() {
    stop_ = true;
    Join();
  }

  // Waits for the death that `acked_batches` brings.
  void Join() {
    if (thread_.joinable()) thread_.join();
    receiver_.reset();
    context_.reset();
  }

  const std::string& endpoint() const { return endpoint_; }
  ReceiverCounters counters() const { return counters_; }  // after Stop or Join

 private:
  void Run() {
    RawBatch batch;
    const auto deadline = Now() + 3 * kPatience;
    while (!stop_ && (!acked_batches_.has_value() || *acked_batches_ > 0)) {
      auto got = receiver_->Next(batch, std::chrono::milliseconds(2));
      if (!got.ok()) {
        ADD_FAILURE() << got.status();
        break;
      }
      if (Now() > deadline) {
        ADD_FAILURE() << "the service was not told to stop and did not see what it waits for";
        break;
      }
      if (*got) {
        pending_.push_back(batch);
        if (pending_.size() < 4) continue;
      }
      AckPending();
    }
    counters_ = receiver_->counters();
  }

  void AckPending() {
    for (const RawBatch& batch : pending_) {
      if (acked_batches_.has_value() && (*acked_batches_)-- <= 0) return;
      const std::string& before = store_.records[batch.stream->key];
      EXPECT_EQ(batch.end.content_crc, Crc(before, batch.records));
      store_.records[batch.stream->key] += batch.records;
      absl::Status acked = receiver_->Ack(batch.stream->key, batch.end.next_seq);
      EXPECT_TRUE(acked.ok()) << acked;
      store_.positions = receiver_->Positions();
    }
    pending_.clear();
    store_.positions = receiver_->Positions();
  }

  static uint32_t Crc(std::string_view before, std::string_view records) {
    return ExtendCrc32c(Crc32c(before), records);
  }

  DurableStore& store_;
  std::optional<int> acked_batches_;
  std::unique_ptr<ZmqContext> context_;
  std::unique_ptr<Receiver> receiver_;
  std::string endpoint_;
  std::vector<RawBatch> pending_;
  ReceiverCounters counters_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// A DEALER without any manners. Tests use it together with a Receiver in one thread.
class RawPeer {
 public:
  RawPeer(ZmqContext& context, const std::string& endpoint)
      : RawPeer(*ZmqSocket::Create(context, ZmqSocket::Kind::kDealer, {}), endpoint) {}
  RawPeer(ZmqSocket socket, const std::string& endpoint) : socket_(std::move(socket)) {
    EXPECT_TRUE(socket_.Connect(endpoint).ok());
  }

  // False when there is no room just now.
  bool TrySend(const wire::Message& message) { return TrySendBytes(wire::Encode(message)); }
  void SendBytes(std::string_view bytes) { ASSERT_TRUE(TrySendBytes(bytes)); }
  void Send(const wire::Message& message) { SendBytes(wire::Encode(message)); }
  void Data(uint64_t session, uint64_t first, uint64_t end, uint64_t offset = 0) {
    Send(wire::Data{session, first, offset, static_cast<uint32_t>(end - first),
                    Records(first, end)});
  }

  // Runs the receiver until an answer of type T is here; batches go to `taken`.
  template <typename T>
  std::optional<T> Expect(Receiver& receiver, std::vector<RawBatch>* taken = nullptr) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      RawBatch batch;
      auto got = receiver.Next(batch, std::chrono::milliseconds(1));
      EXPECT_TRUE(got.ok()) << got.status();
      if (*got && taken != nullptr) taken->push_back(batch);
      std::optional<wire::Message> answer = Receive(std::chrono::milliseconds(0));
      if (!answer.has_value()) continue;
      if (const T* typed = std::get_if<T>(&*answer)) return *typed;
      ADD_FAILURE() << "another answer came, of type " << answer->index();
      return std::nullopt;
    }
    ADD_FAILURE() << "no answer";
    return std::nullopt;
  }

  std::optional<wire::Message> Receive(std::chrono::milliseconds wait) {
    std::string peer;
    size_t frames = 0;
    EXPECT_TRUE(socket_.Wait(wait).ok());
    auto got = socket_.Receive(peer, frame_, frames);
    EXPECT_TRUE(got.ok());
    if (!*got) return std::nullopt;
    auto message = wire::Decode(frame_.view());
    EXPECT_TRUE(message.ok()) << message.status();
    return *message;
  }

  // Says HELLO and returns the session.
  uint64_t Hello(Receiver& receiver, const StreamKey& key, uint64_t first_seq = 0) {
    Send(wire::Hello{key, first_seq, AnyFormat()});
    auto welcome = Expect<wire::Welcome>(receiver);
    return welcome.has_value() ? welcome->session : 0;
  }

 private:
  bool TrySendBytes(std::string_view bytes) {
    auto sent = socket_.Send("", bytes);
    return sent.ok() && *sent == ZmqSocket::Sent::kYes;
  }

  ZmqSocket socket_;
  ZmqFrame frame_;
};

}  // namespace ringfence
