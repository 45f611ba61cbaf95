// From the journal and the snapshots on a disk to the core as it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "ingest/journal/journal.h"
#include "tests/sim/sim_disk.h"
#include "tests/unit/tools/service/core_samples.h"
#include "tools/service/group_commit.h"
#include "tools/service/recovery.h"
#include "tools/service/snapshot_files.h"

namespace ringfence {
namespace {

using testing::ElementsAre;
using testing::Pair;

// Writes the entries into a journal on the platter.
void Keep(SimPlatter& platter, const std::vector<SampleStreams::Entry>& entries) {
  SimDisk disk(platter);
  const auto journal = Journal::Open(disk, {.segment_bytes = 4096}, {}).value();
  for (const auto& entry : entries) {
    journal->Append(entry.batch, entry.received_at);
    ASSERT_TRUE(journal->Commit().ok());
  }
}

std::string StateAfter(const std::vector<SampleStreams::Entry>& entries, size_t count,
                       KeptText& kept) {
  ServiceCore core(SampleCoreOptions(), nullptr, kept, nullptr);
  std::vector<Detection> detections;
  for (size_t i = 0; i < count; ++i) {
    EXPECT_TRUE(core.Consume(entries[i].View(), detections).ok());
  }
  return core.Snapshot({});
}

absl::StatusOr<std::string> Recover(SimPlatter& platter, KeptText& kept) {
  SimDisk disk(platter);
  SnapshotFiles files(disk);
  auto restored = RestoreCore(files, SampleCoreOptions(), nullptr, kept, nullptr);
  if (!restored.ok()) return restored.status();
  auto replayed = Replay(
      disk, *restored->core,
      {.handle = [](const auto&) { return absl::OkStatus(); }, .stop = [] { return false; }});
  if (!replayed.ok()) return replayed.status();
  return restored->core->Snapshot({});
}

class Recovery : public testing::Test {
 protected:
  void SetUp() override { Keep(platter_, entries_); }
  void Snapshot(uint64_t number, size_t entries) {
    SimDisk disk(platter_);
    const std::string bytes = StateAfter(entries_, entries, scratch_);
    ASSERT_TRUE(SnapshotFiles(disk).Write({number, entries}, {{bytes}}).ok());
  }
  static std::string FileOf(int number, int lsn) {
    return absl::StrFormat("%020d-%020d.snapshot", number, lsn);
  }

  std::vector<SampleStreams::Entry> entries_ = SampleEntries(7, 60);
  SimPlatter platter_;
  KeptText scratch_;
  KeptText kept_;
};

TEST_F(Recovery, WithoutASnapshotTheWholeJournalIsJudged) {
  EXPECT_EQ(Recover(platter_, kept_).value(), StateAfter(entries_, 60, scratch_));
}

TEST_F(Recovery, BehindASnapshotOnlyTheRestIsJudged) {
  Snapshot(1, 45);
  EXPECT_EQ(Recover(platter_, kept_).value(), StateAfter(entries_, 60, scratch_));
  KeptText rest;
  StateAfter(entries_, 45, rest);
  EXPECT_EQ(kept_.lines.size() + rest.lines.size(), [&] {
    KeptText all;
    StateAfter(entries_, 60, all);
    return all.lines.size();
  }());
}

TEST_F(Recovery, DamagedSnapshotIsPassedOverForAnOlderOne) {
  Snapshot(1, 20);
  Snapshot(2, 40);
  platter_.Bytes(FileOf(2, 40))[100] ^= 1;
  SimDisk disk(platter_);
  SnapshotFiles files(disk);
  const auto restored = RestoreCore(files, SampleCoreOptions(), nullptr, kept_, nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->snapshot, (SnapshotName{1, 20}));
  EXPECT_EQ(restored->last_number, 2u);
  EXPECT_EQ(restored->damage.size(), 1u);
  EXPECT_EQ(Recover(platter_, kept_).value(), StateAfter(entries_, 60, scratch_));
}

TEST_F(Recovery, SnapshotOfZerosIsPassedOver) {
  Snapshot(1, 20);
  Snapshot(2, 40);
  std::string& bytes = platter_.Bytes(FileOf(2, 40));
  bytes.assign(bytes.size(), '\0');
  EXPECT_EQ(Recover(platter_, kept_).value(), StateAfter(entries_, 60, scratch_));
}

TEST_F(Recovery, WhenNoSnapshotCanBeReadAPersonHasToDecide) {
  Snapshot(1, 20);
  platter_.Bytes(FileOf(1, 20)).resize(50);
  EXPECT_TRUE(absl::IsDataLoss(Recover(platter_, kept_).status()));
}

TEST_F(Recovery, StopEndsAReplay) {
  SimDisk disk(platter_);
  SnapshotFiles files(disk);
  const auto restored = RestoreCore(files, SampleCoreOptions(), nullptr, kept_, nullptr).value();
  int asked = 0;
  const auto replayed = Replay(disk, *restored.core,
                               {.handle = [](const auto&) { return absl::OkStatus(); },
                                .stop = [&] { return ++asked == 10; }});
  EXPECT_TRUE(absl::IsCancelled(replayed.status()));
  EXPECT_EQ(restored.core->lsn(), 9u);
}

TEST_F(Recovery, WhatCannotBeHandledEndsIt) {
  SimDisk disk(platter_);
  SnapshotFiles files(disk);
  const auto restored = RestoreCore(files, SampleCoreOptions(), nullptr, kept_, nullptr).value();
  const auto replayed =
      Replay(disk, *restored.core,
             {.handle = [](const auto&) { return absl::UnavailableError("store"); },
              .stop = [] { return false; }});
  EXPECT_TRUE(absl::IsUnavailable(replayed.status()));
}

TEST(SnapshotFiles, TheNewestThreeAreKeptAndTheJournalBehindTheOldest) {
  SimPlatter platter;
  SimDisk disk(platter);
  SnapshotFiles files(disk);
  for (uint64_t number = 1; number <= 2; ++number) {
    ASSERT_TRUE(files.Write({number, 10 * number}, {{"x"}}).ok());
    EXPECT_EQ(files.Retire().value(), 0u);
  }
  for (uint64_t number = 3; number <= 5; ++number) {
    ASSERT_TRUE(files.Write({number, 10 * number}, {{"x"}}).ok());
    EXPECT_EQ(files.Retire().value(), 10 * (number - 2));
  }
  EXPECT_EQ(files.List().value(), (std::vector<SnapshotName>{{5, 50}, {4, 40}, {3, 30}}));
}

TEST(SnapshotFiles, APowerCutLeavesTheOldOneOrTheWholeNewOne) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SimPlatter platter;
    Chance chance(seed);
    const std::string first(3000, 'a');
    const std::string second(5000, 'b');
    {
      SimDisk disk(platter);
      SnapshotFiles files(disk);
      ASSERT_TRUE(files.Write({1, 1}, {{first}}).ok());
      platter.FailAt(1 + chance.Below(7), SimPlatter::Fault::kBroken);
      files.Write({2, 2}, {{second}}).IgnoreError();
    }
    platter.CutPower(chance);
    SimDisk disk(platter);
    SnapshotFiles files(disk);
    const auto names = files.List().value();
    ASSERT_FALSE(names.empty());
    EXPECT_EQ(names.back(), (SnapshotName{1, 1}));
    for (const SnapshotName& name : names) {
      EXPECT_EQ(files.Read(name).value().view, name.number == 1 ? first : second)
          << "seed " << seed;
    }
  }
}

