#include "ingest/client/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ingest/journal/segment.h"
#include "ingest/model/crc32c.h"
#include "tests/sim/chance.h"
#include "tests/sim/sim_disk.h"

namespace ringfence {
namespace {

using testing::HasSubstr;

constexpr SpoolOptions kSmall{
    .max_bytes = 32 * 1024, .segment_bytes = 4096, .recent_bytes = 2 * 1024};

StreamInfo Stream(uint64_t epoch = 7) {
  StreamInfo info{.key = {.source = "msc", .stream = "live", .epoch = epoch}, .format = {}};
  info.format.format = "canonical";
  info.format.header = "h";
  return info;
}

// What a receiver of this stream has made durable.
struct Receiver {
  std::string records;
  StreamPosition position;
  uint64_t epoch = 0;

  void Take(const RawBatch& batch) {
    if (position.next_seq == 0) epoch = batch.stream->key.epoch;
    EXPECT_EQ(epoch, batch.stream->key.epoch);
    ASSERT_EQ(position.next_seq, batch.first_seq);
    ASSERT_EQ(batch.count, std::count(batch.records.begin(), batch.records.end(), '\n'));
    records += batch.records;
    position.next_seq += batch.count;
    position.content_crc = Crc32c(records);
  }
};

// One process with its spool. Gone: the process has ended.
struct Process {
  explicit Process(SimPlatter& platter, SpoolOptions options = kSmall, uint64_t epoch = 7)
      : disk(platter) {
    auto opened = Spool::Open(disk, options);
    status = opened.status();
    if (!status.ok()) return;
    spool = *std::move(opened);
    status = spool->Begin(Stream(epoch));
  }

  void Append(const std::string& records) {
    const auto count = std::count(records.begin(), records.end(), '\n');
    ASSERT_TRUE(spool->Append(records, static_cast<uint32_t>(count)).ok());
    ASSERT_TRUE(spool->Commit().ok());
  }
  // Up to `most` batches reach the receiver.
  absl::Status Deliver(Receiver& receiver, uint64_t most = 1'000'000) {
    RawBatch batch;
    for (; most > 0; --most) {
      const auto more = spool->Next(batch);
      if (!more.ok()) return more.status();
      if (!*more) break;
      receiver.Take(batch);
    }
    return absl::OkStatus();
  }

