#include "ingest/journal/journal.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ingest/journal/journal_reader.h"
#include "ingest/journal/segment.h"
#include "ingest/model/crc32c.h"
#include "tests/sim/chance.h"
#include "tests/sim/sim_disk.h"

namespace ringfence {
namespace {

constexpr JournalOptions kSmall{.segment_bytes = 4096};

std::shared_ptr<const StreamInfo> Stream(const std::string& source) {
  StreamInfo info{.key = {.source = source, .stream = "live", .epoch = 7}, .format = {}};
  info.format.format = "canonical";
  info.format.header = "h";
  info.format.time_zone = "UTC";
  return std::make_shared<const StreamInfo>(std::move(info));
}

RawBatch Batch(const std::shared_ptr<const StreamInfo>& stream, uint64_t first,
               const std::string& records) {
  return {.stream = stream,
          .first_seq = first,
          .count = 1,
          .offset = 10 * first,
          .records = records,
          .end = {.next_seq = first + 1, .next_offset = 10 * first + 10, .content_crc = 99}};
}

// One process: what it read when it began, and its journal. Gone: the process has ended.
struct Process {
  explicit Process(SimPlatter& platter, uint64_t after = 0, JournalOptions options = kSmall)
      : disk(platter) {
    status = Start(after, options);
  }

  absl::Status Start(uint64_t after, JournalOptions options) {
    auto reader = JournalReader::Open(disk, after);
    if (!reader.ok()) return reader.status();
    JournalEntry entry;
    for (;;) {
      auto more = (*reader)->Next(entry);
      if (!more.ok()) return more.status();
      if (!*more) break;
      entries.push_back(entry);
    }
    end = (*reader)->end();
    auto opened = Journal::Open(disk, options, end);
    if (!opened.ok()) return opened.status();
    journal = *std::move(opened);
    return absl::OkStatus();
  }

  void Append(uint64_t count, size_t size = 100) {
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t number = journal->appended_lsn();
      const std::string records = absl::StrCat("record ", number, std::string(size, 'x'), "\n");
      journal->Append(Batch(stream, number, records), FromUnixMicros(1000));
    }
  }

