// Files through sender and receiver.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "ingest/client/file_shipper.h"
#include "tests/integration/transport_peers.h"

namespace ringfence {
namespace {

using std::chrono::milliseconds;

constexpr char kHeader[] =
    "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk\n";

std::string Row(int i) {
  return "r" + std::to_string(i) + ",+8663155501234,+8663155505678," +
         std::to_string(1'795'482'900 + i) + ",,,16,t1\n";
}

std::string Rows(int from, int end) {
  std::string rows;
  for (int i = from; i < end; ++i) rows += Row(i);
  return rows;
}

class TransportFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("ringfence-file-" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    path_ = folder_ / "cdr.csv";
    ship_.batch_bytes = 500;
    StartService();
  }
  void TearDown() override {
    service_.reset();
    std::filesystem::remove_all(folder_);
  }

  void StartService(std::optional<int> acked_batches = std::nullopt) {
    ReceiverOptions options;
    options.endpoint = endpoint_;
    options.clock = Now;
    options.session_seed = ++starts_ * 1'000;
    service_.reset();
    service_ = std::make_unique<ServiceThread>(options, store_, acked_batches);
    endpoint_ = service_->endpoint();
  }

  void Write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }

  absl::StatusOr<ShipReport> Ship() {
    SenderOptions options;
    options.endpoint = endpoint_;
    options.source = "msc-01";
    options.clock = Now;
    options.resend_after = milliseconds(100);
    options.give_up_after = give_up_after_;
    auto sender = Sender::Create(context_, options);
    if (!sender.ok()) return sender.status();
    return ShipFile(**sender, path_, ship_, {});
  }

  // What is durable of the stream that the report names. Ends the service.
  std::string Stored(const ShipReport& report) {
    service_->Stop();
    return store_.records[{"msc-01", "cdr.csv", report.epoch}];
  }

  ZmqContext context_;
  DurableStore store_;
  std::filesystem::path folder_;
  std::string path_;
  ShipOptions ship_;
  milliseconds give_up_after_ = kPatience;
  std::string endpoint_ = "tcp://127.0.0.1:*";
  uint64_t starts_ = 0;
  std::unique_ptr<ServiceThread> service_;
};

TEST_F(TransportFile, RecordsArriveAsTheyStandInTheFile) {
  // Blank lines, CR LF, line ends inside quotes, and no line end at the end.
  const std::string body =
      Row(1) + "\n\n" + "r2,+8663155501234,+8663155505678,1795482902,,,16,t\r\n" +
      "r3,+8663155501234,+8663155505678,1795482903,,,16,\"t\n3\"\n" + Rows(4, 100);
  Write(kHeader + body.substr(0, body.size() - 1));
  auto report = Ship();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->records, 99u);
  EXPECT_EQ(report->had, 0u);
  EXPECT_EQ(Stored(*report), body);
  ASSERT_EQ(store_.positions.size(), 1u);
  EXPECT_EQ(store_.positions[0].position.next_seq, 99u);
  EXPECT_EQ(store_.positions[0].position.next_offset, sizeof(kHeader) - 1 + body.size());
}

TEST_F(TransportFile, SecondTimeSendsNothing) {
  Write(kHeader + Rows(0, 100));
  ASSERT_TRUE(Ship().ok());
  auto again = Ship();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->had, 100u);
  EXPECT_EQ(Stored(*again), Rows(0, 100));
  EXPECT_EQ(store_.positions.size(), 1u);
}

TEST_F(TransportFile, GrownFileSendsWhatIsNew) {
  Write(kHeader + Rows(0, 100));
  ASSERT_TRUE(Ship().ok());
  Write(kHeader + Rows(0, 130));
  auto grown = Ship();
  ASSERT_TRUE(grown.ok()) << grown.status();
  EXPECT_EQ(grown->had, 100u);
  EXPECT_EQ(Stored(*grown), Rows(0, 130));
}

TEST_F(TransportFile, OtherFileOfTheSameNameAndFirstRecordIsSentWhole) {
  Write(kHeader + Rows(0, 50));
  auto first = Ship();
  ASSERT_TRUE(first.ok()) << first.status();
  Write(kHeader + Row(0) + Rows(200, 260));
  auto second = Ship();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->had, 0u);
  EXPECT_NE(second->epoch, first->epoch);
  auto again = Ship();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->had, 61u);
  EXPECT_EQ(Stored(*second), Row(0) + Rows(200, 260));
}

TEST_F(TransportFile, ShorterFileOfTheSameNameIsSentWhole) {
  Write(kHeader + Rows(0, 50));
  ASSERT_TRUE(Ship().ok());
  Write(kHeader + Rows(0, 20));
  auto shorter = Ship();
  ASSERT_TRUE(shorter.ok()) << shorter.status();
  EXPECT_EQ(shorter->had, 0u);
  EXPECT_EQ(Stored(*shorter), Rows(0, 20));
}