  SimDisk disk;
  absl::Status status;
  std::unique_ptr<Spool> spool;
};

std::string Line(uint64_t i) { return absl::StrCat("record ", i, std::string(100, 'x'), "\n"); }

std::string Lines(uint64_t from, uint64_t end) {
  std::string lines;
  for (uint64_t i = from; i < end; ++i) lines += Line(i);
  return lines;
}

TEST(Spool, CommittedRecordsComeOutInOrderAfterARestart) {
  SimPlatter platter;
  {
    Process process(platter);
    ASSERT_TRUE(process.status.ok()) << process.status;
    for (uint64_t i = 0; i < 60; ++i) process.Append(Line(i));
  }
  Process process(platter);
  ASSERT_TRUE(process.status.ok()) << process.status;
  Receiver receiver;
  ASSERT_TRUE(process.spool->Resume({}).ok());
  ASSERT_TRUE(process.Deliver(receiver).ok());
  EXPECT_EQ(Lines(0, 60), receiver.records);
}

TEST(Spool, WhatIsNotCommittedIsNotHandedOut) {
  SimPlatter platter;
  Process process(platter);
  ASSERT_TRUE(process.spool->Append(Line(0), 1).ok());
  RawBatch batch;
  EXPECT_FALSE(process.spool->Next(batch).value());
  ASSERT_TRUE(process.spool->Commit().ok());
  EXPECT_TRUE(process.spool->Next(batch).value());
}

TEST(Spool, EpochIsThatOfTheFirstRecords) {
  SimPlatter platter;
  Process(platter, kSmall, 11).Append(Line(0));
  const Process process(platter, kSmall, 12);
  EXPECT_EQ(11u, process.spool->stream()->key.epoch);
}

TEST(Spool, EpochOutlivesEveryRecord) {
  SimPlatter platter;
  Receiver receiver;
  {
    Process process(platter, kSmall, 11);
    for (uint64_t i = 0; i < 100; ++i) process.Append(Line(i));
    ASSERT_TRUE(process.Deliver(receiver).ok());
    ASSERT_TRUE(process.spool->Acknowledge(100).ok());
  }
  Process process(platter, kSmall, 12);
  EXPECT_EQ(11u, process.spool->stream()->key.epoch);
  EXPECT_EQ(100u, process.spool->next_seq());
  EXPECT_TRUE(process.spool->Resume(receiver.position).ok());
}

TEST(Spool, AnotherStreamIsRefused) {
  SimPlatter platter;
  Process(platter).Append(Line(0));
  SimDisk disk(platter);
  const auto spool = Spool::Open(disk, kSmall).value();
  StreamInfo other = Stream();
  other.key.source = "msc-2";
  EXPECT_THAT(std::string(spool->Begin(other).message()), HasSubstr("source is 'msc'"));
  other = Stream();
  other.format.header = "H";
  EXPECT_TRUE(absl::IsFailedPrecondition(spool->Begin(other)));
  other = Stream();
  other.format.time_zone = "UTC";
  EXPECT_TRUE(absl::IsFailedPrecondition(spool->Begin(other)));
}

TEST(Spool, JournalOfAServiceIsNoSpool) {
  SimPlatter platter;
  SimDisk disk(platter);
  {
    auto journal = Journal::Open(disk, {.segment_bytes = 4096}, {}).value();
    RawBatch batch;
    batch.stream = std::make_shared<const StreamInfo>(Stream(1));
    batch.records = "a\n";
    batch.count = 1;
    batch.end.next_seq = 1;
    journal->Append(batch, EventTime());
    batch.stream = std::make_shared<const StreamInfo>(Stream(2));
    journal->Append(batch, EventTime());
    ASSERT_TRUE(journal->Commit().ok());
  }
  const uint64_t changes = platter.changes();
  EXPECT_TRUE(absl::IsFailedPrecondition(Spool::Open(disk, kSmall).status()));
  EXPECT_EQ(changes, platter.changes());
}

TEST(Spool, FullSpoolRefusesAndTakesAgainAfterAcknowledgements) {
  SimPlatter platter;
  Process process(platter);
  uint64_t count = 0;
  while (process.spool->Append(Line(count), 1).ok()) {
    ASSERT_TRUE(process.spool->Commit().ok());
    ASSERT_LT(++count, 10'000u);
    ASSERT_LE(process.spool->disk_bytes(), kSmall.max_bytes);
  }
  EXPECT_GT(count * Line(0).size(), kSmall.max_bytes / 4);
  const absl::Status full = process.spool->Append(Line(count), 1);
  EXPECT_TRUE(absl::IsResourceExhausted(full));
  EXPECT_THAT(std::string(full.message()), HasSubstr("the spool is full"));
  Receiver receiver;
  ASSERT_TRUE(process.Deliver(receiver).ok());
  ASSERT_TRUE(process.spool->Acknowledge(count).ok());
  process.Append(Line(count));
  ASSERT_TRUE(process.Deliver(receiver).ok());
  EXPECT_EQ(Lines(0, count + 1), receiver.records);
}

TEST(Spool, AcknowledgedRecordsAreRemovedFromTheDisk) {
  SimPlatter platter;
  Process process(platter);
  Receiver receiver;
  for (uint64_t i = 0; i < 1'000; ++i) {
    process.Append(Line(i));
    ASSERT_TRUE(process.Deliver(receiver).ok());
    ASSERT_TRUE(process.spool->Acknowledge(i + 1).ok());
    ASSERT_LE(process.spool->disk_bytes(), 3 * kSmall.segment_bytes);
  }
}

TEST(Spool, ResumesAtEveryRecordOfABatch) {
  for (uint64_t at = 0; at <= 9; ++at) {
    SimPlatter platter;
    Process process(platter);
    for (uint64_t i = 0; i < 9; i += 3) process.Append(Lines(i, i + 3));
    Receiver receiver{
        .records = Lines(0, at), .position = {at, 0, Crc32c(Lines(0, at))}, .epoch = 7};
    ASSERT_TRUE(process.spool->Resume(receiver.position).ok()) << at;
    ASSERT_TRUE(process.Deliver(receiver).ok());
    EXPECT_EQ(Lines(0, 9), receiver.records) << at;
  }
}

TEST(Spool, BatchOfRecordsWithLineEndsInsideIsNotCut) {
  SimPlatter platter;
  Process process(platter);
  ASSERT_TRUE(process.spool->Append("\"a\nb\"\nc\n", 2).ok());
  ASSERT_TRUE(process.spool->Commit().ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(process.spool->Resume({1, 0, Crc32c("\"a\nb\"\n")})));
  EXPECT_TRUE(process.spool->Resume({0, 0, 0}).ok());
}

TEST(Spool, GapToTheReceiverIsDataLossThatNamesIt) {
  SimPlatter platter;
  {
    Process process(platter);
    Receiver receiver;
    for (uint64_t i = 0; i < 100; ++i) process.Append(Line(i));
    ASSERT_TRUE(process.Deliver(receiver).ok());
    ASSERT_TRUE(process.spool->Acknowledge(100).ok());
  }
  Process process(platter);
  const uint64_t first = process.spool->first_seq();
  ASSERT_GT(first, 10u);
  const absl::Status resumed = process.spool->Resume({10, 0, Crc32c(Lines(0, 10))});
  EXPECT_TRUE(absl::IsDataLoss(resumed));
  EXPECT_THAT(std::string(resumed.message()), HasSubstr(absl::StrCat("records 10 to ", first - 1)));
}

TEST(Spool, ReceiverThatForgotWhatItAcknowledgedIsDataLoss) {
  SimPlatter platter;
  Process process(platter);
  Receiver receiver;
  process.Append(Lines(0, 3));
  process.Append(Lines(3, 6));
  ASSERT_TRUE(process.Deliver(receiver).ok());
  ASSERT_TRUE(process.spool->Acknowledge(6).ok());
  EXPECT_TRUE(absl::IsDataLoss(process.spool->Resume({3, 0, Crc32c(Lines(0, 3))})));
}

TEST(Spool, WhatWasAcknowledgedIsKnownBeforeTheReceiverAnswers) {
  SimPlatter platter;
  {
    Process process(platter);
    process.Append(Lines(0, 6));
    ASSERT_TRUE(process.spool->Resume({}).ok());
    ASSERT_TRUE(process.spool->Acknowledge(4).ok());
    ASSERT_TRUE(process.spool->RememberAcknowledged().ok());
  }
  const Process process(platter);
  EXPECT_EQ(process.spool->acked_seq(), 4u);
  EXPECT_EQ(process.spool->oldest_seq(), 0u) << "a receiver that lost them can have them";
}

TEST(Spool, ReceiverKnowsBetterThanWhatIsRemembered) {
  SimPlatter platter;
  {
    Process process(platter);
    process.Append(Lines(0, 3));
    process.Append(Lines(3, 6));
    ASSERT_TRUE(process.spool->Acknowledge(6).ok());
    ASSERT_TRUE(process.spool->RememberAcknowledged().ok());
  }
  Process process(platter);
  ASSERT_EQ(process.spool->acked_seq(), 6u);
  Receiver receiver{.records = Lines(0, 3), .position = {3, 0, Crc32c(Lines(0, 3))}, .epoch = 7};
  ASSERT_TRUE(process.spool->Resume(receiver.position).ok());
  EXPECT_EQ(process.spool->acked_seq(), 3u);
  ASSERT_TRUE(process.Deliver(receiver).ok());
  EXPECT_EQ(receiver.records, Lines(0, 6));
}

TEST(Spool, DamagedMarkOfWhatWasAcknowledgedIsNone) {
  SimPlatter platter;
  {
    Process process(platter);
    process.Append(Lines(0, 6));
    ASSERT_TRUE(process.spool->Acknowledge(4).ok());
    ASSERT_TRUE(process.spool->RememberAcknowledged().ok());
  }
  const std::string good = platter.Bytes("acked");
  for (size_t i = 0; i < good.size(); ++i) {
    platter.Bytes("acked") = good;
    platter.Bytes("acked")[i] ^= 0x10;
    EXPECT_EQ(Process(platter).spool->acked_seq(), 0u) << "byte " << i;
    platter.Bytes("acked") = good.substr(0, i);
    EXPECT_EQ(Process(platter).spool->acked_seq(), 0u) << "length " << i;
  }
}

TEST(Spool, MarkOfAnotherEpochIsNone) {
  SimPlatter platter;
  Process first(platter, kSmall, 11);
  first.Append(Lines(0, 6));
  ASSERT_TRUE(first.spool->Acknowledge(6).ok());
  ASSERT_TRUE(first.spool->RememberAcknowledged().ok());
  SimPlatter other;
  Process second(other, kSmall, 12);
  second.Append(Lines(0, 6));
  ASSERT_TRUE(second.spool->Acknowledge(3).ok());
  ASSERT_TRUE(second.spool->RememberAcknowledged().ok());
  ASSERT_EQ(Process(other).spool->acked_seq(), 3u);
  other.Bytes("acked") = platter.Bytes("acked");
  EXPECT_EQ(Process(other).spool->acked_seq(), 0u);
}

TEST(Spool, ReceiverWithMoreThanTheSpoolIsRefused) {
  SimPlatter platter;
  Process process(platter);
  process.Append(Line(0));
  EXPECT_TRUE(absl::IsFailedPrecondition(process.spool->Resume({2, 0, Crc32c(Lines(0, 2))})));
}

TEST(Spool, ReceiverWithOtherRecordsIsRefused) {
  SimPlatter platter;
  Process process(platter);
  process.Append(Lines(0, 3));
  EXPECT_TRUE(absl::IsFailedPrecondition(process.spool->Resume({3, 0, Crc32c("other")})));
  EXPECT_TRUE(absl::IsFailedPrecondition(process.spool->Resume({2, 0, Crc32c("other")})));
}

TEST(Spool, WithoutRoomOnTheDiskTheCommitCanBeRepeated) {
  SimPlatter platter;
  Process process(platter);
  for (uint64_t i = 0; i < 30; ++i) ASSERT_TRUE(process.spool->Append(Line(i), 1).ok());
  platter.FailAt(4, SimPlatter::Fault::kNoRoom);  // truncate, sync, create, reserve
  EXPECT_TRUE(absl::IsResourceExhausted(process.spool->Commit()));
  EXPECT_EQ(0u, process.spool->durable_seq());
  ASSERT_TRUE(process.spool->Commit().ok());
  Receiver receiver;
  ASSERT_TRUE(process.Deliver(receiver).ok());
  EXPECT_EQ(Lines(0, 30), receiver.records);
}

TEST(Spool, AfterAFailedWriteItTakesNothing) {
  SimPlatter platter;
  Process process(platter);
  ASSERT_TRUE(process.spool->Append(Line(0), 1).ok());
  platter.FailAt(1, SimPlatter::Fault::kBroken);
  EXPECT_TRUE(absl::IsInternal(process.spool->Commit()));
  EXPECT_TRUE(absl::IsInternal(process.spool->Append(Line(1), 1)));
  RawBatch batch;
  EXPECT_FALSE(process.spool->Next(batch).value());
}

TEST(Spool, CallersMistakesAreRefused) {
  SimPlatter platter;
  SimDisk disk(platter);
  EXPECT_TRUE(absl::IsInvalidArgument(
      Spool::Open(disk, {.max_bytes = 4096, .segment_bytes = 4096}).status()));
  const auto spool = Spool::Open(disk, kSmall).value();
  EXPECT_TRUE(absl::IsInvalidArgument(spool->Append("a\n", 1))) << "no stream";
  ASSERT_TRUE(spool->Begin(Stream()).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(spool->Append("a", 1)));
  EXPECT_TRUE(absl::IsInvalidArgument(spool->Append("", 0)));
  EXPECT_TRUE(absl::IsInvalidArgument(spool->Append(std::string(20'000, 'x') + "\n", 1)));
}

// Lives of one spool and one receiver, which share nothing but what crossed between them.
class Lives {
 public:
  explicit Lives(uint64_t seed) : chance_(seed), seed_(seed) {}

  void Run() {
    for (int life = 0; life < 12; ++life) {
      Live();
      if (testing::Test::HasFatalFailure()) return;
      if (chance_.OneIn(2)) platter_.CutPower(chance_);
      platter_.FailAt(0, SimPlatter::Fault::kBroken);
    }
    Process last(platter_);
    ASSERT_TRUE(last.status.ok()) << "seed " << seed_ << ": " << last.status;
    Come(last);
    ASSERT_TRUE(last.Deliver(receiver_).ok());
    ASSERT_EQ(receiver_.position.next_seq, last.spool->durable_seq());
    ASSERT_EQ(written_, receiver_.records) << "seed " << seed_;
  }

 private:
  // What the caller knows to be safe, or what reached the receiver, is there under its number.
  void Come(Process& process) {
    const uint64_t has = process.spool->durable_seq();
    ASSERT_GE(has, committed_) << "seed " << seed_;
    ASSERT_LE(has, ends_.size()) << "seed " << seed_;
    ends_.resize(has);
    written_.resize(has == 0 ? 0 : ends_.back());
    committed_ = has;
    ASSERT_LE(process.spool->acked_seq(), receiver_.position.next_seq) << "seed " << seed_;
    const absl::Status resumed = process.spool->Resume(receiver_.position);
    ASSERT_TRUE(resumed.ok() || platter_.failed()) << "seed " << seed_ << ": " << resumed;
  }

  void Live() {
    if (chance_.OneIn(4)) platter_.FailAt(1 + chance_.Below(10), SimPlatter::Fault::kBroken);
    Process process(platter_, kSmall, chance_.Next());
    if (!process.status.ok() && platter_.failed()) return;
    ASSERT_TRUE(process.status.ok()) << "seed " << seed_ << ": " << process.status;
    Come(process);
    if (chance_.OneIn(2)) platter_.FailAt(1 + chance_.Below(40), SimPlatter::Fault::kBroken);
    for (uint64_t steps = chance_.Below(40); steps > 0; --steps) {
      if (!Step(process)) return;
    }
  }

  // False when the disk failed: a process ends then.
  bool Step(Process& process) {
    for (uint64_t batches = chance_.Below(4); batches > 0; --batches) Append(process);
    if (chance_.OneIn(2)) {
      if (!process.spool->Commit().ok()) return false;
      committed_ = process.spool->durable_seq();
    }
    if (chance_.OneIn(2) && !process.Deliver(receiver_, chance_.Below(8)).ok()) return false;
    const uint64_t acked =
        receiver_.position.next_seq - std::min(receiver_.position.next_seq, chance_.Below(5));
    if (chance_.OneIn(2) && !process.spool->Acknowledge(acked).ok()) return false;
    return chance_.OneIn(2) || process.spool->RememberAcknowledged().ok();
  }

  void Append(Process& process) {
    std::string records;
    std::vector<size_t> ends;
    for (uint64_t lines = 1 + chance_.Below(3); lines > 0; --lines) {
      records += absl::StrCat(seed_, "/", ends_.size() + ends.size(), " ", chance_.Next());
      records.append(chance_.Below(400), 'x');
      records += '\n';
      ends.push_back(written_.size() + records.size());
    }
    const absl::Status taken = process.spool->Append(records, static_cast<uint32_t>(ends.size()));
    if (absl::IsResourceExhausted(taken)) return;
    ASSERT_TRUE(taken.ok()) << taken;
    written_ += records;
    ends_.insert(ends_.end(), ends.begin(), ends.end());
  }

  Chance chance_;
  const uint64_t seed_;
  SimPlatter platter_;
  Receiver receiver_;
  std::string written_;       // all records that may be in the spool or were
  std::vector<size_t> ends_;  // where each of them ends in written_
  uint64_t committed_ = 0;
};

TEST(Spool, NothingCommittedIsLostOrRenumberedInPowerCuts) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    Lives(seed).Run();
    if (HasFailure()) return;
  }
}

// The n-th change fails, for every n, in a life of appending, delivering and trimming.
TEST(Spool, NothingCommittedIsLostWhateverChangeFails) {
  for (uint64_t n = 1;; ++n) {
    SimPlatter platter;
    Receiver receiver;
    platter.FailAt(n, SimPlatter::Fault::kBroken);
    uint64_t committed = 0;
    {
      Process process(platter);
      for (uint64_t i = 0; process.status.ok() && i < 100; ++i) {
        if (!process.spool->Append(Line(i), 1).ok() || !process.spool->Commit().ok()) break;
        committed = i + 1;
        if (i % 3 > 0) continue;
        ASSERT_TRUE(process.Deliver(receiver).ok());
        if (!process.spool->Acknowledge(i + 1).ok()) break;
        if (!process.spool->RememberAcknowledged().ok()) break;
      }
    }
    const bool failed = platter.failed();
    platter.FailAt(0, SimPlatter::Fault::kBroken);
    Chance chance(n);
    platter.CutPower(chance);
    Process process(platter);
    ASSERT_TRUE(process.status.ok()) << n << ": " << process.status;
    ASSERT_GE(process.spool->durable_seq(), committed) << n;
    ASSERT_LE(process.spool->acked_seq(), receiver.position.next_seq) << n;
    ASSERT_TRUE(process.spool->Resume(receiver.position).ok()) << n;
    ASSERT_TRUE(process.Deliver(receiver).ok()) << n;
    ASSERT_EQ(Lines(0, process.spool->durable_seq()), receiver.records) << n;
    if (!failed) break;
  }
}

}  // namespace
}  // namespace ringfence
