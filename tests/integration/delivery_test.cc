// Actions on their way to line provisioning, over both protocols, through every fault that a
// receiver can have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "blocker/delivery/delivery_sink.h"
#include "blocker/delivery/signature.h"
#include "blocker/delivery/webhook_channel.h"
#include "blocker/delivery/zmq_channel.h"
#include "ingest/transport/curve_keys.h"
#include "tests/integration/receiver_double.h"
#include "tests/integration/scratch_directory.h"
#include "tests/unit/blocker/blocker_fixture.h"

namespace ringfence {
namespace {

using S = ActionState;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kSecret[] = "0123456789abcdef0123456789abcdef";

EventTime WallClock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

enum class Protocol { kZmq, kWebhook };

class DeliveryTest : public BlockerTest, public testing::WithParamInterface<Protocol> {
 protected:
  DeliveryTest() {
    StartReceiver();
    StartBlocker();
  }

  void StartReceiver() {
    if (GetParam() == Protocol::kZmq) {
      zmq_double_ = std::make_unique<ZmqDouble>(book_, endpoint_);
    } else if (!http_double_) {
      http_double_ = std::make_unique<HttpDouble>(book_);
    }
  }

  std::unique_ptr<Channel> MakeChannel() {
    const auto steady = [] { return std::chrono::steady_clock::now(); };
    if (GetParam() == Protocol::kZmq) {
      auto channel = ZmqChannel::Create(
          context_, {.endpoint = endpoint_, .timeout = timeout_, .clock = steady});
      EXPECT_TRUE(channel.ok()) << channel.status();
      return *std::move(channel);
    }
    auto channel = WebhookChannel::Create(
        {.url = http_double_->url(), .secret = kSecret, .timeout = timeout_, .clock = WallClock});
    EXPECT_TRUE(channel.ok()) << channel.status();
    return *std::move(channel);
  }

  // Everything in memory is gone, as after a crash.
  void StartBlocker() {
    blocker_.reset();
    delivery_.reset();
    QueueOptions options{.receiver = "double"};
    options.backoff = {.first = milliseconds(1), .most = milliseconds(20), .seed = 1};
    delivery_ = std::make_unique<DeliverySink>(
        MakeChannel(), std::move(options),
        [this](const ActionId& id) { return journal_.LastChange(id); },
        DeliveryClocks{WallClock, [] { return std::chrono::steady_clock::now(); }});
    auto created = Blocker::Create(
        {lists_, lists_, journal_, orders_, {&sink_, delivery_.get()}, &feed_}, options_, kNoon);
    ASSERT_TRUE(created.ok()) << created.status();
    blocker_ = *std::move(created);
  }

  // Rounds of the service until it is so; false after 30 s.
  bool Await(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(30);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      const absl::Status status = blocker_->RetryHeld(kNoon);
      EXPECT_TRUE(status.ok()) << status;
      std::this_thread::yield();
    }
    return true;
  }
  bool AwaitState(S state) {
    return Await([&] { return StateOf(alert_) == state; });
  }
  // Suspended and restored.
  void ThereAndBack(Manner manner) {
    book_.Behave(manner);
    Handle(alert_);
    ASSERT_TRUE(AwaitState(S::kConfirmed));
    EXPECT_TRUE(book_.Stopped(number_));
    ReverseByPerson();
    ASSERT_TRUE(AwaitState(S::kReversed));
    EXPECT_FALSE(book_.Stopped(number_));
    EXPECT_EQ(Effects(), 1);
  }
  int Effects() const { return book_.Effects(id_); }
  void ReverseByPerson() {
    ActionRecord record = Stored(alert_);
    const absl::Status status = journal_.ReverseByPerson(record, "li", "", kNoon);
    ASSERT_TRUE(status.ok()) << status;
  }

