// Configured files that a restarted service reads on.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/unit/tools/service/core_samples.h"
#include "tools/service/configured_files.h"

namespace ringfence {
namespace {

class RestartedFiles : public testing::Test {
 protected:
  RestartedFiles() {
    std::string pattern = testing::TempDir() + "/ringfence-files-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    core_ = std::make_unique<ServiceCore>(SampleCoreOptions(), nullptr, kept_, nullptr);
  }
  ~RestartedFiles() override { std::filesystem::remove_all(folder_); }

  std::string Path() const { return folder_ + "/cdr.csv"; }

  void Write(int from, int to, const std::string& extra = "") {
    std::ofstream file(Path(), std::ios::binary | std::ios::trunc);
    file << "record_id,calling,called,setup_time\n";
    for (int i = from; i < to; ++i) {
      file << SampleRecord(absl::StrCat("r", i), 1, kCoreStart + std::chrono::seconds(i)) << "\n";
    }
    file << extra;
  }

  // Reads batches, all of them by default; how many records the core has counted since.
  uint64_t Read(int batches = 1'000'000) {
    const uint64_t before = core_->account().read;
    DecodeOptions decode = SampleCoreOptions().decode;
    ConfiguredFiles files({Path()}, {}, decode, *core_);
    std::vector<Detection> detections;
    while (batches-- > 0 && files.Next(detections)) {
    }
    for (const absl::Status& error : files.errors()) ADD_FAILURE() << error;
    return core_->account().read - before;
  }

  void Restart() {
    core_ = ServiceCore::Restore(core_->Snapshot({}), SampleCoreOptions(), nullptr, kept_, nullptr)
                .value();
  }

  std::string folder_;
  KeptText kept_;
  std::unique_ptr<ServiceCore> core_;
};

TEST_F(RestartedFiles, AreReadOnBehindWhatWasRead) {
  Write(0, 10'000);
  EXPECT_EQ(Read(1), 4096u);
  Restart();
  EXPECT_EQ(Read(), 10'000u - 4096u);
  Restart();
  EXPECT_EQ(Read(), 0u);
  EXPECT_EQ(core_->account().accepted, 10'000u);
  EXPECT_EQ(core_->account().duplicates, 0u);
}

TEST_F(RestartedFiles, ThatHaveGrownAreReadFromTheirOldEnd) {
  Write(0, 100);
  EXPECT_EQ(Read(), 100u);
  Restart();
  Write(0, 150);
  EXPECT_EQ(Read(), 50u);
  EXPECT_EQ(core_->account().duplicates, 0u);
}

TEST_F(RestartedFiles, ThatHaveOtherContentAreReadAsNewOnes) {
  Write(0, 100);
  Read();
  Restart();
  Write(50, 150);
  EXPECT_EQ(Read(), 100u);
  EXPECT_EQ(core_->account().duplicates, 50u);
  EXPECT_EQ(core_->account().accepted, 150u);
}

TEST_F(RestartedFiles, ThatAreShorterAreReadAsNewOnes) {
  Write(0, 100);
  Read();
  Restart();
  Write(0, 50);
  EXPECT_EQ(Read(), 50u);
  EXPECT_EQ(core_->account().duplicates, 50u);
}

TEST_F(RestartedFiles, WhoseLastRecordWasContinuedAreReadAgain) {
  const std::string record = SampleRecord("last", 2, kCoreStart + std::chrono::minutes(5));
  Write(0, 100, record.substr(0, record.size() - 3));
  EXPECT_EQ(Read(), 101u);
  Restart();
  Write(0, 100, record + "\n");
  EXPECT_EQ(Read(), 101u);
  EXPECT_EQ(core_->account().accepted, 101u);
  EXPECT_TRUE(core_->account().Balances());
}

TEST_F(RestartedFiles, RejectsStandInTheAccountOnce) {
  Write(0, 10, "x,nobody,110,1\n");
  EXPECT_EQ(Read(), 11u);
  Restart();
  EXPECT_EQ(Read(), 0u);
  EXPECT_EQ(core_->account().RejectedTotal(), 1u);
  EXPECT_EQ(kept_.lines.size(), 1u);
}

}  // namespace
}  // namespace ringfence
