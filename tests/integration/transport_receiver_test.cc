// The receiver against peers that do what a good sender does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/transport_peers.h"

namespace ringfence {
namespace {

using std::chrono::milliseconds;

const StreamKey kStream{"msc-01", "cdr.csv", 7};

class TransportReceiver : public testing::Test {
 protected:
  void Bind(ReceiverOptions options = {}) {
    options.endpoint = "tcp://127.0.0.1:*";
    options.session_seed = 1'000;
    if (!options.clock) options.clock = Now;
    auto receiver = Receiver::Bind(context_, std::move(options));
    ASSERT_TRUE(receiver.ok()) << receiver.status();
    receiver_ = std::move(*receiver);
  }

  std::unique_ptr<RawPeer> Connect() {
    return std::make_unique<RawPeer>(context_, receiver_->endpoint());
  }

  // The next batch, which must come.
  RawBatch Take() {
    RawBatch batch;
    auto got = receiver_->Next(batch, kPatience);
    EXPECT_TRUE(got.ok() && *got) << "no batch came";
    return batch;
  }

  // Handles what comes; there must be no batch.
  void ExpectNothing() {
    RawBatch batch;
    auto got = receiver_->Next(batch, kBriefly);
    EXPECT_TRUE(got.ok()) << got.status();
    EXPECT_FALSE(*got) << batch.records;
  }

