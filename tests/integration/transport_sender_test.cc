// Sender and receiver together, over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ingest/client/sender.h"
#include "tests/integration/transport_peers.h"

namespace ringfence {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr uint64_t kEpoch = 7;

ReceiverOptions Anywhere() {
  ReceiverOptions options;
  options.endpoint = "tcp://127.0.0.1:*";
  options.clock = Now;
  return options;
}

// A clock that jumps at every look: waiting calls reach their bound without anyone waiting for it.
std::function<Clock::time_point()> JumpingClock(milliseconds jump) {
  auto now = std::make_shared<Clock::time_point>();
  return [now, jump] { return *now += jump; };
}

class TransportSender : public testing::Test {
 protected:
  std::unique_ptr<Sender> Make(const std::string& endpoint, SenderOptions options = {}) {
    options.endpoint = endpoint;
    if (options.source.empty()) options.source = "msc-01";
    if (!options.clock) options.clock = Now;
    auto sender = Sender::Create(context_, std::move(options));
    EXPECT_TRUE(sender.ok()) << sender.status();
    return std::move(*sender);
  }

  // Opens the stream and sends what is missing of `total` records, `step` in a batch.
  static absl::Status Ship(Sender& sender, uint64_t total, uint64_t step,
                           const std::string& stream = "cdr.csv") {
    auto position = sender.Open(stream, kEpoch, AnyFormat());
    if (!position.ok()) return position.status();
    for (uint64_t i = position->next_seq; i < total; i += step) {
      const uint64_t end = std::min(total, i + step);
      absl::Status sent =
          sender.Send(Records(i, end), static_cast<uint32_t>(end - i), Records(0, 1).size() * i);
      if (!sent.ok()) return sent;
    }
    return sender.Finish();
  }