  const Detection alert_ = AlertOf(kLine);
  const std::string id_ = MakeActionId(alert_).value();
  const std::string number_ = kLine.ToString();
  milliseconds timeout_{200};
  ScratchDirectory directory_;
  const std::string endpoint_ = "ipc://" + directory_.path() + "/provisioning";
  EffectBook book_;
  std::unique_ptr<ZmqDouble> zmq_double_;
  std::unique_ptr<HttpDouble> http_double_;
  ZmqContext context_;
  std::unique_ptr<DeliverySink> delivery_;
};

INSTANTIATE_TEST_SUITE_P(Both, DeliveryTest, testing::Values(Protocol::kZmq, Protocol::kWebhook),
                         [](const auto& test) {
                           return test.param == Protocol::kZmq ? "Zmq" : "Webhook";
                         });

TEST_P(DeliveryTest, AnActionIsConfirmedWhenTheReceiverSaysDone) {
  Handle(alert_);
  EXPECT_NE(StateOf(alert_), S::kHeld);
  ASSERT_TRUE(AwaitState(S::kConfirmed));
  EXPECT_EQ(Effects(), 1);
  EXPECT_TRUE(book_.Stopped(number_));
}

TEST_P(DeliveryTest, ALostAnswerMakesNoSecondEffect) {
  book_.Behave(Manner::kLosesAnswer);
  Handle(alert_);
  ASSERT_TRUE(book_.AwaitRequests(2));
  EXPECT_EQ(StateOf(alert_), S::kDispatched);
  book_.Behave(Manner::kAnswers);
  ASSERT_TRUE(AwaitState(S::kConfirmed));
  EXPECT_EQ(Effects(), 1);
  for (const auto& request : book_.Requests()) EXPECT_EQ(request.at("id"), id_);
}

TEST_P(DeliveryTest, ASilentReceiverIsToldToPeopleAndStallsNobody) {
  book_.Behave(Manner::kSilent);
  Handle(alert_);
  Handle(AlertOf(kForeign));
  EXPECT_EQ(StateOf(AlertOf(kForeign)), S::kDispatched);
  EXPECT_EQ(sink_.effective, 2);  // the switch's table has both
  ASSERT_TRUE(Await([&] { return feed_.Count(R"("alarm":"unconfirmed")") > 0; }));
  book_.Behave(Manner::kAnswers);
  ASSERT_TRUE(AwaitState(S::kConfirmed));
  ASSERT_TRUE(Await([&] { return StateOf(AlertOf(kForeign)) == S::kConfirmed; }));
}

TEST_P(DeliveryTest, AnAnswerThatComesTwiceIsTakenForNoOther) {
  ThereAndBack(Manner::kAnswersTwice);
}

TEST_P(DeliveryTest, AnAnswerThatComesLateIsTakenForNoOther) { ThereAndBack(Manner::kAnswersLate); }

TEST_P(DeliveryTest, ARefusalFailsTheActionAndTakesItOutOfTheTable) {
  book_.Behave(Manner::kRefuses);
  Handle(alert_);
  ASSERT_TRUE(AwaitState(S::kFailed));
  EXPECT_EQ(Effects(), 0);
  EXPECT_TRUE(sink_.in_force.empty());
  EXPECT_EQ(feed_.Count(R"("alarm":"action-failed")"), 1);
}

TEST_P(DeliveryTest, ABusyReceiverIsAskedAgain) {
  book_.Behave(Manner::kBusy);
  Handle(alert_);
  ASSERT_TRUE(book_.AwaitRequests(2));
  book_.Behave(Manner::kAnswers);
  ASSERT_TRUE(AwaitState(S::kConfirmed));
  EXPECT_EQ(Effects(), 1);
  EXPECT_GE(book_.Requests().back().at("attempt").number(), 3);
}

TEST_P(DeliveryTest, ARestartBetweenSendingAndConfirmationMakesNoSecondEffect) {
  book_.Behave(Manner::kLosesAnswer);
  Handle(alert_);
  ASSERT_TRUE(book_.AwaitRequests(1));
  StartBlocker();
  book_.Behave(Manner::kAnswers);
  ASSERT_TRUE(AwaitState(S::kConfirmed));
  EXPECT_EQ(Effects(), 1);
}

TEST_P(DeliveryTest, ARestorationReachesProvisioningWithoutListsAndTable) {
  Handle(alert_);
  ASSERT_TRUE(AwaitState(S::kConfirmed));
  lists_.fault = FakeWhitelist::Fault::kUnavailable;
  sink_.refuse_restore = absl::UnavailableError("redis is down");
  ReverseByPerson();
  ASSERT_TRUE(Await([&] { return !book_.Stopped(number_); }));
  EXPECT_EQ(StateOf(alert_), S::kRestoring);
  sink_.refuse_restore = absl::OkStatus();
  ASSERT_TRUE(AwaitState(S::kReversed));
}

TEST_P(DeliveryTest, TakenBackWhileItIsSentANumberEndsUpFree) {
  book_.Behave(Manner::kLosesAnswer);
  Handle(alert_);
  ASSERT_TRUE(book_.AwaitRequests(1));
  ReverseByPerson();
  book_.Behave(Manner::kAnswers);
  ASSERT_TRUE(AwaitState(S::kReversed));
  EXPECT_FALSE(book_.Stopped(number_));
  EXPECT_EQ(book_.Requests().back().at("command"), "restore");
}

TEST_P(DeliveryTest, APersonsConfirmationReachesTheReceiverAsANewEnd) {
  Handle(alert_);
  ASSERT_TRUE(AwaitState(S::kConfirmed));
  const int64_t before = book_.Requests().back().at("sequence").number();
  ActionRecord record = Stored(alert_);
  ASSERT_TRUE(journal_.ConfirmByPerson(record, "li", "", kNoon).ok());
  ASSERT_TRUE(Await([&] { return book_.Requests().back().at("expires").is_null(); }));
  EXPECT_GT(book_.Requests().back().at("sequence").number(), before);
  EXPECT_EQ(Effects(), 1);
}

TEST_P(DeliveryTest, ItEndsWhileAReceiverIsSilent) {
  timeout_ = seconds(60);
  StartBlocker();
  book_.Behave(Manner::kSilent);
  Handle(alert_);
  ASSERT_TRUE(book_.AwaitRequests(1));
  const auto before = std::chrono::steady_clock::now();
  delivery_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(20));
  blocker_.reset();
}

