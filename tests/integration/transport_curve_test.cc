// Who may send: CURVE keys, the list of allowed ones, and everyone else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ingest/client/sender.h"
#include "tests/integration/curve_fixture.h"
#include "tests/integration/transport_peers.h"

namespace ringfence {
namespace {

using std::chrono::milliseconds;

const StreamKey kCurveStream{"msc-01", "cdr.csv", 7};

// A TCP connection that knows nothing of ZeroMQ.
class TcpPeer {
 public:
  explicit TcpPeer(const std::string& endpoint) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port =
        htons(static_cast<uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ~TcpPeer() { close(socket_); }
  TcpPeer(const TcpPeer&) = delete;
  TcpPeer& operator=(const TcpPeer&) = delete;

  void Write(const std::string& bytes) const {
    EXPECT_EQ(send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // Reads what comes until the other side closes; false when it does not.
  bool IsClosed() const {
    const timeval patience{.tv_sec = 30, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    char bytes[256];
    ssize_t size;
    do {
      size = recv(socket_, bytes, sizeof(bytes), 0);
    } while (size > 0);
    return size == 0 || errno == ECONNRESET;
  }

 private:
  int socket_;
};

class TransportCurve : public testing::Test {
 protected:
  void SetUp() override {
    folder_.Allow(good_, "msc-01");
    ReceiverOptions options;
    options.endpoint = "tcp://127.0.0.1:*";
    options.session_seed = 1'000;
    options.clock = Now;
    options.curve_secret_key = server_.secret_key;
    options.curve_allow_path = folder_.allow_path();
    auto receiver = Receiver::Bind(context_, std::move(options));
    ASSERT_TRUE(receiver.ok()) << receiver.status();
    receiver_ = std::move(*receiver);
  }

  // A peer that tries to come in with these keys.
  std::unique_ptr<RawPeer> Connect(const CurveKeyPair& keys, const std::string& server_key) {
    ZmqSocket socket = *ZmqSocket::Create(peers_, ZmqSocket::Kind::kDealer, {});
    EXPECT_TRUE(socket.BecomeCurveClient(keys.secret_key, server_key).ok());
    return std::make_unique<RawPeer>(std::move(socket), receiver_->endpoint());
  }
  std::unique_ptr<RawPeer> Connect(const CurveKeyPair& keys) {
    return Connect(keys, server_.public_key);
  }

  // Runs the receiver until that many handshakes were refused or failed. No batch may come.
  void AwaitFailures(uint64_t count) {
    const auto deadline = Now() + kPatience;
    RawBatch batch;
    for (HandshakeCounters seen = {}; seen.refused + seen.failed < count;
         seen = receiver_->handshakes()) {
      ASSERT_LT(Now(), deadline) << "no handshake failed";
      ASSERT_FALSE(*receiver_->Next(batch, milliseconds(5))) << "a record was accepted";
    }
    EXPECT_EQ(receiver_->counters().records, 0u);
    EXPECT_EQ(receiver_->counters().sessions, 0u);
  }

  CurveFolder folder_;
  const CurveKeyPair server_ = CurveFolder::NewKeys();
  const CurveKeyPair good_ = CurveFolder::NewKeys();
  const CurveKeyPair stranger_ = CurveFolder::NewKeys();
  ZmqContext context_;
  ZmqContext peers_;
  std::unique_ptr<Receiver> receiver_;
};

TEST_F(TransportCurve, AllowedKeySendsAsItsSource) {
  auto peer = Connect(good_);
  std::vector<RawBatch> taken;
  peer->Data(peer->Hello(*receiver_, kCurveStream), 0, 3);
  RawBatch batch;
  ASSERT_TRUE(*receiver_->Next(batch, kPatience));
  EXPECT_EQ(batch.records, Records(0, 3));
  EXPECT_EQ(receiver_->handshakes().accepted, 1u);
}

TEST_F(TransportCurve, HelloForAnotherSourceIsRefused) {
  auto peer = Connect(good_);
  peer->Send(wire::Hello{{"msc-02", "cdr.csv", 7}, 0, AnyFormat()});
  auto refused = peer->Expect<wire::Refused>(*receiver_);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->code, wire::RefusalCode::kNotAllowed);
  EXPECT_THAT(refused->sentence, testing::HasSubstr("may not send as source 'msc-02'"));
  EXPECT_EQ(receiver_->counters().not_allowed, 1u);
}

// CURVE alone would let it in: only the handler refuses.
TEST_F(TransportCurve, UnknownKeyIsRefused) {
  auto peer = Connect(stranger_);
  peer->Send(wire::Hello{kCurveStream, 0, AnyFormat()});
  AwaitFailures(1);
  EXPECT_THAT(receiver_->handshakes().last_refusal, testing::HasSubstr(stranger_.public_key));
  EXPECT_GE(receiver_->handshakes().refused, 1u);
}

TEST_F(TransportCurve, PeerWithoutCurveIsRefused) {
  auto peer = std::make_unique<RawPeer>(peers_, receiver_->endpoint());
  peer->Send(wire::Hello{kCurveStream, 0, AnyFormat()});
  AwaitFailures(1);
  EXPECT_GE(receiver_->handshakes().failed, 1u);
}

TEST_F(TransportCurve, PlainPasswordIsRefused) {
  ZmqSocket socket = *ZmqSocket::Create(peers_, ZmqSocket::Kind::kDealer, {});
  ASSERT_EQ(zmq_setsockopt(socket.raw(), ZMQ_PLAIN_USERNAME, "msc-01", 6), 0);
  ASSERT_EQ(zmq_setsockopt(socket.raw(), ZMQ_PLAIN_PASSWORD, "secret", 6), 0);
  RawPeer peer(std::move(socket), receiver_->endpoint());
  peer.Send(wire::Hello{kCurveStream, 0, AnyFormat()});
  AwaitFailures(1);
}

TEST_F(TransportCurve, PeerThatExpectsAnotherServerDoesNotTalkToThisOne) {
  auto peer = Connect(good_, stranger_.public_key);
  peer->Send(wire::Hello{kCurveStream, 0, AnyFormat()});
  AwaitFailures(1);
}

// No ZeroMQ at all: what it writes is no greeting, or a good message without one.
TEST_F(TransportCurve, PlainTcpConnectionIsClosedAndGetsNoRecordIn) {
  const std::string message = wire::Encode(wire::Data{1'000, 0, 0, 1, Record(0)});
  for (const std::string& bytes : {std::string("GET / HTTP/1.1\r\n\r\n"), message}) {
    const TcpPeer peer(receiver_->endpoint());
    peer.Write(bytes + std::string(64, '\0'));
    EXPECT_TRUE(peer.IsClosed());
    RawBatch batch;
    EXPECT_FALSE(*receiver_->Next(batch, kBriefly));
  }
  EXPECT_EQ(receiver_->counters().records, 0u);
  EXPECT_EQ(receiver_->counters().malformed, 0u) << "not even a message came through";
}

// Connections that say nothing: nothing comes of them, and a good peer works among them.
TEST_F(TransportCurve, HalfOpenConnectionsKeepNobodyOut) {
  std::vector<std::unique_ptr<TcpPeer>> silent;
  for (int i = 0; i < 200; ++i) silent.push_back(std::make_unique<TcpPeer>(receiver_->endpoint()));
  auto peer = Connect(good_);
  peer->Data(peer->Hello(*receiver_, kCurveStream), 0, 3);
  RawBatch batch;
  ASSERT_TRUE(*receiver_->Next(batch, kPatience));
  EXPECT_EQ(batch.records, Records(0, 3));
  EXPECT_EQ(receiver_->counters().sessions, 1u);
}

TEST_F(TransportCurve, MessageBeyondTheLimitIsNotTaken) {
  auto peer = Connect(good_);
  const uint64_t session = peer->Hello(*receiver_, kCurveStream);
  peer->TrySend(wire::Data{session, 0, 0, 1, std::string(wire::kMaxMessageBytes + 1, 'x')});
  RawBatch batch;
  const auto deadline = Now() + kPatience;
  // Its connection is closed and made anew: the peer has to say who it is again.
  while (receiver_->handshakes().accepted < 2 && Now() < deadline) {
    ASSERT_FALSE(*receiver_->Next(batch, milliseconds(20)));
  }
  EXPECT_EQ(receiver_->handshakes().accepted, 2u);
  EXPECT_EQ(receiver_->counters().records, 0u);
}

// A server socket of another domain in the same process, asked through the same handler.
TEST_F(TransportCurve, WrongDomainIsRefused) {
  ZmqSocket router = *ZmqSocket::Create(context_, ZmqSocket::Kind::kRouter, {});
  ASSERT_TRUE(router.BecomeCurveServer(server_.secret_key).ok());
  ASSERT_EQ(zmq_setsockopt(router.raw(), ZMQ_ZAP_DOMAIN, "elsewhere", 9), 0);
  ASSERT_TRUE(router.Bind("tcp://127.0.0.1:*").ok());
  ZmqSocket dealer = *ZmqSocket::Create(peers_, ZmqSocket::Kind::kDealer, {});
  ASSERT_TRUE(dealer.BecomeCurveClient(good_.secret_key, server_.public_key).ok());
  RawPeer peer(std::move(dealer), *router.BoundEndpoint());
  peer.Send(wire::Hello{kCurveStream, 0, AnyFormat()});
  AwaitFailures(1);
  EXPECT_THAT(receiver_->handshakes().last_refusal, testing::HasSubstr("another ZAP domain"));
  EXPECT_FALSE(*router.Wait(kBriefly));
}

// The trap itself, so that nobody takes CURVE without a handler for authentication.
TEST(TransportCurveAlone, WithoutAHandlerAndDomainAnyKeyWouldBeLetIn) {
  ZmqContext context;
  const CurveKeyPair server = CurveFolder::NewKeys();
  ZmqSocket router = *ZmqSocket::Create(context, ZmqSocket::Kind::kRouter, {});
  const int yes = 1;
  ASSERT_EQ(zmq_setsockopt(router.raw(), ZMQ_CURVE_SERVER, &yes, sizeof(yes)), 0);
  ASSERT_EQ(zmq_setsockopt(router.raw(), ZMQ_CURVE_SECRETKEY, server.secret_key.c_str(), 40), 0);
  ASSERT_TRUE(router.Bind("tcp://127.0.0.1:*").ok());
  ZmqSocket dealer = *ZmqSocket::Create(context, ZmqSocket::Kind::kDealer, {});
  ASSERT_TRUE(dealer.BecomeCurveClient(CurveFolder::NewKeys().secret_key, server.public_key).ok());
  ASSERT_TRUE(dealer.Connect(*router.BoundEndpoint()).ok());
  ASSERT_TRUE(dealer.Send("", "hello").ok());
  EXPECT_TRUE(*router.Wait(kPatience));
}

// Our server sockets ask for the domain: where no handler answers, nobody comes in.
TEST(TransportCurveAlone, OurServerSocketWithoutAHandlerLetsNobodyIn) {
  ZmqContext context;
  const CurveKeyPair server = CurveFolder::NewKeys();
  ZmqSocket router = *ZmqSocket::Create(context, ZmqSocket::Kind::kRouter, {});
  ASSERT_TRUE(router.BecomeCurveServer(server.secret_key).ok());
  ASSERT_TRUE(router.Bind("tcp://127.0.0.1:*").ok());
  ZmqSocket dealer = *ZmqSocket::Create(context, ZmqSocket::Kind::kDealer, {});
  ASSERT_TRUE(dealer.BecomeCurveClient(CurveFolder::NewKeys().secret_key, server.public_key).ok());
  ASSERT_TRUE(dealer.Connect(*router.BoundEndpoint()).ok());
  ASSERT_TRUE(dealer.Send("", "hello").ok());
  EXPECT_FALSE(*router.Wait(milliseconds(300)));
}

TEST_F(TransportCurve, KeyIsReplacedWithTwoThatAreValidMeanwhile) {
  auto old_peer = Connect(good_);
  const uint64_t session = old_peer->Hello(*receiver_, kCurveStream);
  ASSERT_NE(session, 0u);
  const CurveKeyPair next = CurveFolder::NewKeys();
  folder_.Allow(next, "msc-01");
  auto new_peer = Connect(next);
  const uint64_t other = new_peer->Hello(*receiver_, {"msc-01", "live", 1});
  ASSERT_NE(other, 0u);
  // Both work.
  RawBatch batch;
  old_peer->Data(session, 0, 1);
  ASSERT_TRUE(*receiver_->Next(batch, kPatience));
  new_peer->Data(other, 0, 1);
  ASSERT_TRUE(*receiver_->Next(batch, kPatience));

  // Its connection lives, but it says nothing any more.
  folder_.Revoke(good_);
  const auto deadline = Now() + kPatience;
  uint64_t seq = 1;
  while (receiver_->counters().not_allowed == 0 && Now() < deadline) {
    old_peer->TrySend(wire::Data{session, seq, 0, 1, Record(seq)});
    if (*receiver_->Next(batch, milliseconds(20))) ++seq;
  }
  EXPECT_GE(receiver_->counters().not_allowed, 1u);
  new_peer->Data(other, 1, 2);
  ASSERT_TRUE(*receiver_->Next(batch, kPatience));
  EXPECT_EQ(batch.stream->key.stream, "live");
}

TEST_F(TransportCurve, ListThatCantBeReadLeavesTheLastOneInForceAndIsReported) {
  std::ofstream(folder_.allow_path()) << "what is this\n";
  const auto deadline = Now() + kPatience;
  RawBatch batch;
  while (receiver_->handshakes().list_error.empty() && Now() < deadline) {
    ASSERT_FALSE(*receiver_->Next(batch, milliseconds(20)));
  }
  EXPECT_THAT(receiver_->handshakes().list_error, testing::HasSubstr("line 1"));
  auto peer = Connect(good_);
  EXPECT_NE(peer->Hello(*receiver_, kCurveStream), 0u);
}

TEST_F(TransportCurve, SenderShipsOverCurve) {
  receiver_.reset();
  ReceiverOptions options;
  options.endpoint = "tcp://127.0.0.1:*";
  options.clock = Now;
  options.curve_secret_key = server_.secret_key;
  options.curve_allow_path = folder_.allow_path();
  DurableStore store;
  ServiceThread service(options, store);
  auto sender = Sender::Create(peers_, {.endpoint = service.endpoint(),
                                        .source = "msc-01",
                                        .curve_secret_key = good_.secret_key,
                                        .curve_server_key = server_.public_key,
                                        .clock = Now});
  ASSERT_TRUE(sender.ok()) << sender.status();
  ASSERT_TRUE((*sender)->Open("cdr.csv", 7, AnyFormat()).ok());
  for (uint64_t i = 0; i < 1'000; i += 10) {
    ASSERT_TRUE((*sender)->Send(Records(i, i + 10), 10, 0).ok());
  }
  const absl::Status finished = (*sender)->Finish();
  ASSERT_TRUE(finished.ok()) << finished;
  service.Stop();
  EXPECT_EQ(store.records[kCurveStream], Records(0, 1'000));
}

TEST(TransportCurveBind, AddressThatOthersReachNeedsKeyAndList) {
  CurveFolder folder;
  const CurveKeyPair server = CurveFolder::NewKeys();
  ZmqContext context;
  ReceiverOptions options;
  options.endpoint = "tcp://0.0.0.0:*";
  options.clock = Now;
  EXPECT_EQ(Receiver::Bind(context, options).status().code(),
            absl::StatusCode::kFailedPrecondition);
  options.curve_secret_key = server.secret_key;
  EXPECT_EQ(Receiver::Bind(context, options).status().code(), absl::StatusCode::kInvalidArgument);
  options.curve_allow_path = folder.allow_path();
  EXPECT_EQ(Receiver::Bind(context, options).status().code(), absl::StatusCode::kNotFound);
  folder.Allow(CurveFolder::NewKeys(), "msc-01");
  const auto bound = Receiver::Bind(context, options);
  EXPECT_TRUE(bound.ok()) << bound.status();
}

}  // namespace
}  // namespace ringfence
