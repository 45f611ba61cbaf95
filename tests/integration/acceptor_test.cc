// The thread between the senders and the judge, with real sockets and real files: what it
// acknowledges is on the disk and in the queue.
#include "tools/service/acceptor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "ingest/client/sender.h"
#include "ingest/journal/journal_reader.h"
#include "ingest/journal/posix_disk.h"
#include "tests/integration/scratch_directory.h"
#include "tests/integration/transport_peers.h"

namespace ringfence {
namespace {

constexpr EventTime kReceivedAt = FromUnixMicros(1'795'492'800'000'000);
constexpr size_t kRoomy = 64 * 1024 * 1024;

// A file system with two faults that can be switched on.
struct DiskFaults {
  std::atomic<bool> sync_fails = false;
  std::atomic<bool> no_room = false;
};

class FaultyFile : public DiskFile {
 public:
  FaultyFile(std::unique_ptr<DiskFile> file, DiskFaults& faults)
      : file_(std::move(file)), faults_(faults) {}
  absl::Status Write(uint64_t offset, std::string_view bytes) override {
    return file_->Write(offset, bytes);
  }
  absl::StatusOr<size_t> Read(uint64_t offset, absl::Span<char> bytes) override {
    return file_->Read(offset, bytes);
  }
  absl::Status Sync() override {
    if (faults_.sync_fails) return absl::UnavailableError("the disk is broken");
    return file_->Sync();
  }
  absl::Status WriteOut() override { return file_->WriteOut(); }
  absl::Status Reserve(uint64_t size) override {
    if (faults_.no_room) return absl::ResourceExhaustedError("the disk is full");
    return file_->Reserve(size);
  }
  absl::Status Truncate(uint64_t size) override { return file_->Truncate(size); }
  absl::StatusOr<uint64_t> Size() override { return file_->Size(); }

 private:
  std::unique_ptr<DiskFile> file_;
  DiskFaults& faults_;
};

class FaultyDisk : public Disk {
 public:
  FaultyDisk(const std::string& folder, DiskFaults& faults)
      : disk_(PosixDisk::At(folder).value()), faults_(faults) {}
  absl::StatusOr<std::unique_ptr<DiskFile>> Create(const std::string& name) override {
    return With(disk_->Create(name));
  }
  absl::StatusOr<std::unique_ptr<DiskFile>> Open(const std::string& name) override {
    return With(disk_->Open(name));
  }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    return disk_->Rename(from, to);
  }
  absl::Status Remove(const std::string& name) override { return disk_->Remove(name); }
  absl::Status SyncFolder() override { return disk_->SyncFolder(); }
  absl::StatusOr<std::vector<std::string>> List() override { return disk_->List(); }

 private:
  absl::StatusOr<std::unique_ptr<DiskFile>> With(absl::StatusOr<std::unique_ptr<DiskFile>> file) {
    if (!file.ok()) return file;
    return std::make_unique<FaultyFile>(*std::move(file), faults_);
  }

  std::unique_ptr<PosixDisk> disk_;
  DiskFaults& faults_;
};

// Looks until something is so; the acceptor works in its own thread meanwhile.
template <typename Condition>
bool Eventually(const Condition& condition) {
  const auto deadline = Now() + 3 * kPatience;
  while (!condition()) {
    if (Now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

class AcceptorTest : public testing::Test {
 protected:
  void StartAcceptor(size_t queue_bytes = kRoomy, uint64_t segment_bytes = 1024 * 1024) {
    disk_ = std::make_unique<FaultyDisk>(Folder(), faults_);
    auto journal = Journal::Open(*disk_, {.segment_bytes = segment_bytes}, {});
    ASSERT_TRUE(journal.ok()) << journal.status();
    ReceiverOptions options;
    options.endpoint = "ipc://" + scratch_.path() + "/in";
    options.clock = Now;
    auto receiver = Receiver::Bind(server_context_, std::move(options));
    ASSERT_TRUE(receiver.ok()) << receiver.status();
    queue_ = std::make_unique<EntryQueue>(queue_bytes);
    const Acceptor::World world{.now = [] { return kReceivedAt; },
                                .steady_now =
                                    [this] {
                                      ++looks_at_clock_;
                                      return Now();
                                    }};
    acceptor_ =
        std::make_unique<Acceptor>(*std::move(receiver), *std::move(journal), *queue_, world);
    acceptor_->Start();
  }

  void OpenSender(std::chrono::milliseconds give_up_after = 3 * kPatience) {
    auto sender = Sender::Create(client_context_, {.endpoint = acceptor_->endpoint(),
                                                   .source = "msc-01",
                                                   .give_up_after = give_up_after,
                                                   .clock = Now});
    ASSERT_TRUE(sender.ok()) << sender.status();
    sender_ = *std::move(sender);
    const auto opened = sender_->Open("live", 1, AnyFormat());
    ASSERT_TRUE(opened.ok()) << opened.status();
  }

  void Send(uint64_t batches) {
    for (uint64_t i = 0; i < batches; ++i) {
      const std::string record = Record(sent_);
      const absl::Status sent = sender_->Send(record, 1, offset_);
      ASSERT_TRUE(sent.ok()) << sent;
      ++sent_;
      offset_ += record.size();
    }
  }

  bool Acknowledged(uint64_t records) {
    return Eventually([&] { return sender_->Poll().ok() && sender_->acked() == records; });
  }

  // The acceptor's thread has gone round after this call, whatever it was doing before: with
  // nothing to read it looks at the clock three times a round at most.
  void AwaitRound() {
    const uint64_t before = looks_at_clock_;
    ASSERT_TRUE(Eventually([&] { return looks_at_clock_ >= before + 4; }));
  }

  // All records that are in the queue now, and their entries' numbers.
  std::string TakeAll() {
    std::string records;
    EntryGroup group;
    while (queue_->Take(group, std::chrono::milliseconds(0))) {
      for (size_t i = 0; i < group.size(); ++i) {
        EXPECT_EQ(group[i].lsn, ++taken_);
        EXPECT_EQ(group[i].received_at, kReceivedAt);
        records += group[i].batch.records;
      }
    }
    return records;
  }

  // What another process would find in the folder.
  std::string OnDisk(uint64_t after = 0) {
    const auto disk = PosixDisk::At(Folder()).value();
    auto reader = JournalReader::Open(*disk, after);
    EXPECT_TRUE(reader.ok()) << reader.status();
    if (!reader.ok()) return {};
    std::string records;
    JournalEntry entry;
    for (;;) {
      const auto more = (*reader)->Next(entry);
      EXPECT_TRUE(more.ok()) << more.status();
      if (!more.ok() || !*more) return records;
      records += entry.batch.records;
    }
  }

  size_t Segments() const { return disk_->List().value().size(); }
  std::string Folder() const { return scratch_.path() + "/journal"; }

  ScratchDirectory scratch_;
  DiskFaults faults_;
  std::atomic<uint64_t> looks_at_clock_ = 0;
  std::unique_ptr<FaultyDisk> disk_;
  ZmqContext server_context_;
  ZmqContext client_context_;
  std::unique_ptr<EntryQueue> queue_;
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<Sender> sender_;
  uint64_t sent_ = 0;
  uint64_t offset_ = 0;
  uint64_t taken_ = 0;
};

TEST_F(AcceptorTest, WhatIsAcknowledgedIsOnTheDisk) {
  StartAcceptor();
  OpenSender();
  Send(200);
  ASSERT_TRUE(sender_->Finish().ok());
  EXPECT_EQ(OnDisk(), Records(0, 200));
}

TEST_F(AcceptorTest, EntriesLeaveTheQueueInOrderWhileOthersCome) {
  StartAcceptor();
  OpenSender();
  std::string taken;
  for (int i = 0; i < 20; ++i) {
    Send(10);
    taken += TakeAll();
  }
  ASSERT_TRUE(sender_->Finish().ok());
  acceptor_->Stop();
  taken += TakeAll();
  EXPECT_EQ(taken, Records(0, 200));
}

TEST_F(AcceptorTest, StoppedItLeavesEverythingDurableInTheQueue) {
  StartAcceptor();
  OpenSender();
  Send(500);
  acceptor_->Stop();
  ASSERT_TRUE(sender_->Poll().ok());
  const std::string queued = TakeAll();
  EXPECT_EQ(queued, OnDisk());
  EXPECT_TRUE(queued.starts_with(Records(0, sender_->acked())));
  EXPECT_EQ(acceptor_->Report().durable_lsn, taken_);
}

TEST_F(AcceptorTest, StopCanBeRepeated) {
  StartAcceptor();
  acceptor_->Stop();
  acceptor_->Stop();
  EXPECT_TRUE(acceptor_->Report().status.ok());
}

TEST_F(AcceptorTest, PausedItAcknowledgesNothingUntilItGoesOn) {
  StartAcceptor();
  OpenSender();
  Send(1);
  ASSERT_TRUE(Acknowledged(1));
  acceptor_->SetPaused(true);
  AwaitRound();
  Send(1);
  AwaitRound();
  ASSERT_TRUE(sender_->Poll().ok());
  EXPECT_EQ(sender_->acked(), 1u);
  EXPECT_EQ(OnDisk(), Records(0, 1));
  acceptor_->SetPaused(false);
  EXPECT_TRUE(Acknowledged(2));
}

TEST_F(AcceptorTest, FullQueueHoldsTheSenderBackAndLosesNothing) {
  StartAcceptor(/*queue_bytes=*/1);
  OpenSender();
  Send(1);
  ASSERT_TRUE(Acknowledged(1));
  Send(1);
  AwaitRound();
  ASSERT_TRUE(sender_->Poll().ok());
  EXPECT_EQ(sender_->acked(), 1u);
  std::string taken;
  EXPECT_TRUE(Eventually([&] {
    taken += TakeAll();
    return sender_->Poll().ok() && sender_->acked() == 2;
  }));
  acceptor_->Stop();
  EXPECT_EQ(taken + TakeAll(), Records(0, 2));
}

TEST_F(AcceptorTest, SegmentsThatAreNotNeededAreRemoved) {
  StartAcceptor(kRoomy, /*segment_bytes=*/4096);
  OpenSender();
  for (uint64_t i = 1; i <= 120; ++i) {  // one by one: a group lies in one segment
    Send(1);
    ASSERT_TRUE(Acknowledged(i));
  }
  ASSERT_GT(Segments(), 2u);
  acceptor_->TrimTo(120);
  EXPECT_TRUE(Eventually([&] { return Segments() == 1; }));
  Send(1);
  ASSERT_TRUE(Acknowledged(121));
  EXPECT_EQ(OnDisk(120), Records(120, 121));
}

TEST_F(AcceptorTest, SyncThatFailsEndsItAndNothingIsAcknowledged) {
  StartAcceptor();
  OpenSender(std::chrono::milliseconds(500));
  Send(1);
  ASSERT_TRUE(Acknowledged(1));
  faults_.sync_fails = true;
  Send(1);
  ASSERT_TRUE(Eventually([&] { return !acceptor_->Report().status.ok(); }));
  EXPECT_EQ(acceptor_->Report().status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(acceptor_->Report().durable_lsn, 1u);
  EXPECT_EQ(sender_->Finish().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(sender_->acked(), 1u);
  EXPECT_EQ(TakeAll(), Records(0, 1));
}

TEST_F(AcceptorTest, WithoutRoomForASegmentItWaitsAndLosesNothing) {
  StartAcceptor(kRoomy, /*segment_bytes=*/4096);
  OpenSender();
  faults_.no_room = true;
  Send(1000);  // more than a segment holds, however they are put together
  // The sender sends on only while it is asked to.
  ASSERT_TRUE(
      Eventually([&] { return sender_->Poll().ok() && acceptor_->Report().waits_for_room; }));
  EXPECT_LT(sender_->acked(), 1000u);
  faults_.no_room = false;
  ASSERT_TRUE(sender_->Finish().ok());
  EXPECT_EQ(OnDisk(), Records(0, 1000));
}

}  // namespace
}  // namespace ringfence