class ZmqDelivery : public DeliveryTest {};
INSTANTIATE_TEST_SUITE_P(Zmq, ZmqDelivery, testing::Values(Protocol::kZmq));

// What libzmq keeps for a peer that is away must not come out after it was given up.
TEST_P(ZmqDelivery, WhatWasGivenUpIsNotDeliveredLater) {
  zmq_double_.reset();
  Handle(alert_);
  const ActionRecord action = Stored(alert_);
  const std::unique_ptr<Channel> channel = MakeChannel();
  const auto never = [] { return false; };
  const absl::Status lost = channel->Exchange(MakeDispatch(action, 1).value(), never);
  EXPECT_TRUE(absl::IsDeadlineExceeded(lost)) << lost;
  delivery_.reset();
  StartReceiver();
  const absl::Status restored = channel->Exchange(MakeRestore(action, 2).value(), never);
  EXPECT_TRUE(restored.ok()) << restored;
  ASSERT_EQ(book_.Requests().size(), 1u);
  EXPECT_EQ(book_.Requests().front().at("command"), "restore");
  blocker_.reset();
}

TEST_P(ZmqDelivery, AReceiverThatComesBackConfirmsUnderTheSameId) {
  zmq_double_.reset();
  Handle(alert_);
  ASSERT_TRUE(Await([&] { return feed_.Count(R"("alarm":"unconfirmed")") > 0; }));
  StartReceiver();
  ASSERT_TRUE(AwaitState(S::kConfirmed));
  EXPECT_EQ(Effects(), 1);
}

TEST_P(ZmqDelivery, AnAddressOfOthersNeedsKeys) {
  ZmqChannelOptions options;
  options.endpoint = "tcp://10.0.0.5:7800";
  EXPECT_TRUE(absl::IsFailedPrecondition(ZmqChannel::Create(context_, options).status()));
  const CurveKeyPair ours = MakeCurveKeys().value();
  options.curve_secret_key = ours.secret_key;
  EXPECT_TRUE(absl::IsInvalidArgument(ZmqChannel::Create(context_, options).status()));
  options.curve_server_key = MakeCurveKeys()->public_key;
  EXPECT_TRUE(ZmqChannel::Create(context_, options).ok());
}

class WebhookDelivery : public DeliveryTest {};
INSTANTIATE_TEST_SUITE_P(Webhook, WebhookDelivery, testing::Values(Protocol::kWebhook));

std::string HeaderOf(const std::string& head, const std::string& name) {
  const size_t at = head.find(name + ": ");
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 2;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

TEST_P(WebhookDelivery, ItsHeadersProveTheBodyAndHoldNoNumber) {
  Handle(alert_);
  ASSERT_TRUE(AwaitState(S::kConfirmed));
  const std::string head = http_double_->head();
  EXPECT_THAT(head, testing::StartsWith("POST /actions HTTP/1.1\r\n"));
  EXPECT_EQ(HeaderOf(head, "Idempotency-Key"), id_ + "-suspend");
  EXPECT_EQ(HeaderOf(head, "Content-Type"), "application/json");
  EXPECT_EQ(HeaderOf(head, "Ringfence-Signature").size(), 3u + 64u);
  EXPECT_FALSE(HeaderOf(head, "Ringfence-Timestamp").empty());
  EXPECT_THAT(head, testing::Not(testing::HasSubstr("6315550001")));
}

TEST_P(WebhookDelivery, GarbageForAnAnswerIsAFailureAndNotDone) {
  for (const char* garbage : {"\n", "SMTP ready\r\n\r\n", "HTTP/1.1 99999 x\r\n\r\n",
                              "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort"}) {
    http_double_->AnswerRaw(garbage);
    const size_t before = book_.Requests().size();
    Handle(alert_);
    ASSERT_TRUE(book_.AwaitRequests(before + 1)) << garbage;
    EXPECT_EQ(StateOf(alert_), S::kDispatched) << garbage;
  }
  http_double_->AnswerRaw("");
  ASSERT_TRUE(AwaitState(S::kConfirmed));
  EXPECT_EQ(Effects(), 1);
}

TEST_P(WebhookDelivery, AnEndlessAnswerIsCutOff) {
  http_double_->AnswerRaw("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" +
                          std::string(100'000, 'x'));
  Handle(alert_);
  ASSERT_TRUE(Await([&] { return feed_.Count(R"("alarm":"unconfirmed")") > 0; }));
  EXPECT_EQ(StateOf(alert_), S::kDispatched);
}

}  // namespace
}  // namespace ringfence