  SimDisk disk;
  std::shared_ptr<const StreamInfo> stream = Stream("msc");
  absl::Status status;
  std::vector<JournalEntry> entries;
  JournalEnd end;
  std::unique_ptr<Journal> journal;
};

TEST(Journal, EntryIsReadAsItWasWritten) {
  SimPlatter platter;
  const auto stream = Stream("msc-1");
  {
    Process writer(platter);
    ASSERT_TRUE(writer.status.ok()) << writer.status;
    EXPECT_EQ(1u, writer.journal->Append(Batch(stream, 5, "a,\"b\nc\"\n"), FromUnixMicros(-3)));
    ASSERT_TRUE(writer.journal->Commit().ok());
    EXPECT_EQ(1u, writer.journal->durable_lsn());
  }
  const Process reader(platter);
  ASSERT_EQ(1u, reader.entries.size()) << reader.status;
  const JournalEntry& entry = reader.entries[0];
  EXPECT_EQ(1u, entry.lsn);
  EXPECT_EQ(FromUnixMicros(-3), entry.received_at);
  EXPECT_EQ(stream->key, entry.batch.stream->key);
  EXPECT_EQ(stream->format, entry.batch.stream->format);
  EXPECT_EQ(5u, entry.batch.first_seq);
  EXPECT_EQ(1u, entry.batch.count);
  EXPECT_EQ(50u, entry.batch.offset);
  EXPECT_EQ((StreamPosition{6, 60, 99}), entry.batch.end);
  EXPECT_EQ("a,\"b\nc\"\n", entry.batch.records);
}

TEST(Journal, BatchesOfTwoStreamsKeepTheirOrder) {
  SimPlatter platter;
  {
    Process writer(platter);
    const auto a = Stream("a");
    const auto b = Stream("b");
    for (const auto& stream : {a, b, b, a}) {
      writer.journal->Append(Batch(stream, 0, "x\n"), EventTime());
    }
    ASSERT_TRUE(writer.journal->Commit().ok());
  }
  const Process reader(platter);
  std::string sources;
  for (const JournalEntry& entry : reader.entries) sources += entry.batch.stream->key.source;
  EXPECT_EQ("abba", sources);
}

TEST(Journal, GoesOnInANewSegmentAndReadsThemAsOne) {
  SimPlatter platter;
  {
    Process writer(platter);
    for (int i = 0; i < 100; ++i) {
      writer.Append(1);
      ASSERT_TRUE(writer.journal->Commit().ok());
    }
    EXPECT_GT(writer.journal->segments(), 3u);
  }
  const Process reader(platter);
  ASSERT_EQ(100u, reader.entries.size()) << reader.status;
  EXPECT_EQ(100u, reader.entries.back().lsn);
  EXPECT_EQ(0u, reader.end.torn_bytes);
}

TEST(Journal, EntryLargerThanASegmentGetsOneOfItsOwn) {
  SimPlatter platter;
  {
    Process writer(platter);
    writer.Append(1);
    ASSERT_TRUE(writer.journal->Commit().ok());
    writer.Append(1, 100'000);
    ASSERT_TRUE(writer.journal->Commit().ok());
  }
  const Process reader(platter);
  ASSERT_EQ(2u, reader.entries.size()) << reader.status;
  EXPECT_GT(reader.entries[1].batch.records.size(), 100'000u);
}

TEST(Journal, ReadsFromTheEntryBehindASnapshot) {
  SimPlatter platter;
  {
    Process writer(platter);
    writer.Append(60);
    ASSERT_TRUE(writer.journal->Commit().ok());
  }
  const Process reader(platter, 57);
  ASSERT_EQ(3u, reader.entries.size()) << reader.status;
  EXPECT_EQ(58u, reader.entries[0].lsn);
}

TEST(Journal, TrimsOnlyWhatASnapshotHolds) {
  SimPlatter platter;
  {
    Process writer(platter);
    for (int i = 0; i < 100; ++i) {
      writer.Append(1);
      ASSERT_TRUE(writer.journal->Commit().ok());
    }
    ASSERT_TRUE(writer.journal->TrimTo(50).ok());
  }
  EXPECT_FALSE(platter.Has(SegmentName(1)));
  const Process reader(platter, 50);
  ASSERT_EQ(50u, reader.entries.size()) << reader.status;
  EXPECT_EQ(51u, reader.entries[0].lsn);
}

TEST(Journal, MissingEntriesBehindASnapshotAreDataLoss) {
  SimPlatter platter;
  {
    Process writer(platter);
    for (int i = 0; i < 100; ++i) {
      writer.Append(1);
      ASSERT_TRUE(writer.journal->Commit().ok());
    }
    ASSERT_TRUE(writer.journal->TrimTo(100).ok());
  }
  EXPECT_TRUE(absl::IsDataLoss(Process(platter, 3).status));
}

TEST(Journal, JournalThatEndsBeforeTheSnapshotIsDataLoss) {
  SimPlatter platter;
  {
    Process writer(platter);
    writer.Append(5);
    ASSERT_TRUE(writer.journal->Commit().ok());
  }
  EXPECT_TRUE(absl::IsDataLoss(Process(platter, 6).status));
}

TEST(Journal, JournalThatIsGoneIsDataLossForASnapshot) {
  SimPlatter platter;
  EXPECT_TRUE(absl::IsDataLoss(Process(platter, 6).status));
}

TEST(Journal, MissingSegmentIsDataLoss) {
  SimPlatter platter;
  {
    Process writer(platter);
    for (int i = 0; i < 100; ++i) {
      writer.Append(1);
      ASSERT_TRUE(writer.journal->Commit().ok());
    }
  }
  SimDisk disk(platter);
  const auto segments = ListSegments(disk);
  platter.Drop(SegmentName(segments->at(1)));
  EXPECT_TRUE(absl::IsDataLoss(Process(platter).status));
}

// Each bit of the entries that were acknowledged before the last commit.
TEST(Journal, EveryDamagedBitOfAnEarlierCommitIsDataLoss) {
  SimPlatter platter;
  {
    Process writer(platter, 0, {.segment_bytes = 64 * 1024});
    writer.Append(1, 10);
    ASSERT_TRUE(writer.journal->Commit().ok());
    writer.Append(1, 10);
    ASSERT_TRUE(writer.journal->Commit().ok());
  }
  const std::string name = SegmentName(1);
  const std::string whole = platter.Bytes(name);
  const size_t frame = whole.find("RFJE", SegmentHeader::kBytes + 4) - SegmentHeader::kBytes;
  for (size_t byte = 0; byte < SegmentHeader::kBytes + frame; ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string& bytes = platter.Bytes(name);
      bytes = whole;
      bytes[byte] = static_cast<char>(bytes[byte] ^ (1 << bit));
      const Process reader(platter);
      // The filling between frames is the one thing that no checksum covers, and nothing reads.
      if (reader.status.ok()) {
        EXPECT_EQ(2u, reader.entries.size()) << byte << "." << bit;
      } else {
        EXPECT_TRUE(absl::IsDataLoss(reader.status)) << reader.status;
      }
      platter.Drop(SegmentName(3));
    }
  }
}

TEST(Journal, DamageNamesSegmentAndPlace) {
  SimPlatter platter;
  {
    Process writer(platter);
    for (int i = 0; i < 2; ++i) {
      writer.Append(1);
      ASSERT_TRUE(writer.journal->Commit().ok());
    }
  }
  platter.Bytes(SegmentName(1))[SegmentHeader::kBytes + 60] ^= 1;
  EXPECT_EQ(Process(platter).status.message(),
            "journal segment 00000000000000000001.journal, byte 32: entry 1 can't be read");
}

TEST(Journal, HalfWrittenLastCommitIsCutOff) {
  SimPlatter platter;
  {
    Process writer(platter);
    writer.Append(2);
    ASSERT_TRUE(writer.journal->Commit().ok());
    writer.Append(2);
    ASSERT_TRUE(writer.journal->Commit().ok());
  }
  // Of the last commit the first frame is damaged, the second is whole: a disk may do so.
  std::string& bytes = platter.Bytes(SegmentName(1));
  size_t third = 0;
  for (int i = 0; i < 3; ++i) third = bytes.find("RFJE", third + 1);
  bytes[third + 50] ^= 1;
  {
    Process reader(platter);
    ASSERT_TRUE(reader.status.ok()) << reader.status;
    EXPECT_EQ(2u, reader.entries.size());
    EXPECT_GT(reader.end.torn_bytes, 0u);
    reader.Append(1, 7);
    ASSERT_TRUE(reader.journal->Commit().ok());
  }
  const Process again(platter);
  ASSERT_EQ(3u, again.entries.size()) << again.status;
  EXPECT_EQ("record 2xxxxxxx\n", again.entries[2].batch.records);
}

// A frame of entry 9 that says that all before it was durable, at every distance from a multiple of
// eight: what a sender could put into its records to make a torn end look like damage.
std::string ForgedRecords(uint64_t salt) {
  std::string frame;
  FrameHeader header{.lsn = 9, .received_at = FromUnixMicros(1000), .durable_lsn = 8};
  AppendFrame(salt, header, Batch(Stream("x"), 1, "r\n"), frame);
  std::string records;
  for (int i = 0; i < 8; ++i) records += frame + "\n";
  return records;
}

absl::Status TearOffAfter(const std::string& records, uint64_t salt) {
  SimPlatter platter;
  {
    Process writer(platter, 0, {.segment_bytes = 4096, .salt = salt});
    writer.Append(1);
    EXPECT_TRUE(writer.journal->Commit().ok());
    writer.journal->Append(Batch(writer.stream, 1, records), FromUnixMicros(1000));
    EXPECT_TRUE(writer.journal->Commit().ok());
  }
  // The last commit's first sector did not reach the disk.
  std::string& bytes = platter.Bytes(SegmentName(1));
  bytes[bytes.find("RFJE", bytes.find("RFJE") + 1)] = '\0';
  return Process(platter).status;
}

TEST(Journal, FrameForgedByASenderIsNotTakenForOne) {
  constexpr uint64_t kSalt = 0x5EED'0123'4567'89AB;
  EXPECT_TRUE(TearOffAfter(ForgedRecords(/*salt=*/0), kSalt).ok());
  // Only the salt protects: with it, the forgery works.
  EXPECT_TRUE(absl::IsDataLoss(TearOffAfter(ForgedRecords(kSalt), kSalt)));
}

TEST(Journal, EntriesOfProcessesWithDifferentSaltsFollowEachOther) {
  SimPlatter platter;
  for (uint64_t salt : {1, 2, 3}) {
    Process process(platter, 0, {.segment_bytes = 4096, .salt = salt});
    ASSERT_TRUE(process.status.ok()) << process.status;
    process.Append(1);
    ASSERT_TRUE(process.journal->Commit().ok());
  }
  EXPECT_EQ(3u, Process(platter).entries.size());
}

TEST(Journal, SegmentOfAnotherVersionIsRefused) {
  SimPlatter platter;
  { const Process writer(platter); }
  std::string& bytes = platter.Bytes(SegmentName(1));
  std::string header = WriteSegmentHeader({});
  header[6] = 3;
  const uint32_t crc = Crc32c(header.substr(0, 28));
  for (size_t i = 0; i < 4; ++i) header[28 + i] = static_cast<char>(crc >> (8 * i));
  bytes.replace(0, header.size(), header);
  EXPECT_TRUE(absl::IsInvalidArgument(Process(platter).status));
}

TEST(Journal, WithoutRoomForASegmentTheCommitCanBeRepeated) {
  SimPlatter platter;
  Process writer(platter);
  writer.Append(30);                              // more than the segment holds
  platter.FailAt(4, SimPlatter::Fault::kNoRoom);  // truncate, sync, create, reserve
  EXPECT_TRUE(absl::IsResourceExhausted(writer.journal->Commit()));
  EXPECT_EQ(0u, writer.journal->durable_lsn());
  ASSERT_TRUE(writer.journal->Commit().ok());
  EXPECT_EQ(30u, Process(platter).entries.size());
}

TEST(Journal, AfterAFailedSyncNothingIsDurableAnyMore) {
  SimPlatter platter;
  Process writer(platter);
  writer.Append(1);
  platter.FailAt(2, SimPlatter::Fault::kBroken);
  EXPECT_TRUE(absl::IsInternal(writer.journal->Commit()));
  platter.FailAt(0, SimPlatter::Fault::kBroken);
  EXPECT_TRUE(absl::IsInternal(writer.journal->Commit()));
  EXPECT_EQ(0u, writer.journal->durable_lsn());
}

// What was appended once, and how much of it was acknowledged, is checked after every power cut.
void LivesThroughPowerCuts(uint64_t seed) {
  SimPlatter platter;
  Chance chance(seed);
  std::vector<std::string> written;  // by lsn - 1; what was not acknowledged may change
  uint64_t acknowledged = 0;
  uint64_t snapshot = 0;
  for (int life = 0; life < 12; ++life) {
    Process process(platter, snapshot);
    if (!process.status.ok() && platter.failed()) {
      platter.CutPower(chance);
      continue;
    }
    ASSERT_TRUE(process.status.ok()) << "seed " << seed << ": " << process.status;
    const uint64_t last = process.end.lsn;
    ASSERT_GE(last, acknowledged) << "seed " << seed;
    ASSERT_LE(last, written.size()) << "seed " << seed;
    written.resize(last);
    acknowledged = last;  // the sender is told so when it comes back
    ASSERT_EQ(process.entries.size(), last - snapshot);
    for (const JournalEntry& entry : process.entries) {
      ASSERT_EQ(written[entry.lsn - 1], entry.batch.records) << "seed " << seed;
    }
    if (chance.OneIn(2)) platter.FailAt(1 + chance.Below(40), SimPlatter::Fault::kBroken);
    for (uint64_t commits = chance.Below(20); commits > 0; --commits) {
      for (uint64_t batches = chance.Below(5); batches > 0; --batches) {
        std::string records = absl::StrCat(seed, "/", life, "/", written.size(), " ");
        records.append(chance.Below(1500), 'x');
        process.journal->Append(Batch(process.stream, 0, records), EventTime());
        written.push_back(std::move(records));
      }
      if (!process.journal->Commit().ok()) break;
      acknowledged = process.journal->durable_lsn();
      if (chance.OneIn(5)) {
        snapshot = acknowledged;
        if (!process.journal->TrimTo(snapshot).ok()) break;
      }
    }
    process.journal = nullptr;
    if (chance.OneIn(2)) platter.CutPower(chance);
    platter.FailAt(0, SimPlatter::Fault::kBroken);
  }
}

TEST(Journal, NothingAcknowledgedIsLostInPowerCuts) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    LivesThroughPowerCuts(seed);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace ringfence
