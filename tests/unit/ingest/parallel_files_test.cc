#include "ingest/parallel_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"

namespace ringfence {
namespace {

constexpr uint64_t kRows = 20'000;

class Sink : public RejectSink {
 public:
  void OnReject(const Reject&) override {}
};

class ParallelFilesTest : public testing::Test {
 protected:
  ParallelFilesTest() {
    std::ofstream file(path_, std::ios::binary);
    file << "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk\n";
    for (uint64_t i = 0; i < kRows; ++i) {
      file << absl::StrFormat("call-%05d,+8613800000001,+8613800000002,1795482900,,,17,tg1\n", i);
    }
  }
  ~ParallelFilesTest() override { std::filesystem::remove(path_); }

  // What each batch was told.
  std::vector<std::optional<uint64_t>> Expected(size_t threads) {
    std::vector<std::optional<uint64_t>> expected;
    Sink sink;
    const DecodeOptions decode{.numbers = *NumberPlan::Create({}), .zone = absl::UTCTimeZone()};
    ParallelFiles files(
        {path_.string()}, {}, decode, sink,
        {.threads = threads, .in_order = [&](CdrBatch&, std::optional<uint64_t> records) {
           expected.push_back(records);
         }});
    CdrBatch batch;
    while (*files.Next(batch)) {
    }
    EXPECT_EQ(files.records_read(), kRows);
    return expected;
  }

  const std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) / "ringfence_parallel_files_test.csv";
};

TEST_F(ParallelFilesTest, KnowsMoreAndMoreTrulyHowManyRecordsThereAre) {
  for (const size_t threads : {1u, 3u}) {
    const auto expected = Expected(threads);
    ASSERT_GE(expected.size(), 8u);
    ASSERT_TRUE(expected.back());
    EXPECT_NEAR(static_cast<double>(*expected.back()), kRows, 1.0);
    ASSERT_TRUE(expected[expected.size() / 2]);
    EXPECT_NEAR(static_cast<double>(*expected[expected.size() / 2]), kRows, kRows / 2.0);
  }
}

}  // namespace
}  // namespace ringfence
