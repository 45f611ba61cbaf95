#include "ingest/quarantine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "ingest/reconciliation.h"
#include "tests/json.h"

namespace ringfence {
namespace {

class QuarantineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "quarantine.XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Path() const { return folder_ + "/q.jsonl"; }
  std::vector<CheckedJson> Lines() const {
    std::vector<CheckedJson> lines;
    std::ifstream file(Path());
    for (std::string line; std::getline(file, line);) lines.push_back(CheckedJson::Parse(line));
    return lines;
  }

  std::string folder_;
};

Reject MakeReject(std::string_view bytes) {
  return {.reason = RejectReason::kTime,
          .source = "a.csv",
          .offset = 120,
          .line = 3,
          .bytes = bytes,
          .detail = "setup_time \"soon\" can't be read"};
}

TEST_F(QuarantineTest, ARejectIsKeptWithPlaceReasonAndBytes) {
  Quarantine quarantine({.path = Path()});
  quarantine.OnReject(MakeReject("id,\"1\",soon"));
  ASSERT_TRUE(quarantine.Flush().ok());
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].at("source"), "a.csv");
  EXPECT_EQ(lines[0].at("offset"), 120);
  EXPECT_EQ(lines[0].at("line"), 3);
  EXPECT_EQ(lines[0].at("reason"), "time");
  EXPECT_EQ(lines[0].at("detail"), "setup_time \"soon\" can't be read");
  EXPECT_EQ(lines[0].at("bytes"), "id,\"1\",soon");
}

TEST_F(QuarantineTest, BytesThatAreNotUtf8AreKeptAsBase64) {
  Quarantine quarantine({.path = Path()});
  quarantine.OnReject(MakeReject("\xff\xfe\x01"));
  ASSERT_TRUE(quarantine.Flush().ok());
  EXPECT_EQ(Lines()[0].at("base64"), "//4B");
  EXPECT_FALSE(Lines()[0].contains("bytes"));
}

TEST_F(QuarantineTest, BinaryRecordsAreKeptAsBase64EvenWhereTheirBytesAreText) {
  Quarantine quarantine({.path = Path()});
  Reject reject = MakeReject(std::string_view("a\0b", 3));
  reject.binary = true;
  quarantine.OnReject(reject);
  ASSERT_TRUE(quarantine.Flush().ok());
  EXPECT_EQ(Lines()[0].at("base64"), "YQBi");
  EXPECT_FALSE(Lines()[0].contains("bytes"));
}

TEST_F(QuarantineTest, ALongRecordIsCutAndItsLengthStated) {
  Quarantine quarantine({.path = Path(), .record_limit = 4});
  quarantine.OnReject(MakeReject("abcdefgh"));
  ASSERT_TRUE(quarantine.Flush().ok());
  EXPECT_EQ(Lines()[0].at("bytes"), "abcd");
  EXPECT_EQ(Lines()[0].at("length"), 8);
}

TEST_F(QuarantineTest, AFileThatIsThereIsAppendedToOrReplacedWhenAskedFor) {
  for (const auto& [replace, lines] : {std::pair(false, 1u), {false, 2u}, {true, 1u}}) {
    Quarantine quarantine({.path = Path(), .replace = replace});
    quarantine.OnReject(MakeReject("x"));
    ASSERT_TRUE(quarantine.Flush().ok());
    EXPECT_EQ(Lines().size(), lines);
  }
}

TEST_F(QuarantineTest, NoFileIsMadeWithoutRejects) {
  Quarantine quarantine({.path = Path()});
  EXPECT_TRUE(quarantine.Flush().ok());
  EXPECT_FALSE(std::filesystem::exists(Path()));
}

TEST_F(QuarantineTest, AFileThatCantBeWrittenIsAnErrorThatNamesIt) {
  Quarantine quarantine({.path = folder_ + "/missing/q.jsonl"});
  quarantine.OnReject(MakeReject("x"));
  const absl::Status status = quarantine.Flush();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message().data(), status.message().size()),
              ::testing::HasSubstr("/missing/q.jsonl"));
}

TEST_F(QuarantineTest, TheFileIsForTheOwnerAlone) {
  Quarantine quarantine({.path = Path()});
  quarantine.OnReject(MakeReject("x"));
  ASSERT_TRUE(quarantine.Flush().ok());
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(Path()).permissions() & (perms::group_all | perms::others_all),
            perms::none);
}

TEST(Reconciliation, BalancesWhenEveryRecordIsInOneOtherCount) {
  Reconciliation run{.read = 10, .accepted = 5, .duplicates = 2, .late = 1};
  run.CountReject(RejectReason::kTime);
  EXPECT_FALSE(run.Balances());
  run.CountReject(RejectReason::kJson);
  EXPECT_TRUE(run.Balances());
  run += run;
  EXPECT_TRUE(run.Balances());
  EXPECT_EQ(run.RejectedTotal(), 4u);
  EXPECT_EQ(run.read, 20u);
}

}  // namespace
}  // namespace ringfence
