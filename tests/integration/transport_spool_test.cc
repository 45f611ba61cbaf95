// Spool, sender and receiver together, over real sockets and a real folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "ingest/client/spool_folder.h"
#include "ingest/client/spooled_sender.h"
#include "tests/integration/scratch_directory.h"
#include "tests/integration/transport_peers.h"

namespace ringfence {
namespace {

using std::chrono::milliseconds;

constexpr uint64_t kSpoolEpoch = 7;
constexpr SpoolOptions kSmall{.max_bytes = 64 * 1024, .segment_bytes = 4096, .recent_bytes = 4096};

class TransportSpool : public testing::Test {
 protected:
  // A mediation system's process: gone when it is destroyed, without a word.
  struct Mediation {
    std::unique_ptr<SpoolFolder> folder;
    std::unique_ptr<Spool> spool;
    std::unique_ptr<SpooledSender> sender;

    void Append(uint64_t from, uint64_t end, uint64_t step = 10) const {
      for (uint64_t i = from; i < end; i += step) {
        const uint64_t last = std::min(end, i + step);
        const absl::Status taken =
            sender->Append(Records(i, last), static_cast<uint32_t>(last - i));
        ASSERT_TRUE(taken.ok()) << taken;
        ASSERT_TRUE(sender->Commit().ok());
      }
    }
    SpoolState Drain(std::chrono::milliseconds patience = kPatience) const {
      const auto state = sender->Drain(Now() + patience);
      EXPECT_TRUE(state.ok()) << state.status();
      return state.value_or(SpoolState());
    }
  };

  std::string Endpoint() const { return "ipc://" + directory_.path() + "/cdr.sock"; }

  ReceiverOptions Here() const {
    ReceiverOptions options;
    options.endpoint = Endpoint();
    options.clock = Now;
    return options;
  }

  // A new service forgets the sessions of the one before.
  ReceiverOptions Again() {
    ReceiverOptions options = Here();
    options.session_seed = ++seed_;
    return options;
  }

  Mediation Start(SpoolOptions spool = kSmall) {
    Mediation mediation;
    mediation.folder = SpoolFolder::Open(directory_.path() + "/spool").value();
    mediation.spool = Spool::Open(mediation.folder->disk(), spool).value();
    EXPECT_TRUE(mediation.spool->Begin({{"msc-01", "live", kSpoolEpoch}, AnyFormat()}).ok());
    SenderOptions options;
    options.endpoint = Endpoint();
    options.resend_after = milliseconds(100);
    options.resend_after_max = milliseconds(200);
    options.clock = Now;
    mediation.sender = SpooledSender::Create(context_, options, *mediation.spool).value();
    return mediation;
  }

  const std::string& Arrived() { return store_.records[{"msc-01", "live", kSpoolEpoch}]; }

