// Snapshots that a copy of the process writes, and the memory that it is given.
#include "tools/service/snapshots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ingest/journal/posix_disk.h"
#include "tests/unit/tools/service/core_samples.h"
#include "tools/service/forked_work.h"
#include "tools/service/free_memory.h"
#include "tools/service/memory_copy.h"

namespace ringfence {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kBefore = 1;
constexpr uint64_t kAfter = 2;

using Words = std::vector<uint64_t, HugePageAllocator<uint64_t>>;

// Not in whole large pages.
Words SomeWords() { return Words(3 * kLargePageBytes / sizeof(uint64_t) + 1000, kBefore); }

MemoryRegions RegionsOf(const std::vector<Words>& all) {
  MemoryRegions regions;
  for (const Words& words : all) AppendRegion(words, regions);
  return regions;
}

// Which share of the words a child finds as they were when it was made; it writes all of them.
double ShareThatAChildKnows(std::vector<Words>& all, const MemoryCopy* copy) {
  const auto child = ForkedWork::Start([&]() -> absl::StatusOr<uint64_t> {
    if (copy != nullptr && !copy->PutInPlace().ok()) return 0;
    uint64_t known = 0;
    for (Words& words : all) {
      known += static_cast<uint64_t>(std::count(words.begin(), words.end(), kBefore));
      std::iota(words.begin(), words.end(), kAfter);
    }
    return known;
  });
  size_t size = 0;
  for (Words& words : all) {
    std::fill(words.begin(), words.end(), kAfter);
    size += words.size();
  }
  const double share = double((*child)->Await().value()) / double(size);
  for (const Words& words : all) {
    EXPECT_EQ(std::count(words.begin(), words.end(), kAfter), ptrdiff_t(words.size()));
  }
  return share;
}

TEST(MemoryCopy, AChildHasTheMemoryAsItWasTaken) {
  std::vector<Words> all = {SomeWords(), SomeWords()};
  const MemoryRegions regions = RegionsOf(all);
  ASSERT_EQ(regions.size(), 2u);
  const auto copy = MemoryCopy::WithRoom(MemoryCopy::RoomFor(regions));
  copy->Take(regions);
  EXPECT_EQ(ShareThatAChildKnows(all, copy.get()), 1);
}

TEST(MemoryCopy, WhatItHasNoRoomForIsInheritedAsUsual) {
  std::vector<Words> all = {SomeWords(), SomeWords(), SomeWords()};
  const MemoryRegions regions = RegionsOf(all);
  const auto copy = MemoryCopy::WithRoom(MemoryCopy::RoomFor(regions) * 2 / 3);
  copy->Take(regions);
  EXPECT_EQ(ShareThatAChildKnows(all, copy.get()), 1);
}

TEST(MemoryCopy, WhatIsNotForChildrenTheyDoNotHave) {
  const ZeroedArray<uint64_t> mine(kLargePageBytes);
  MemoryRegions regions;
  mine.AppendRegion(regions, false);
  EXPECT_EQ(MemoryCopy::RoomFor(regions), 0u);
  const auto copy = MemoryCopy::WithRoom(0);
  copy->Take(regions);
  const auto child = ForkedWork::Start([&]() -> absl::StatusOr<uint64_t> {
    const bool missing = msync(mine.begin(), mine.bytes(), MS_ASYNC) != 0 && errno == ENOMEM;
    return copy->PutInPlace().ok() && missing ? 1 : 0;
  });
  EXPECT_EQ((*child)->Await().value(), 1u);
  EXPECT_EQ(mine[0], 0u);
}

TEST(MemoryCopy, OnceItIsGoneChildrenInheritAgain) {
  std::vector<Words> all = {SomeWords()};
  MemoryCopy::WithRoom(MemoryCopy::RoomFor(RegionsOf(all)))->Take(RegionsOf(all));
  EXPECT_EQ(ShareThatAChildKnows(all, nullptr), 1);
}

TEST(MemoryCopy, IsPopulatedStepByStep) {
  const auto copy = MemoryCopy::WithRoom(3 * kLargePageBytes);
  EXPECT_FALSE(copy->Populate(2 * kLargePageBytes, kLargePageBytes));
  EXPECT_TRUE(copy->Populate(2 * kLargePageBytes, kLargePageBytes));
  EXPECT_FALSE(copy->Populate(9 * kLargePageBytes, kLargePageBytes / 2));
  EXPECT_TRUE(copy->Populate(9 * kLargePageBytes, kLargePageBytes));
}

TEST(MemoryCopy, IsNoneWhereTheSystemDoesNotGiveTheMemory) {
  EXPECT_EQ(MemoryCopy::WithRoom(size_t{1} << 60), nullptr);
}

class InFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "snapshots.XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Put(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(folder_ + file).parent_path());
    std::ofstream(folder_ + file) << text;
  }

  std::string folder_;
};