  ZmqContext context_;
  DurableStore store_;
};

TEST_F(TransportSender, EverythingArrivesOnceAndInOrder) {
  ServiceThread service(Anywhere(), store_);
  auto sender = Make(service.endpoint());
  absl::Status shipped = Ship(*sender, 10'000, 7);
  ASSERT_TRUE(shipped.ok()) << shipped;
  EXPECT_EQ(sender->acked(), 10'000u);
  EXPECT_EQ(sender->window_bytes(), 0u);
  service.Stop();
  EXPECT_EQ((store_.records[{"msc-01", "cdr.csv", kEpoch}]), Records(0, 10'000));
  ASSERT_EQ(store_.positions.size(), 1u);
  EXPECT_TRUE(store_.positions[0].complete);
}

TEST_F(TransportSender, UnixSocketWorksToo) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("ringfence-transport-" + std::to_string(getpid()));
  ReceiverOptions options = Anywhere();
  options.endpoint = "ipc://" + path;
  ServiceThread service(options, store_);
  auto sender = Make(service.endpoint());
  EXPECT_TRUE(Ship(*sender, 100, 10).ok());
  service.Stop();
  EXPECT_EQ((store_.records[{"msc-01", "cdr.csv", kEpoch}]), Records(0, 100));
}

TEST_F(TransportSender, EmptyStreamIsCompleteToo) {
  ServiceThread service(Anywhere(), store_);
  auto sender = Make(service.endpoint());
  EXPECT_TRUE(Ship(*sender, 0, 1).ok());
}

TEST_F(TransportSender, SameStreamAgainSendsNothing) {
  ServiceThread service(Anywhere(), store_);
  auto sender = Make(service.endpoint());
  ASSERT_TRUE(Ship(*sender, 100, 10).ok());
  const uint64_t sent = sender->counters().batches_sent;
  ASSERT_TRUE(Ship(*sender, 100, 10).ok());
  EXPECT_EQ(sender->counters().batches_sent, sent);
  EXPECT_EQ(sender->opened_at().next_seq, 100u);
  EXPECT_EQ(sender->opened_at().content_crc, Crc32c(Records(0, 100)));
}

TEST_F(TransportSender, GrownStreamGoesOnWhereItEnded) {
  ServiceThread service(Anywhere(), store_);
  auto sender = Make(service.endpoint());
  ASSERT_TRUE(Ship(*sender, 100, 10).ok());
  ASSERT_TRUE(Ship(*sender, 150, 10).ok());
  service.Stop();
  EXPECT_EQ((store_.records[{"msc-01", "cdr.csv", kEpoch}]), Records(0, 150));
}

TEST_F(TransportSender, TwoSendersOfTheSameStreamNameDoNotMix) {
  ServiceThread service(Anywhere(), store_);
  std::vector<std::thread> threads;
  for (const char* source : {"msc-01", "msc-02"}) {
    threads.emplace_back([&, source] {
      SenderOptions options;
      options.source = source;
      auto sender = Make(service.endpoint(), options);
      absl::Status shipped = Ship(*sender, 5'000, 11);
      EXPECT_TRUE(shipped.ok()) << shipped;
    });
  }
  for (std::thread& thread : threads) thread.join();
  service.Stop();
  EXPECT_EQ((store_.records[{"msc-01", "cdr.csv", kEpoch}]), Records(0, 5'000));
  EXPECT_EQ((store_.records[{"msc-02", "cdr.csv", kEpoch}]), Records(0, 5'000));
}

// The service dies with batches that it took and did not acknowledge, again and again.
TEST_F(TransportSender, KilledReceiverThatRestartsFromItsPositionsLosesAndRepeatsNothing) {
  constexpr int kKills = 12;
  ReceiverOptions options = Anywhere();
  options.session_seed = 1;
  auto service = std::make_unique<ServiceThread>(options, store_, 5);
  options.endpoint = service->endpoint();
  SenderOptions sender_options;
  sender_options.resend_after = milliseconds(100);
  sender_options.resend_after_max = milliseconds(200);
  sender_options.window_bytes = 4'000;
  absl::Status shipped;
  std::thread thread([&] {
    auto sender = Make(options.endpoint, sender_options);
    shipped = Ship(*sender, 20'000, 13);
  });
  for (int kill = 1; kill <= kKills; ++kill) {
    service->Join();
    service.reset();
    options.session_seed += 1'000'000;
    // The last one lives.
    service = std::make_unique<ServiceThread>(
        options, store_, kill < kKills ? std::optional<int>(5 + kill * 3) : std::nullopt);
  }
  thread.join();
  EXPECT_TRUE(shipped.ok()) << shipped;
  service->Stop();
  EXPECT_EQ((store_.records[{"msc-01", "cdr.csv", kEpoch}]), Records(0, 20'000));
}

TEST_F(TransportSender, SenderThatRestartsGoesOnFromTheAcknowledgedRecord) {
  ServiceThread service(Anywhere(), store_);
  {
    auto sender = Make(service.endpoint());
    ASSERT_TRUE(sender->Open("cdr.csv", kEpoch, AnyFormat()).ok());
    ASSERT_TRUE(sender->Send(Records(0, 10), 10, 0).ok());
    ASSERT_TRUE(sender->Send(Records(10, 20), 10, 0).ok());
  }
  auto sender = Make(service.endpoint());
  ASSERT_TRUE(Ship(*sender, 40, 7).ok());
  service.Stop();
  EXPECT_EQ((store_.records[{"msc-01", "cdr.csv", kEpoch}]), Records(0, 40));
}

TEST_F(TransportSender, NackedBatchesAreSentAgain) {
  // A receiver by hand: it takes the second batch as if the first had been lost.
  ZmqSocket router = *ZmqSocket::Create(context_, ZmqSocket::Kind::kRouter, {});
  ASSERT_TRUE(router.Bind("tcp://127.0.0.1:*").ok());
  const std::string endpoint = *router.BoundEndpoint();
  absl::Status shipped;
  uint64_t nacks = 0;
  std::thread thread([&] {
    auto sender = Make(endpoint);
    shipped = Ship(*sender, 4, 2);
    nacks = sender->counters().nacks;
  });
  std::vector<uint64_t> firsts;
  std::string peer;
  ZmqFrame frame;
  size_t frames = 0;
  for (bool bye = false; !bye;) {
    if (!*router.Wait(kPatience)) break;
    while (*router.Receive(peer, frame, frames)) {
      wire::Message message = *wire::Decode(frame.view());
      std::optional<wire::Message> answer;
      if (std::get_if<wire::Hello>(&message)) answer = wire::Welcome{5, kEpoch, {}, 100, 1'000};
      if (const auto* data = std::get_if<wire::Data>(&message)) {
        firsts.push_back(data->first_seq);
        if (firsts.size() == 2) answer = wire::Nack{5, 0};
        if (firsts.size() == 4) answer = wire::Ack{5, 4, 100};
      }
      if (std::get_if<wire::Bye>(&message)) {
        answer = wire::ByeAck{5, 4};
        bye = true;
      }
      if (answer.has_value()) {
        ASSERT_TRUE(router.Send(peer, wire::Encode(*answer)).ok());
      }
    }
  }
  thread.join();
  EXPECT_TRUE(shipped.ok()) << shipped;
  EXPECT_EQ(nacks, 1u);
  EXPECT_THAT(firsts, testing::ElementsAre(0, 2, 0, 2));
}

TEST_F(TransportSender, CreditAndWindowBoundWhatIsUnderWay) {
  ReceiverOptions options = Anywhere();
  options.credit = 40;
  auto receiver = *Receiver::Bind(context_, options);
  SenderOptions sender_options;
  sender_options.window_bytes = 2'000;
  std::atomic<size_t> most_window = 0;
  absl::Status shipped;
  std::thread thread([&] {
    auto sender = Make(receiver->endpoint(), sender_options);
    ASSERT_TRUE(sender->Open("cdr.csv", kEpoch, AnyFormat()).ok());
    for (uint64_t i = 0; i < 1'000; i += 10) {
      shipped = sender->Send(Records(i, i + 10), 10, 0);
      most_window = std::max<size_t>(most_window, sender->window_bytes());
      if (!shipped.ok()) return;
    }
    shipped = sender->Finish();
  });
  // Unacknowledged, exactly the credit arrives.
  std::vector<RawBatch> taken;
  RawBatch batch;
  while (taken.size() < 4 && *receiver->Next(batch, kPatience)) taken.push_back(batch);
  EXPECT_FALSE(*receiver->Next(batch, kBriefly));
  EXPECT_EQ(receiver->unacked_records(), 40u);
  std::string records;
  for (const RawBatch& each : taken) records += each.records;
  ASSERT_TRUE(receiver->Ack(taken.back().stream->key, 40).ok());
  while (records.size() < Records(0, 1'000).size() && *receiver->Next(batch, kPatience)) {
    records += batch.records;
    EXPECT_LE(receiver->unacked_records(), 40u);
    ASSERT_TRUE(receiver->Ack(batch.stream->key, batch.end.next_seq).ok());
  }
  EXPECT_EQ(records, Records(0, 1'000));
  EXPECT_FALSE(*receiver->Next(batch, milliseconds(500))) << "BYE is answered, no more batches";
  thread.join();
  EXPECT_TRUE(shipped.ok()) << shipped;
  EXPECT_LE(most_window, 2'000u);
  EXPECT_EQ(receiver->counters().past_credit, 0u);
}

// Acknowledgements come long after the sender's patience is over: it connects anew, and still
// nothing comes twice.
TEST_F(TransportSender, SlowReceiverCausesNoRepetition) {
  auto receiver = *Receiver::Bind(context_, Anywhere());
  SenderOptions options;
  options.resend_after = milliseconds(10);
  options.resend_after_max = milliseconds(20);
  absl::Status shipped;
  std::atomic<bool> done = false;
  std::thread thread([&] {
    auto sender = Make(receiver->endpoint(), options);
    shipped = Ship(*sender, 100, 10);
    EXPECT_GT(sender->counters().connections, 1u);
    done = true;
  });
  std::string records;
  RawBatch batch;
  while (!done) {
    if (!*receiver->Next(batch, milliseconds(5))) continue;
    records += batch.records;
    RawBatch more;
    for (int silences = 0; silences < 20;) {  // until the sender has lost its patience
      if (!*receiver->Next(more, milliseconds(5))) {
        ++silences;
        continue;
      }
      records += more.records;
      batch = more;
    }
    ASSERT_TRUE(receiver->Ack(batch.stream->key, batch.end.next_seq).ok());
  }
  thread.join();
  EXPECT_TRUE(shipped.ok()) << shipped;
  EXPECT_EQ(records, Records(0, 100));
}

TEST_F(TransportSender, OpenWithoutAReceiverEndsWithinItsBound) {
  SenderOptions options;
  options.clock = JumpingClock(milliseconds(1'000));
  auto sender = Make("tcp://127.0.0.1:1", options);
  auto opened = sender->Open("cdr.csv", kEpoch, AnyFormat());
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(opened.status().message()), testing::HasSubstr("tcp://127.0.0.1:1"));
}

TEST_F(TransportSender, FinishWithTheReceiverGoneSaysHowMuchIsDurable) {
  auto service = std::make_unique<ServiceThread>(Anywhere(), store_);
  auto jumps = std::make_shared<std::atomic<bool>>(false);
  auto jumping = JumpingClock(milliseconds(1'000));
  SenderOptions options;
  options.clock = [=, base = Clock::time_point()]() mutable { return *jumps ? jumping() : base; };
  auto sender = Make(service->endpoint(), options);
  ASSERT_TRUE(sender->Open("cdr.csv", kEpoch, AnyFormat()).ok());
  ASSERT_TRUE(sender->Send(Records(0, 10), 10, 0).ok());
  const auto deadline = Clock::now() + kPatience;
  while (sender->acked() < 10 && Clock::now() < deadline) ASSERT_TRUE(sender->Poll().ok());
  ASSERT_EQ(sender->acked(), 10u);
  service.reset();
  *jumps = true;
  ASSERT_TRUE(sender->Send(Records(10, 15), 5, 0).ok());
  absl::Status finished = sender->Finish();
  EXPECT_EQ(finished.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(finished.message()),
              testing::HasSubstr("10 records are durable there, 5 sent ones are not acknowledged"));
  EXPECT_EQ(sender->acked(), 10u);
  EXPECT_FALSE(sender->Send(Records(15, 16), 1, 0).ok()) << "the stream is over";
}

TEST_F(TransportSender, ReceiverThatLostItsPositionsIsNoticed) {
  auto service = std::make_unique<ServiceThread>(Anywhere(), store_, 1);
  ReceiverOptions options = Anywhere();
  options.endpoint = service->endpoint();
  SenderOptions sender_options;
  sender_options.resend_after = milliseconds(50);
  auto sender = Make(options.endpoint, sender_options);
  ASSERT_TRUE(sender->Open("cdr.csv", kEpoch, AnyFormat()).ok());
  ASSERT_TRUE(sender->Send(Records(0, 10), 10, 0).ok());
  const auto deadline = Clock::now() + kPatience;
  while (sender->acked() < 10 && Clock::now() < deadline) ASSERT_TRUE(sender->Poll().ok());
  service.reset();
  DurableStore empty;
  options.session_seed = 1'000;
  ServiceThread forgetful(options, empty);
  ASSERT_TRUE(sender->Send(Records(10, 20), 10, 0).ok());
  absl::Status finished = sender->Finish();
  EXPECT_EQ(finished.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(finished.message()), testing::HasSubstr("goes on with record 0 here"));
  forgetful.Stop();
  EXPECT_TRUE(empty.records.empty());
}

TEST_F(TransportSender, RefusalCarriesTheReceiversSentence) {
  ReceiverOptions options = Anywhere();
  options.check_format = [](const FormatSpec&) {
    return absl::InvalidArgumentError("no such format");
  };
  ServiceThread service(options, store_);
  auto sender = Make(service.endpoint());
  auto opened = sender->Open("cdr.csv", kEpoch, AnyFormat());
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(opened.status().message()), testing::HasSubstr("no such format"));
}

TEST_F(TransportSender, CallersMistakesAreRefused) {
  EXPECT_FALSE(
      Sender::Create(context_, {.endpoint = "tcp://192.0.2.1:1", .source = "a", .clock = Now})
          .ok());
  EXPECT_FALSE(
      Sender::Create(context_, {.endpoint = "tcp://127.0.0.1:1", .source = "", .clock = Now}).ok());
  ServiceThread service(Anywhere(), store_);
  auto sender = Make(service.endpoint());
  EXPECT_FALSE(sender->Send("a\n", 1, 0).ok()) << "no stream is open";
  EXPECT_FALSE(sender->Open("", kEpoch, AnyFormat()).ok());
  ASSERT_TRUE(sender->Open("cdr.csv", kEpoch, AnyFormat()).ok());
  EXPECT_FALSE(sender->Send("a", 1, 0).ok());
  EXPECT_FALSE(sender->Send("", 0, 0).ok());
  EXPECT_FALSE(sender->Send("a\n", 3, 0).ok());
  EXPECT_FALSE(sender->Send(std::string(wire::kMaxPayloadBytes, '\n'), 1, 0).ok() &&
               sender->Send(std::string(wire::kMaxPayloadBytes + 1, '\n'), 1, 0).ok());
}

}  // namespace
}  // namespace ringfence