  ScratchDirectory directory_;
  ZmqContext context_;
  DurableStore store_;
  uint64_t seed_ = 0;
};

TEST_F(TransportSpool, DrainedSpoolIsDurableAtTheReceiver) {
  ServiceThread service(Here(), store_);
  const Mediation mediation = Start();
  mediation.Append(0, 1'000);
  const SpoolState state = mediation.Drain();
  service.Stop();
  EXPECT_EQ(state.durable_there, 1'000u);
  EXPECT_EQ(state.only_here, 0u);
  EXPECT_EQ(Arrived(), Records(0, 1'000));
}

TEST_F(TransportSpool, WithoutAReceiverTheRecordsAreOnlyHere) {
  const Mediation mediation = Start();
  mediation.Append(0, 100);
  const SpoolState state = mediation.Drain(kBriefly);
  EXPECT_EQ(state.durable_there, 0u);
  EXPECT_EQ(state.only_here, 100u);
}

TEST_F(TransportSpool, WhatAReceiverAcknowledgedIsNotOnlyHereAtTheNextStartWithoutIt) {
  {
    ServiceThread service(Here(), store_);
    const Mediation mediation = Start();
    mediation.Append(0, 100);
    ASSERT_TRUE(mediation.Drain().Empty());
    service.Stop();
  }
  const Mediation mediation = Start();
  mediation.Append(100, 130);
  const SpoolState state = mediation.Drain(kBriefly);
  EXPECT_EQ(state.durable_there, 100u);
  EXPECT_EQ(state.only_here, 30u);
}

TEST_F(TransportSpool, ReceiverThatComesLaterGetsEverything) {
  const Mediation mediation = Start();
  mediation.Append(0, 500);
  EXPECT_EQ(mediation.Drain(kBriefly).only_here, 500u);
  ServiceThread service(Here(), store_);
  EXPECT_TRUE(mediation.Drain().Empty());
  service.Stop();
  EXPECT_EQ(Arrived(), Records(0, 500));
}

TEST_F(TransportSpool, FullSpoolTakesAgainWhenTheReceiverIsBack) {
  const Mediation mediation = Start();
  uint64_t count = 0;
  while (mediation.sender->Append(Record(count), 1).ok()) {
    ASSERT_TRUE(mediation.sender->Commit().ok());
    ASSERT_TRUE(mediation.sender->Poll().ok());
    ASSERT_LT(++count, 10'000u);
  }
  EXPECT_TRUE(absl::IsResourceExhausted(mediation.sender->Append(Record(count), 1)));
  ServiceThread service(Here(), store_);
  EXPECT_TRUE(mediation.Drain().Empty());
  mediation.Append(count, count + 10);
  EXPECT_TRUE(mediation.Drain().Empty());
  service.Stop();
  EXPECT_EQ(Arrived(), Records(0, count + 10));
}

TEST_F(TransportSpool, SenderThatIsStartedAgainLosesAndRepeatsNothing) {
  ServiceThread service(Here(), store_);
  for (uint64_t life = 0; life < 10; ++life) {
    const Mediation mediation = Start();
    mediation.Append(life * 100, life * 100 + 100, 7);
    for (uint64_t i = 0; i < life; ++i) ASSERT_TRUE(mediation.sender->Poll(milliseconds(1)).ok());
  }
  const Mediation mediation = Start();
  EXPECT_TRUE(mediation.Drain().Empty());
  service.Stop();
  EXPECT_EQ(Arrived(), Records(0, 1'000));
}

// The service dies with batches that it took and did not acknowledge.
TEST_F(TransportSpool, ReceiverThatIsStartedAgainLosesAndRepeatsNothing) {
  const Mediation mediation = Start();
  mediation.Append(0, 1'000);
  for (int life = 1; life <= 4; ++life) {
    ServiceThread service(Again(), store_, /*acked_batches=*/life);
    EXPECT_FALSE(mediation.Drain(milliseconds(600)).Empty());
  }
  ServiceThread service(Again(), store_);
  EXPECT_TRUE(mediation.Drain().Empty());
  service.Stop();
  EXPECT_EQ(Arrived(), Records(0, 1'000));
}

TEST_F(TransportSpool, BothStartedAgainLoseAndRepeatNothing) {
  for (uint64_t life = 0; life < 5; ++life) {
    ServiceThread service(Again(), store_, /*acked_batches=*/5);
    const Mediation mediation = Start();
    mediation.Append(life * 100, life * 100 + 100);
    mediation.Drain(milliseconds(300));
  }
  ServiceThread service(Again(), store_);
  const Mediation mediation = Start();
  EXPECT_TRUE(mediation.Drain().Empty());
  service.Stop();
  EXPECT_EQ(Arrived(), Records(0, 500));
}

TEST_F(TransportSpool, BatchLargerThanTheCreditGoesInParts) {
  ReceiverOptions options = Here();
  options.credit = 30;
  ServiceThread service(options, store_);
  const Mediation mediation = Start();
  mediation.Append(0, 400, 100);
  EXPECT_TRUE(mediation.Drain().Empty());
  service.Stop();
  EXPECT_EQ(Arrived(), Records(0, 400));
}

TEST_F(TransportSpool, ReceiverThatLostWhatIsTrimmedIsAnErrorThatNamesTheRecords) {
  {
    ServiceThread service(Here(), store_);
    const Mediation mediation = Start();
    mediation.Append(0, 2'000);
    ASSERT_TRUE(mediation.Drain().Empty());
  }
  DurableStore empty;
  ServiceThread forgetful(Again(), empty);
  const Mediation mediation = Start();
  ASSERT_GT(mediation.spool->first_seq(), 0u);
  const auto state = mediation.sender->Drain(Now() + kPatience);
  EXPECT_EQ(state.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(state.status().message()),
              testing::HasSubstr("goes on with record 0 here"));
  mediation.Append(2'000, 2'010);  // it still takes records
  forgetful.Stop();
  EXPECT_TRUE(empty.records.empty());
}

TEST_F(TransportSpool, SecondProcessInAFolderIsRefused) {
  const Mediation mediation = Start();
  EXPECT_TRUE(absl::IsFailedPrecondition(SpoolFolder::Open(directory_.path() + "/spool").status()));
}

}  // namespace
}  // namespace ringfence