class FreeMemoryOf : public InFolder {
 protected:
  std::optional<uint64_t> Look() const { return FreeMemory(folder_ + "/proc", folder_ + "/cg"); }
};

TEST_F(FreeMemoryOf, AMachineIsWhatItCanGive) {
  Put("/proc/meminfo", "MemTotal:  900 kB\nMemFree:  100 kB\nMemAvailable:  300 kB\n");
  EXPECT_EQ(Look(), 300u * 1024);
}

TEST_F(FreeMemoryOf, AControlGroupIsWhatTheTightestLimitAroundItLeaves) {
  Put("/proc/meminfo", "MemAvailable:  300000 kB\n");
  Put("/proc/self/cgroup", "4:memory:/old\n0::/a/b\n");
  Put("/cg/a/b/memory.max", "max\n");
  Put("/cg/a/b/memory.current", "500\n");
  Put("/cg/a/memory.max", "10000\n");
  Put("/cg/a/memory.current", "9000\n");
  Put("/cg/a/memory.stat", "anon 6500\nfile 2500\ninactive_file 2000\n");
  EXPECT_EQ(Look(), 3'000u);
}

TEST_F(FreeMemoryOf, AGroupOverItsLimitIsNothing) {
  Put("/proc/self/cgroup", "0::/\n");
  Put("/cg/memory.max", "1000\n");
  Put("/cg/memory.current", "1200\n");
  EXPECT_EQ(Look(), 0u);
}

TEST_F(FreeMemoryOf, WhatCanNotBeSeenIsUnknown) { EXPECT_EQ(Look(), std::nullopt); }

// A core with enough state for large pages.
class SnapshotsOfALargeCore : public InFolder {
 protected:
  void SetUp() override {
    InFolder::SetUp();
    disk_ = PosixDisk::At(folder_ + "/journal").value();
    Consume(0, 120'000);
    ASSERT_FALSE(core_.Regions().empty());
  }

  void Consume(int from, int to) {
    constexpr int kBatch = 20'000;
    for (; from < to; from += kBatch) {
      std::vector<std::string> records;
      for (int i = from; i < from + kBatch; ++i) {
        records.push_back(absl::StrCat("r", i, ",+86131", 10'000'000 + i % 100'000,
                                       ",+866315550999,", ToUnixMicros(kCoreStart) / 1'000'000));
      }
      const SampleStreams::Entry entry = streams_.Next("a", records, kCoreStart);
      std::vector<Detection> detections;
      ASSERT_TRUE(core_.Consume(entry.View(), detections).ok());
    }
  }

  // What is on the disk of a snapshot that was begun before more records came, and what the core
  // was when it began.
  void ExpectTheStateAtItsBeginning(std::optional<uint64_t> free_memory, const char* no_copy) {
    SnapshotFiles files(*disk_);
    Quarantine quarantine({.path = folder_ + "/quarantine"});
    Snapshots snapshots(files, core_, quarantine, 0,
                        {.steady_now = [] { return std::chrono::steady_clock::time_point(); },
                         .free_memory = [free_memory] { return free_memory; }});
    while (!snapshots.Prepare()) {
    }
    const std::string before = core_.Snapshot({});
    ASSERT_TRUE(snapshots.Begin(kCoreStart).ok());
    EXPECT_THAT(snapshots.no_copy(), HasSubstr(no_copy));
    EXPECT_EQ(snapshots.no_copy().empty(), *no_copy == '\0');
    Consume(120'000, 200'000);
    while (!snapshots.Poll().value()) std::this_thread::yield();
    EXPECT_TRUE(files.Read(snapshots.report().name).value().view == before);
    EXPECT_NE(core_.Snapshot({}), before);
  }

  std::unique_ptr<PosixDisk> disk_;
  KeptText kept_;
  ServiceCore core_{SampleCoreOptions(), nullptr, kept_, nullptr};
  SampleStreams streams_;
};

TEST_F(SnapshotsOfALargeCore, AreOfTheStateAtTheirBeginning) {
  ExpectTheStateAtItsBeginning(uint64_t{1} << 40, "");
}

TEST_F(SnapshotsOfALargeCore, AreTheSameWithoutMemoryForACopy) {
  ExpectTheStateAtItsBeginning(1'000'000, "0 MiB of memory are free");
}

TEST_F(SnapshotsOfALargeCore, AreTheSameWhereFreeMemoryCanNotBeSeen) {
  ExpectTheStateAtItsBeginning(std::nullopt, "can't be seen");
}

}  // namespace
}  // namespace ringfence
