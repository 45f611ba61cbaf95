#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "ingest/model/crc32c.h"
#include "ingest/transport/endpoint.h"
#include "ingest/transport/stream_state.h"

namespace ringfence {
namespace {

using Verdict = StreamState::Verdict;

constexpr uint32_t kCredit = 100;

wire::Data Batch(uint64_t first, uint32_t count, std::string_view records, uint64_t offset = 0) {
  return {1, first, offset, count, records};
}

TEST(StreamState, BatchesInOrderAreTaken) {
  StreamState state;
  StreamState::Taken taken;
  EXPECT_EQ(state.Accept(Batch(0, 2, "a\nb\n", 50), kCredit, taken), Verdict::kTaken);
  EXPECT_EQ(taken.records, "a\nb\n");
  EXPECT_EQ(state.Accept(Batch(2, 1, "c\n", 54), kCredit, taken), Verdict::kTaken);
  EXPECT_EQ(taken.first_seq, 2u);
  EXPECT_EQ(state.accepted(), (StreamPosition{3, 56, Crc32c("a\nb\nc\n")}));
  EXPECT_EQ(state.acked(), StreamPosition());
}

TEST(StreamState, RepeatedBatchIsADuplicate) {
  StreamState state;
  StreamState::Taken taken;
  state.Accept(Batch(0, 2, "a\nb\n"), kCredit, taken);
  EXPECT_EQ(state.Accept(Batch(0, 2, "a\nb\n"), kCredit, taken), Verdict::kDuplicate);
  EXPECT_EQ(state.Accept(Batch(1, 1, "b\n"), kCredit, taken), Verdict::kDuplicate);
  EXPECT_EQ(state.accepted().next_seq, 2u);
}

TEST(StreamState, BatchAfterAGapIsNotTaken) {
  StreamState state;
  StreamState::Taken taken;
  EXPECT_EQ(state.Accept(Batch(1, 1, "b\n"), kCredit, taken), Verdict::kGap);
  EXPECT_EQ(state.accepted().next_seq, 0u);
}

TEST(StreamState, RepeatedBeginningIsCutOff) {
  StreamState state;
  StreamState::Taken taken;
  state.Accept(Batch(0, 2, "a\nbb\n", 10), kCredit, taken);
  EXPECT_EQ(state.Accept(Batch(1, 3, "bb\nc\nd\n", 12), kCredit, taken), Verdict::kTaken);
  EXPECT_EQ(taken.first_seq, 2u);
  EXPECT_EQ(taken.count, 2u);
  EXPECT_EQ(taken.offset, 15u);
  EXPECT_EQ(taken.records, "c\nd\n");
  EXPECT_EQ(taken.repeated, 1u);
  EXPECT_EQ(state.accepted().content_crc, Crc32c("a\nbb\nc\nd\n"));
}

TEST(StreamState, OverlapWithLineFeedsInsideRecordsIsNotCut) {
  StreamState state;
  StreamState::Taken taken;
  state.Accept(Batch(0, 1, "a\n"), kCredit, taken);
  EXPECT_EQ(state.Accept(Batch(0, 2, "a\n\"b\nb\"\n"), kCredit, taken), Verdict::kUncuttable);
  EXPECT_EQ(state.accepted().next_seq, 1u);
}

TEST(StreamState, LinesWithoutALineFeedAtTheEndAreMalformed) {
  StreamState state;
  StreamState::Taken taken;
  EXPECT_EQ(state.Accept(Batch(0, 1, "a"), kCredit, taken), Verdict::kMalformed);
  EXPECT_EQ(state.accepted().next_seq, 0u);
}

TEST(StreamState, RecordsOfOneSizeNeedNoLineFeedAndAreCutByTheirBytes) {
  StreamState state;
  StreamState::Taken taken;
  EXPECT_EQ(state.Accept(Batch(0, 2, "aaa\n\n\n", 10), kCredit, taken, 3), Verdict::kTaken);
  EXPECT_EQ(state.Accept(Batch(1, 3, "\n\n\nbbbccc", 13), kCredit, taken, 3), Verdict::kTaken);
  EXPECT_EQ(taken.first_seq, 2u);
  EXPECT_EQ(taken.offset, 16u);
  EXPECT_EQ(taken.records, "bbbccc");
  EXPECT_EQ(state.accepted(), (StreamPosition{4, 22, Crc32c("aaa\n\n\nbbbccc")}));
}

TEST(StreamState, RecordsOfOneSizeMustBeAsManyAsTheBatchSaysAndTheLastMayBeCutOff) {
  StreamState state;
  StreamState::Taken taken;
  EXPECT_EQ(state.Accept(Batch(0, 1, "aaabbb"), kCredit, taken, 3), Verdict::kMalformed);
  EXPECT_EQ(state.Accept(Batch(0, 3, "aaabbb"), kCredit, taken, 3), Verdict::kMalformed);
  EXPECT_EQ(state.Accept(Batch(0, 2, "aaab"), kCredit, taken, 3), Verdict::kTaken);
  EXPECT_EQ(taken.records, "aaab");
}

TEST(StreamState, CreditCountsFromTheAcknowledgedRecord) {
  StreamState state;
  StreamState::Taken taken;
  EXPECT_EQ(state.Accept(Batch(0, 2, "a\nb\n"), 2, taken), Verdict::kTaken);
  EXPECT_EQ(state.Accept(Batch(2, 1, "c\n"), 2, taken), Verdict::kPastCredit);
  EXPECT_EQ(state.Ack(2), 4u);
  EXPECT_EQ(state.Accept(Batch(2, 1, "c\n"), 2, taken), Verdict::kTaken);
}

TEST(StreamState, AckCoversWholeBatchesAndReturnsTheirBytes) {
  StreamState state;
  StreamState::Taken taken;
  state.Accept(Batch(0, 2, "a\nb\n"), kCredit, taken);
  state.Accept(Batch(2, 1, "cc\n", 4), kCredit, taken);
  EXPECT_EQ(state.Ack(1), std::nullopt) << "inside a batch";
  EXPECT_EQ(state.Ack(4), std::nullopt) << "past what was taken";
  EXPECT_EQ(state.Ack(2), 4u);
  EXPECT_EQ(state.acked(), (StreamPosition{2, 4, Crc32c("a\nb\n")}));
  EXPECT_FALSE(state.settled());
  EXPECT_EQ(state.Ack(3), 3u);
  EXPECT_EQ(state.Ack(3), 0u) << "again";
  EXPECT_TRUE(state.settled());
  EXPECT_EQ(state.acked(), state.accepted());
}

TEST(StreamState, RestoredPositionGoesOnWhereItWas) {
  StreamState state({2, 4, Crc32c("a\nb\n")});
  StreamState::Taken taken;
  EXPECT_EQ(state.Accept(Batch(0, 2, "a\nb\n"), kCredit, taken), Verdict::kDuplicate);
  EXPECT_EQ(state.Accept(Batch(2, 1, "c\n", 4), kCredit, taken), Verdict::kTaken);
  EXPECT_EQ(state.accepted().content_crc, Crc32c("a\nb\nc\n"));
}

void GiveInAnyOrder(const std::vector<std::string>& lines, size_t record_bytes) {
  std::string all;
  for (const std::string& line : lines) all += line;
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    StreamState state;
    std::string taken_records;
    while (state.accepted().next_seq < lines.size()) {
      const uint64_t first = random() % lines.size();
      const uint64_t end = std::min<uint64_t>(lines.size(), first + 1 + random() % 8);
      std::string records;
      for (uint64_t i = first; i < end; ++i) records += lines[i];
      StreamState::Taken taken;
      const Verdict verdict = state.Accept(
          Batch(first, static_cast<uint32_t>(end - first), records), kCredit, taken, record_bytes);
      if (verdict == Verdict::kTaken) taken_records += taken.records;
      if (random() % 4 == 0) state.Ack(state.accepted().next_seq);
    }
    EXPECT_EQ(taken_records, all) << "seed " << seed;
    EXPECT_EQ(state.accepted().content_crc, Crc32c(all));
  }
}

// Whatever repetitions, cuts and disorder the network makes of a stream, its records come out once
// each and in order.
TEST(StreamState, AnyOrderOfOverlappingBatchesGivesTheStreamItself) {
  std::vector<std::string> lines;
  for (int i = 0; i < 60; ++i) lines.push_back(std::to_string(i) + "\n");
  GiveInAnyOrder(lines, 0);
}

TEST(StreamState, AnyOrderOfOverlappingBatchesOfOneSizeGivesTheStreamItself) {
  std::vector<std::string> records;
  for (int i = 0; i < 60; ++i) records.push_back({'\n', static_cast<char>(i), '\n'});
  GiveInAnyOrder(records, 3);
}

TEST(LocalEndpoint, LoopbackAndUnixSocketsAreAccepted) {
  for (const char* endpoint : {"tcp://127.0.0.1:5571", "tcp://127.0.0.1:*", "tcp://127.1.2.3:1",
                               "tcp://[::1]:65535", "tcp://[::1]:*", "ipc:///run/ringfence/cdr"}) {
    EXPECT_TRUE(CheckEndpoint(endpoint, false).ok()) << endpoint;
  }
}

TEST(LocalEndpoint, AddressesThatOthersReachAreRefusedWithTheReason) {
  for (const char* endpoint : {"tcp://0.0.0.0:5571", "tcp://*:5571", "tcp://192.0.2.1:5571",
                               "tcp://[::]:5571", "tcp://eth0:5571", "tcp://localhost:5571",
                               "tcp://127.0.0.1.example.com:5571", "tcp://128.0.0.1:5571",
                               // inet_aton() reads octal: 87.0.1.1
                               "tcp://0127.0.1.1:5571"}) {
    absl::Status status = CheckEndpoint(endpoint, false);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << endpoint;
    EXPECT_NE(status.message().find("authentication"), absl::string_view::npos) << status;
    EXPECT_NE(status.message().find(endpoint), absl::string_view::npos) << status;
  }
}

TEST(LocalEndpoint, OtherTextsAreMalformed) {
  for (const char* endpoint :
       {"", "127.0.0.1:5571", "tcp://", "tcp://127.0.0.1", "tcp://127.0.0.1:", "tcp://127.0.0.1:0",
        "tcp://127.0.0.1:65536", "tcp://127.0.0.1:5571x", "udp://127.0.0.1:1", "inproc://a",
        "ipc://", "ipc://@abstract", "ipc://relative/path", "ipc://*"}) {
    EXPECT_EQ(CheckEndpoint(endpoint, false).code(), absl::StatusCode::kInvalidArgument)
        << endpoint;
  }
  EXPECT_FALSE(CheckEndpoint("ipc:///" + std::string(120, 'x'), false).ok());
}

TEST(HostPort, IsCutAtTheLastColon) {
  const auto v4 = SplitHostPort("127.0.0.1:5571");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->host, "127.0.0.1");
  EXPECT_EQ(v4->HostWithoutBrackets(), "127.0.0.1");
  EXPECT_EQ(v4->port, "5571");
  EXPECT_EQ(SplitHostPort("localhost:")->port, "");
}

TEST(HostPort, AnIpv6AddressStandsInBrackets) {
  const auto v6 = SplitHostPort("[::1]:*");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "[::1]");
  EXPECT_EQ(v6->HostWithoutBrackets(), "::1");
  EXPECT_EQ(v6->port, "*");
}

TEST(HostPort, NeedsAHostAndAColon) {
  for (const char* address : {"", ":", ":5571", "127.0.0.1"}) {
    EXPECT_FALSE(SplitHostPort(address)) << address;
  }
}

}  // namespace
}  // namespace ringfence