TEST(GroupCommit, NothingIsAcknowledgedBeforeItIsDurable) {
  SimPlatter platter;
  SimDisk disk(platter);
  const auto journal = Journal::Open(disk, {.segment_bytes = 4096}, {}).value();
  GroupCommit group(*journal);
  const auto entries = SampleEntries(1, 3);
  for (const auto& entry : entries) {
    group.Slot() = entry.batch;
    group.Take(entry.received_at);
  }
  platter.FailAt(2, SimPlatter::Fault::kBroken);  // written, not synced
  int acknowledged = 0;
  const auto acknowledge = [&](const StreamKey&, uint64_t) {
    ++acknowledged;
    return absl::OkStatus();
  };
  EXPECT_FALSE(group.Commit(acknowledge).ok());
  EXPECT_EQ(acknowledged, 0);
}

TEST(GroupCommit, WhatIsDurableIsAcknowledgedAndHandedOnInOrder) {
  SimPlatter platter;
  SimDisk disk(platter);
  const auto journal = Journal::Open(disk, {.segment_bytes = 4096}, {}).value();
  GroupCommit group(*journal);
  const auto entries = SampleEntries(1, 5);
  for (const auto& entry : entries) {
    group.Slot() = entry.batch;
    group.Take(entry.received_at);
  }
  std::map<StreamKey, uint64_t> acknowledged, expected;
  ASSERT_TRUE(group
                  .Commit([&](const StreamKey& stream, uint64_t next) {
                    EXPECT_EQ(journal->durable_lsn(), 5u);
                    EXPECT_GT(next, acknowledged[stream]);
                    acknowledged[stream] = next;
                    return absl::OkStatus();
                  })
                  .ok());
  ASSERT_EQ(group.entries().size(), 5u);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(group.entries()[i].lsn, i + 1);
    expected[entries[i].batch.stream->key] = entries[i].batch.end.next_seq;
  }
  EXPECT_EQ(acknowledged, expected);
}

TEST(GroupCommit, BatchesInARowOfOneStreamAreAcknowledgedTogether) {
  SimPlatter platter;
  SimDisk disk(platter);
  const auto journal = Journal::Open(disk, {.segment_bytes = 4096}, {}).value();
  GroupCommit group(*journal);
  const auto stream = [](const char* name) {
    return std::make_shared<const StreamInfo>(StreamInfo{{"sender", name, 1}, {}});
  };
  uint64_t next = 0;
  for (const char* name : {"a", "a", "b", "a", "a", "a"}) {
    ++next;
    group.Slot() = {.stream = stream(name),
                    .first_seq = next - 1,
                    .count = 1,
                    .offset = 0,
                    .records = "r\n",
                    .end = {.next_seq = next, .next_offset = 0, .content_crc = 0}};
    group.Take(EventTime());
  }
  std::vector<std::pair<std::string, uint64_t>> acknowledged;
  ASSERT_TRUE(group
                  .Commit([&](const StreamKey& key, uint64_t end) {
                    acknowledged.emplace_back(key.stream, end);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_THAT(acknowledged, ElementsAre(Pair("a", 2), Pair("b", 3), Pair("a", 6)));
}

}  // namespace
}  // namespace ringfence
