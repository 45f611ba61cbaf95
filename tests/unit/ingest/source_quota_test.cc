// A source that sends faster than it may: held back, never cut.
#include "ingest/transport/source_quota.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "ingest/transport/receiver_protocol.h"

namespace ringfence {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using TimePoint = SourceQuota::TimePoint;

constexpr TimePoint kStart{seconds(1'000)};

TEST(SourceQuota, NoneAllowsEverything) {
  SourceQuota quota(0);
  quota.Spend("msc-01", 1'000'000, kStart);
  EXPECT_TRUE(quota.Allows("msc-01", kStart));
  EXPECT_EQ(quota.Credit(200'000), 200'000u);
}

TEST(SourceQuota, HoldsASourceForAsLongAsItsRecordsTake) {
  SourceQuota quota(1'000);
  quota.Spend("msc-01", 1'000, kStart);
  EXPECT_FALSE(quota.Allows("msc-01", kStart));
  EXPECT_FALSE(quota.Allows("msc-01", kStart + milliseconds(850)));
  EXPECT_TRUE(quota.Allows("msc-01", kStart + milliseconds(950)));
}

TEST(SourceQuota, SourcesDoNotShareOne) {
  SourceQuota quota(1'000);
  quota.Spend("msc-01", 5'000, kStart);
  EXPECT_TRUE(quota.Allows("msc-02", kStart));
}

TEST(SourceQuota, SilenceIsNotSavedUp) {
  SourceQuota quota(1'000);
  quota.Spend("msc-01", 1, kStart);
  quota.Spend("msc-01", 1'000, kStart + seconds(60));
  EXPECT_FALSE(quota.Allows("msc-01", kStart + seconds(60)));
}

TEST(SourceQuota, CreditIsHalfASecondsWorthAndNeverNone) {
  EXPECT_EQ(SourceQuota(1'000).Credit(200'000), 500u);
  EXPECT_EQ(SourceQuota(1).Credit(200'000), 1u);
  EXPECT_EQ(SourceQuota(1'000'000).Credit(200'000), 200'000u);
}

// A peer that takes whatever the receiver says.
class Answers final : public PeerOutbox {
 public:
  absl::StatusOr<Sent> Send(std::string_view peer, std::string_view bytes) override {
    messages.emplace_back(std::string(peer), wire::Decode(bytes).value());
    return Sent::kYes;
  }
  template <typename Message>
  size_t Count() const {
    size_t count = 0;
    for (const auto& [peer, message] : messages) count += std::holds_alternative<Message>(message);
    return count;
  }
  std::vector<std::pair<std::string, wire::Message>> messages;
};

class ReceiverQuota : public testing::Test {
 protected:
  static ReceiverLimits Limits() {
    ReceiverLimits limits;
    limits.session_seed = 7;
    limits.source_records_per_second = 1'000;
    return limits;
  }
  void Hello(TimePoint now) {
    EXPECT_FALSE(Give(wire::Hello{kStream, 0, kFormat}, now));
    for (const auto& [peer, message] : answers_.messages) {
      if (const auto* welcome = std::get_if<wire::Welcome>(&message)) welcome_ = *welcome;
    }
  }
  bool Give(const wire::Message& message, TimePoint now) {
    const auto took = protocol_.OnMessage({.id = "peer"}, wire::Encode(message), now, batch_);
    EXPECT_TRUE(took.ok()) << took.status();
    return *took;
  }
  // One batch of records, acknowledged at once as far as the service goes.
  bool SendAndAck(uint64_t first, uint32_t count, TimePoint now) {
    std::string records;
    for (uint32_t i = 0; i < count; ++i) records += "r\n";
    const bool taken = Give(wire::Data{welcome_.session, first, 2 * first, count, records}, now);
    if (taken) {
      EXPECT_TRUE(protocol_.Ack(kStream, first + count).ok());
    }
    return taken;
  }

  const StreamKey kStream{"msc-01", "cdr.csv", 7};
  const FormatSpec kFormat{"canonical", "", "", "", "86", "", "auto", "UTC"};
  Answers answers_;
  ReceiverProtocol protocol_{Limits(), answers_};
  RawBatch batch_;
  wire::Welcome welcome_;
};

TEST_F(ReceiverQuota, SourceWithinItIsAcknowledgedAtOnce) {
  Hello(kStart);
  EXPECT_EQ(welcome_.credit, 500u);
  EXPECT_TRUE(SendAndAck(0, 50, kStart));
  EXPECT_EQ(answers_.Count<wire::Ack>(), 1u);
}

TEST_F(ReceiverQuota, FasterSourceGetsItsAcknowledgementLater) {
  Hello(kStart);
  EXPECT_TRUE(SendAndAck(0, 500, kStart));
  EXPECT_EQ(answers_.Count<wire::Ack>(), 0u);
  ASSERT_TRUE(protocol_.Settle(kStart + milliseconds(300)).ok());
  EXPECT_EQ(answers_.Count<wire::Ack>(), 0u);
  ASSERT_TRUE(protocol_.Settle(kStart + milliseconds(400)).ok());
  EXPECT_EQ(answers_.Count<wire::Ack>(), 1u);
}

TEST_F(ReceiverQuota, NewSessionIsNoWayAround) {
  Hello(kStart);
  EXPECT_TRUE(SendAndAck(0, 500, kStart));
  const size_t before = answers_.Count<wire::Welcome>();
  Give(wire::Hello{kStream, 0, kFormat}, kStart);
  EXPECT_EQ(answers_.Count<wire::Welcome>(), before);
  ASSERT_TRUE(protocol_.Settle(kStart + milliseconds(400)).ok());
  EXPECT_EQ(answers_.Count<wire::Welcome>(), before + 1);
}

TEST_F(ReceiverQuota, ManyStreamsAreNoWayAround) {
  Hello(kStart);
  EXPECT_TRUE(SendAndAck(0, 500, kStart));
  const size_t before = answers_.Count<wire::Welcome>();
  Give(wire::Hello{{"msc-01", "other.csv", 7}, 0, kFormat}, kStart);
  EXPECT_EQ(answers_.Count<wire::Welcome>(), before);
}

// A sender that goes on as soon as it may, for ten seconds of the test's clock.
TEST_F(ReceiverQuota, SustainedRateIsTheOneThatWasSet) {
  Hello(kStart);
  uint64_t sent = 0;
  uint64_t acked = 0;
  for (TimePoint now = kStart; now < kStart + seconds(10); now += milliseconds(10)) {
    ASSERT_TRUE(protocol_.Settle(now).ok());
    for (const auto& [peer, message] : answers_.messages) {
      if (const auto* ack = std::get_if<wire::Ack>(&message)) acked = ack->next_seq;
    }
    answers_.messages.clear();
    while (sent + 100 <= acked + welcome_.credit && SendAndAck(sent, 100, now)) sent += 100;
  }
  EXPECT_GE(sent, 9'500u);
  EXPECT_LE(sent, 10'700u);
  EXPECT_EQ(protocol_.counters().past_credit, 0u);
}

}  // namespace
}  // namespace ringfence
