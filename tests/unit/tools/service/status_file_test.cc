#include "tools/service/status_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace ringfence {
namespace {

class StatusFile : public testing::Test {
 protected:
  StatusFile() {
    std::string pattern = testing::TempDir() + "/ringfence-status-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
  }
  ~StatusFile() override { std::filesystem::remove_all(folder_); }
  std::string Path() const { return folder_ + "/status.json"; }

  std::string folder_;
};

TEST_F(StatusFile, ReadsWhatWasWritten) {
  ServiceStatus status{.pid = 4711,
                       .state = "running",
                       .endpoint = "ipc:///tmp/x.sock",
                       .redis = "unix:/tmp/redis.sock",
                       .written_at = FromUnixMicros(1'795'492'800'000'001),
                       .account = {.read = 9, .accepted = 4, .duplicates = 1, .late = 2},
                       .detector = {},
                       .blocker = {},
                       .durability = {}};
  status.account.CountReject(RejectReason{});
  status.account.CountReject(static_cast<RejectReason>(kRejectReasonCount - 1));
  status.detector.consumed = 6;
  status.detector.received_calls = 5;
  status.detector.flood_late = 4;
  status.blocker.held = 3;
  status.blocker.confirmed = 5;
  status.durability = {.lsn = 7,
                       .durable_lsn = 8,
                       .snapshot_lsn = 6,
                       .snapshot_at = status.written_at,
                       .snapshot_bytes = 1000,
                       .snapshot_took = std::chrono::milliseconds(12),
                       .snapshot_pause = std::chrono::microseconds(345),
                       .restore_took = std::chrono::milliseconds(67),
                       .replay_took = std::chrono::milliseconds(89),
                       .replayed_entries = 2,
                       .replayed_records = 31,
                       .queue_bytes = 9,
                       .disk_used_percent = 42,
                       .armed = false,
                       .disarmed_because = "the clock was set"};
  ASSERT_TRUE(WriteStatus(status, Path()).ok());
  const auto read = ReadStatus(Path());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->pid, 4711);
  EXPECT_EQ(read->state, "running");
  EXPECT_EQ(read->endpoint, "ipc:///tmp/x.sock");
  EXPECT_EQ(read->redis, "unix:/tmp/redis.sock");
  EXPECT_EQ(read->written_at, status.written_at);
  EXPECT_EQ(read->account.rejected, status.account.rejected);
  EXPECT_TRUE(read->account.Balances());
  EXPECT_EQ(read->detector.consumed, 6u);
  EXPECT_EQ(read->detector.received_calls, 5u);
  EXPECT_EQ(read->detector.flood_late, 4u);
  EXPECT_EQ(read->blocker.held, 3u);
  EXPECT_EQ(read->blocker.confirmed, 5u);
  EXPECT_EQ(read->durability, status.durability);
}

TEST_F(StatusFile, MissingOneIsNotFound) {
  EXPECT_EQ(ReadStatus(Path()).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(StatusFile, OneThatIsNoStatusIsDataLossAndNamed) {
  for (const char* text : {"", "{", "[]", "{}", R"({"pid":"x"})"}) {
    std::ofstream(Path(), std::ios::trunc) << text;
    const absl::Status status = ReadStatus(Path()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << text;
    EXPECT_NE(status.message().find(Path()), absl::string_view::npos) << status;
  }
}

TEST_F(StatusFile, FolderThatIsNotThereIsAnError) {
  EXPECT_FALSE(WriteStatus({}, folder_ + "/no/status.json").ok());
}

}  // namespace
}  // namespace ringfence