  ZmqContext context_;
  std::unique_ptr<Receiver> receiver_;
};

TEST_F(TransportReceiver, ChosenPortIsReported) {
  Bind();
  EXPECT_THAT(receiver_->endpoint(), testing::MatchesRegex("tcp://127.0.0.1:[0-9]+"));
}

TEST_F(TransportReceiver, AddressThatOthersReachIsNotBound) {
  ReceiverOptions options;
  options.endpoint = "tcp://0.0.0.0:*";
  EXPECT_EQ(Receiver::Bind(context_, options).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(TransportReceiver, AddressInUseIsNamed) {
  Bind();
  ReceiverOptions options;
  options.clock = Now;
  options.endpoint = receiver_->endpoint();
  absl::Status status = Receiver::Bind(context_, options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(status.message().find(receiver_->endpoint()), absl::string_view::npos) << status;
}

TEST_F(TransportReceiver, BatchCarriesStreamFormatAndPosition) {
  Bind();
  auto peer = Connect();
  const uint64_t session = peer->Hello(*receiver_, kStream);
  peer->Data(session, 0, 3, 100);
  RawBatch batch = Take();
  EXPECT_EQ(batch.stream->key, kStream);
  EXPECT_EQ(batch.stream->format, AnyFormat());
  EXPECT_EQ(batch.first_seq, 0u);
  EXPECT_EQ(batch.count, 3u);
  EXPECT_EQ(batch.offset, 100u);
  EXPECT_EQ(batch.records, Records(0, 3));
  EXPECT_EQ(batch.end, (StreamPosition{3, 100 + Records(0, 3).size(), Crc32c(Records(0, 3))}));
}

TEST_F(TransportReceiver, NothingIsAcknowledgedBeforeTheServiceSaysSo) {
  Bind();
  auto peer = Connect();
  peer->Data(peer->Hello(*receiver_, kStream), 0, 3);
  RawBatch batch = Take();
  ExpectNothing();
  EXPECT_FALSE(peer->Receive(milliseconds(0)).has_value());
  EXPECT_EQ(receiver_->unacked_records(), 3u);
  EXPECT_TRUE(receiver_->Positions().empty());

  ASSERT_TRUE(receiver_->Ack(kStream, 3).ok());
  auto ack = peer->Expect<wire::Ack>(*receiver_);
  ASSERT_TRUE(ack.has_value());
  EXPECT_EQ(ack->next_seq, 3u);
  EXPECT_EQ(receiver_->unacked_records(), 0u);
  EXPECT_EQ(receiver_->unacked_bytes(), 0u);
  ASSERT_EQ(receiver_->Positions().size(), 1u);
  EXPECT_EQ(receiver_->Positions()[0].position, batch.end);
}

TEST_F(TransportReceiver, AckOfAnythingButABatchEndIsAnError) {
  Bind();
  auto peer = Connect();
  peer->Data(peer->Hello(*receiver_, kStream), 0, 3);
  Take();
  EXPECT_EQ(receiver_->Ack(kStream, 2).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(receiver_->Ack(kStream, 4).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(receiver_->Ack({"x", "y", 1}, 3).code(), absl::StatusCode::kNotFound);
}

TEST_F(TransportReceiver, RepeatedDataIsDroppedCountedAndAcknowledgedAgain) {
  Bind();
  auto peer = Connect();
  const uint64_t session = peer->Hello(*receiver_, kStream);
  peer->Data(session, 0, 3);
  Take();
  ASSERT_TRUE(receiver_->Ack(kStream, 3).ok());
  EXPECT_TRUE(peer->Expect<wire::Ack>(*receiver_).has_value());
  peer->Data(session, 0, 3);
  ExpectNothing();
  auto again = peer->Expect<wire::Ack>(*receiver_);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->next_seq, 3u);
  EXPECT_EQ(receiver_->counters().duplicate_records, 3u);
}

TEST_F(TransportReceiver, GapIsAskedForOnceAndFilled) {
  Bind();
  auto peer = Connect();
  const uint64_t session = peer->Hello(*receiver_, kStream);
  peer->Data(session, 2, 4);
  peer->Data(session, 4, 6);
  auto nack = peer->Expect<wire::Nack>(*receiver_);
  ASSERT_TRUE(nack.has_value());
  EXPECT_EQ(nack->next_seq, 0u);
  ExpectNothing();
  EXPECT_FALSE(peer->Receive(milliseconds(0)).has_value()) << "asked twice";
  EXPECT_EQ(receiver_->counters().gaps, 2u);
  peer->Data(session, 0, 2);
  peer->Data(session, 2, 6);
  EXPECT_EQ(Take().records, Records(0, 2));
  EXPECT_EQ(Take().records, Records(2, 6));
}

TEST_F(TransportReceiver, DamagedDataIsNotTaken) {
  Bind();
  auto peer = Connect();
  const uint64_t session = peer->Hello(*receiver_, kStream);
  std::string bytes = wire::Encode(wire::Data{session, 0, 0, 1, "abc\n"});
  bytes[bytes.size() - 2] = 'x';
  peer->SendBytes(bytes);
  ExpectNothing();
  EXPECT_EQ(receiver_->counters().corrupt, 1u);
  peer->Data(session, 0, 1);
  EXPECT_EQ(Take().records, Record(0));
}

TEST_F(TransportReceiver, OtherVersionIsToldWhichOneIsSpoken) {
  Bind();
  auto peer = Connect();
  std::string bytes = wire::Encode(wire::Hello{kStream, 0, AnyFormat()});
  bytes[2] = 9;
  peer->SendBytes(bytes);
  auto refused = peer->Expect<wire::Refused>(*receiver_);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, wire::RefusalCode::kVersion);
  EXPECT_EQ(refused->sentence, "protocol version 9; version 1 is understood here");
}

TEST_F(TransportReceiver, GarbageDoesNotDisturbOthers) {
  Bind();
  auto good = Connect();
  const uint64_t session = good->Hello(*receiver_, kStream);
  auto bad = Connect();
  bad->SendBytes("");
  bad->SendBytes("GET / HTTP/1.1\r\n\r\n");
  bad->SendBytes(std::string(100'000, '\0'));
  bad->Send(wire::Ack{session, 1, 1});
  good->Data(session, 0, 2);
  EXPECT_EQ(Take().records, Records(0, 2));
  ExpectNothing();
  EXPECT_EQ(receiver_->counters().malformed, 4u);
}

TEST_F(TransportReceiver, OversizedMessageEndsItsConnectionOnly) {
  Bind();
  auto good = Connect();
  const uint64_t session = good->Hello(*receiver_, kStream);
  auto bad = Connect();
  bad->SendBytes(std::string(wire::kMaxMessageBytes + 1, 'x'));
  ExpectNothing();
  good->Data(session, 0, 2);
  EXPECT_EQ(Take().records, Records(0, 2));
  EXPECT_EQ(receiver_->counters().malformed, 0u) << "libzmq keeps it from us";
}

TEST_F(TransportReceiver, SessionOfAnotherPeerIsRefused) {
  Bind();
  auto peer = Connect();
  const uint64_t session = peer->Hello(*receiver_, kStream);
  auto thief = Connect();
  thief->Data(session, 0, 2);
  auto refused = thief->Expect<wire::Refused>(*receiver_);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, wire::RefusalCode::kNoSession);
  EXPECT_EQ(receiver_->counters().records, 0u);
}

TEST_F(TransportReceiver, NewSessionReplacesTheOldOneAndWaitsForWhatWasTaken) {
  Bind();
  auto before = Connect();
  const uint64_t old_session = before->Hello(*receiver_, kStream);
  before->Data(old_session, 0, 3);
  Take();
  auto after = Connect();
  after->Send(wire::Hello{kStream, 0, AnyFormat()});
  ExpectNothing();
  EXPECT_FALSE(after->Receive(milliseconds(0)).has_value()) << "three records are not durable yet";
  before->Data(old_session, 3, 4);
  auto refused = before->Expect<wire::Refused>(*receiver_);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, wire::RefusalCode::kNoSession);

  ASSERT_TRUE(receiver_->Ack(kStream, 3).ok());
  auto welcome = after->Expect<wire::Welcome>(*receiver_);
  ASSERT_TRUE(welcome.has_value());
  EXPECT_EQ(welcome->position.next_seq, 3u);
  EXPECT_EQ(welcome->position.content_crc, Crc32c(Records(0, 3)));
}

TEST_F(TransportReceiver, DataPastTheCreditIsRefused) {
  ReceiverOptions options;
  options.credit = 4;
  Bind(options);
  auto peer = Connect();
  const uint64_t session = peer->Hello(*receiver_, kStream);
  peer->Data(session, 0, 4);
  Take();
  peer->Data(session, 4, 5);
  auto refused = peer->Expect<wire::Refused>(*receiver_);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, wire::RefusalCode::kPastCredit);
  EXPECT_EQ(receiver_->unacked_records(), 4u);
}

TEST_F(TransportReceiver, ReadsNoMoreWhileTooManyBytesAreUnacknowledged) {
  ReceiverOptions options;
  options.max_unacked_bytes = Records(0, 2).size();
  Bind(options);
  auto peer = Connect();
  const uint64_t session = peer->Hello(*receiver_, kStream);
  peer->Data(session, 0, 2);
  peer->Data(session, 2, 3);
  Take();
  ExpectNothing();
  ASSERT_TRUE(receiver_->Ack(kStream, 2).ok());
  EXPECT_EQ(Take().records, Record(2));
}

TEST_F(TransportReceiver, SenderThatTrimmedWhatIsNeededIsRefused) {
  Bind();
  auto peer = Connect();
  peer->Send(wire::Hello{kStream, 5, AnyFormat()});
  auto refused = peer->Expect<wire::Refused>(*receiver_);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, wire::RefusalCode::kGap);
}

TEST_F(TransportReceiver, FormatThatCantBeReadIsRefusedWithItsReason) {
  ReceiverOptions options;
  options.check_format = [](const FormatSpec&) {
    return absl::InvalidArgumentError("format 'canonical' is on holiday");
  };
  Bind(options);
  auto peer = Connect();
  peer->Send(wire::Hello{kStream, 0, AnyFormat()});
  auto refused = peer->Expect<wire::Refused>(*receiver_);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, wire::RefusalCode::kFormat);
  EXPECT_EQ(refused->sentence, "format 'canonical' is on holiday");
}

TEST_F(TransportReceiver, FullTableRefusesAStreamAndIdleOnesMakeRoom) {
  auto now = std::make_shared<std::chrono::steady_clock::time_point>();
  ReceiverOptions options;
  options.max_streams = 2;
  options.clock = [now] { return *now; };
  Bind(options);
  auto peer = Connect();
  const uint64_t used = peer->Hello(*receiver_, {"a", "used", 1});
  peer->Data(used, 0, 1);
  Take();
  peer->Hello(*receiver_, {"a", "idle", 1});
  peer->Send(wire::Hello{{"a", "third", 1}, 0, AnyFormat()});
  auto refused = peer->Expect<wire::Refused>(*receiver_);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, wire::RefusalCode::kStreams);
  *now += options.idle_stream_after;
  EXPECT_NE(peer->Hello(*receiver_, {"a", "third", 1}), 0u);
}

TEST_F(TransportReceiver, ByeIsAnsweredWhenAllIsDurableAndMarksTheStreamComplete) {
  Bind();
  auto peer = Connect();
  const uint64_t session = peer->Hello(*receiver_, kStream);
  peer->Data(session, 0, 2);
  peer->Send(wire::Bye{session, 2});
  Take();
  ExpectNothing();
  EXPECT_FALSE(peer->Receive(milliseconds(0)).has_value());
  ASSERT_TRUE(receiver_->Ack(kStream, 2).ok());
  EXPECT_TRUE(peer->Expect<wire::Ack>(*receiver_).has_value());
  auto bye = peer->Expect<wire::ByeAck>(*receiver_);
  ASSERT_TRUE(bye.has_value());
  EXPECT_EQ(bye->total, 2u);
  EXPECT_TRUE(receiver_->Positions()[0].complete);
}

TEST_F(TransportReceiver, ByeWithAnotherTotalIsRefusedOrAskedFor) {
  Bind();
  auto peer = Connect();
  const uint64_t session = peer->Hello(*receiver_, kStream);
  peer->Data(session, 0, 2);
  Take();
  peer->Send(wire::Bye{session, 1});
  auto refused = peer->Expect<wire::Refused>(*receiver_);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, wire::RefusalCode::kTotal);
  peer->Send(wire::Bye{session, 3});
  auto nack = peer->Expect<wire::Nack>(*receiver_);
  ASSERT_TRUE(nack.has_value());
  EXPECT_EQ(nack->next_seq, 2u);
}

TEST_F(TransportReceiver, ForgottenStreamIsTakenAsNew) {
  Bind();
  auto peer = Connect();
  peer->Data(peer->Hello(*receiver_, kStream), 0, 2);
  Take();
  receiver_->Forget(kStream);
  EXPECT_EQ(receiver_->unacked_records(), 0u);
  EXPECT_EQ(receiver_->unacked_bytes(), 0u);
  peer->Data(peer->Hello(*receiver_, kStream), 0, 1);
  EXPECT_EQ(Take().records, Record(0));
}

}  // namespace
}  // namespace ringfence