TEST_F(TransportFile, WhereNobodyAnswersTheSenderSaysSo) {
  Write(kHeader + Rows(0, 10));
  StartService();
  service_->Stop();
  give_up_after_ = milliseconds(200);
  const absl::Status status = Ship().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(status.message().find("nobody answered"), absl::string_view::npos) << status;
}

TEST_F(TransportFile, InterruptedShipmentGoesOnWhereItEnded) {
  Write(kHeader + Rows(0, 2'000));
  StartService(5);
  give_up_after_ = milliseconds(500);
  auto interrupted = Ship();
  EXPECT_EQ(interrupted.status().code(), absl::StatusCode::kUnavailable);
  StartService();
  give_up_after_ = kPatience;
  auto resumed = Ship();
  ASSERT_TRUE(resumed.ok()) << resumed.status();
  EXPECT_GT(resumed->had, 0u);
  EXPECT_EQ(resumed->records, 2'000u);
  EXPECT_EQ(Stored(*resumed), Rows(0, 2'000));
}

TEST_F(TransportFile, OverlongRecordIsCutAndTheRestKeepsItsPlaces) {
  const std::string monster(3'000'000, 'x');
  Write(kHeader + Rows(0, 3) + monster + "\n" + Rows(4, 7));
  auto report = Ship();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->records, 7u);
  EXPECT_EQ(report->cut, 1u);
  const std::string stored = Stored(*report);
  EXPECT_TRUE(stored.starts_with(Rows(0, 3) + "xxxx"));
  EXPECT_TRUE(stored.ends_with(" \n" + Rows(4, 7)));
  EXPECT_EQ(store_.positions[0].position.next_offset,
            sizeof(kHeader) - 1 + Rows(0, 3).size() + monster.size() + 1 + Rows(4, 7).size());
}

TEST_F(TransportFile, FileOfBinaryRecordsIsSentAsItIsWithACutEnd) {
  std::string records;
  for (int i = 0; i < 50; ++i) records += std::string(95, static_cast<char>(i)) + "\n";
  records += std::string(7, '\n');
  Write(BinaryHeaderRecord(96) + records);
  auto report = Ship();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->records, 51u);
  auto again = Ship();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->had, 51u);
  EXPECT_EQ(Stored(*report), records);
  EXPECT_EQ(store_.positions[0].position.next_offset, 96 + records.size());
}

TEST_F(TransportFile, InterruptedShipmentOfBinaryRecordsGoesOnWhereItEnded) {
  Write(kHeader + Rows(0, 2'000));
  ship_.binary = BinaryOptions{.decode = {*NumberPlan::Create({}), absl::UTCTimeZone()}};
  StartService(5);
  give_up_after_ = milliseconds(500);
  EXPECT_EQ(Ship().status().code(), absl::StatusCode::kUnavailable);
  StartService();
  give_up_after_ = kPatience;
  auto resumed = Ship();
  ASSERT_TRUE(resumed.ok()) << resumed.status();
  EXPECT_GT(resumed->had, 0u);
  EXPECT_EQ(resumed->records, 2'000u);
  EXPECT_EQ(Stored(*resumed).size(), 2'000 * kUsualBinaryRecord);
}

TEST_F(TransportFile, TrunkThatDoesNotFitIntoABinaryRecordEndsTheShipmentWithItsPlace) {
  const std::string trunk(100, 't');
  Write(kHeader + Rows(0, 3) + "r3,+8663155501234,+8663155505678,1795482903,,,16," + trunk + "\n");
  ship_.binary = BinaryOptions{.decode = {*NumberPlan::Create({}), absl::UTCTimeZone()}};
  auto refused = Ship();
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.status().message()),
              testing::AllOf(testing::HasSubstr("cdr.csv, line 5: "),
                             testing::HasSubstr("take records of 192 bytes"),
                             testing::HasSubstr("the 3 records before that are durable")));
  ship_.binary->record_bytes = 192;
  auto sent = Ship();
  ASSERT_TRUE(sent.ok()) << sent.status();
  EXPECT_EQ(sent->records, 4u);
}

TEST_F(TransportFile, FileWithoutRecordsIsDoneAtOnce) {
  Write(kHeader);
  auto report = Ship();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->records, 0u);
}

TEST_F(TransportFile, UnreadableFilesAreNamed) {
  path_ = folder_ / "absent.csv";
  auto report = Ship();
  EXPECT_EQ(report.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(report.status().message()), testing::HasSubstr("absent.csv"));
  path_ = "-";
  EXPECT_EQ(Ship().status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ringfence
