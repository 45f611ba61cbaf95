// The journal judged again, with its entries decoded ahead in a thread of their own: what comes out
// is what judging one after the other gives, errors and crashes included.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "ingest/journal/journal.h"
#include "tests/sim/sim_disk.h"
#include "tests/unit/tools/service/core_samples.h"
#include "tools/service/decode_ahead.h"
#include "tools/service/recovery.h"

namespace ringfence {
namespace {

using Entries = std::vector<SampleStreams::Entry>;

constexpr uint64_t kSegmentBytes = 64 * 1024;

void WriteJournal(SimPlatter& platter, const Entries& entries) {
  SimDisk disk(platter);
  const auto journal = Journal::Open(disk, {.segment_bytes = kSegmentBytes}, {}).value();
  for (const auto& entry : entries) {
    journal->Append(entry.batch, entry.received_at);
    ASSERT_TRUE(journal->Commit().ok());
  }
}

// What a core came to, and what it found and kept on the way.
struct Fold {
  std::string snapshot;
  std::vector<std::string> found;
  std::vector<std::string> kept;

  friend bool operator==(const Fold&, const Fold&) = default;
};

void Note(const std::vector<Detection>& detections, std::vector<std::string>& found) {
  for (const Detection& detection : detections) {
    found.push_back(absl::StrCat(detection.rule.value(), " ", detection.number.ToString(), " ",
                                 detection.count, " ", ToUnixMicros(detection.at), " ",
                                 static_cast<int>(detection.transition)));
  }
}

Fold OneByOne(const Entries& entries) {
  KeptText kept;
  ServiceCore core(SampleCoreOptions(), nullptr, kept, nullptr);
  std::vector<Detection> detections;
  for (const auto& entry : entries) EXPECT_TRUE(core.Consume(entry.View(), detections).ok());
  Fold fold{.snapshot = core.Snapshot({}), .found = {}, .kept = kept.lines};
  Note(detections, fold.found);
  return fold;
}

ReplayOptions NotingTo(std::vector<std::string>& found) {
  return {.handle =
              [&found](const std::vector<Detection>& detections) {
                Note(detections, found);
                return absl::OkStatus();
              },
          .stop = [] { return false; }};
}

// A core with the journal of the platter in it, and how reading ended.
struct Again {
  KeptText kept;
  std::vector<std::string> found;
  ServiceCore core;
  absl::Status status;

  explicit Again(SimPlatter& platter, PoisonGuard* guard = nullptr)
      : core(SampleCoreOptions(), nullptr, kept, guard) {
    SimDisk disk(platter);
    status = Replay(disk, core, NotingTo(found)).status();
  }
};

TEST(ReplayAhead, GivesWhatJudgingEntryByEntryGives) {
  for (const int count : {0, 1, 50, 6000}) {  // up to several rounds of all groups
    const Entries entries = SampleEntries(static_cast<uint64_t>(count) + 1, count);
    SimPlatter platter;
    WriteJournal(platter, entries);
    Again again(platter);
    ASSERT_TRUE(again.status.ok()) << again.status;
    const Fold fold{again.core.Snapshot({}), again.found, again.kept.lines};
    EXPECT_TRUE(fold == OneByOne(entries)) << count << " entries";
  }
}

TEST(ReplayAhead, ReplayEndsWhereTheJournalEnds) {
  const Entries entries = SampleEntries(1, 500);
  SimPlatter platter;
  WriteJournal(platter, entries);
  SimDisk disk(platter);
  KeptText kept;
  ServiceCore core(SampleCoreOptions(), nullptr, kept, nullptr);
  std::vector<std::string> found;
  const auto replayed = Replay(disk, core, NotingTo(found));
  ASSERT_TRUE(replayed.ok()) << replayed.status();
  EXPECT_EQ(replayed->entries, 500u);
  EXPECT_EQ(replayed->end.lsn, 500u);
}

TEST(ReplayAhead, DamageIsToldBehindAllEntriesBeforeIt) {
  const Entries entries = SampleEntries(2, 2000);
  SimPlatter platter;
  WriteJournal(platter, entries);
  std::string& segment = platter.Bytes(absl::StrCat(std::string(19, '0'), "1.journal"));
  segment[segment.size() / 2] ^= 1;
  const Again again(platter);
  EXPECT_TRUE(absl::IsDataLoss(again.status)) << again.status;
  EXPECT_GT(again.core.lsn(), 0u);
  const Entries before(entries.begin(), entries.begin() + static_cast<ptrdiff_t>(again.core.lsn()));
  EXPECT_EQ(again.core.Snapshot({}), OneByOne(before).snapshot);
}

TEST(ReplayAhead, BatchThatCannotBeDecodedIsToldBehindAllEntriesBeforeIt) {
  Entries entries = SampleEntries(3, 2000);
  StreamInfo info = *entries[1000].batch.stream;
  info.format.format = "a format of another version";
  entries[1000].batch.stream = std::make_shared<const StreamInfo>(info);
  SimPlatter platter;
  WriteJournal(platter, entries);
  const Again again(platter);
  EXPECT_FALSE(again.status.ok());
  EXPECT_EQ(again.core.lsn(), 1000u);
}

TEST(ReplayAhead, StopsWhileEntriesAreDecodedAhead) {
  const Entries entries = SampleEntries(4, 6000);
  SimPlatter platter;
  WriteJournal(platter, entries);
  SimDisk disk(platter);
  KeptText kept;
  ServiceCore core(SampleCoreOptions(), nullptr, kept, nullptr);
  int asked = 0;
  const auto replayed = Replay(disk, core,
                               {.handle = [](const auto&) { return absl::OkStatus(); },
                                .stop = [&] { return ++asked == 3; }});
  EXPECT_TRUE(absl::IsCancelled(replayed.status()));
  EXPECT_EQ(core.lsn(), 2u);
}

// Crashes where a record is judged that came too late.
class CrashingKeeper : public RejectKeeper {
 public:
  void OnReject(const Reject&) override {}
  void OnLate(std::string_view, std::string_view record) override {
    if (record.find("poison") != record.npos) raise(SIGSEGV);
  }
};

// A program that crashes, run again and again as systemd would.
class PoisonedReplay : public testing::Test {
 protected:
  PoisonedReplay() {
    std::string pattern = testing::TempDir() + "/ringfence-replay-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
  }
  ~PoisonedReplay() override { std::filesystem::remove_all(folder_); }

  // Replays the journal in a process of its own; how it ended: a signal, or the poison found.
  int Run(bool crash_decoding) {
    const pid_t child = fork();
    if (child == 0) _exit(Child(crash_decoding));
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  }

  int Child(bool crash_decoding) {
    auto guard = PoisonGuard::Open(folder_ + "/poison");
    if (!guard.ok() || !(*guard)->CatchCrashes().ok()) return 70;
    CrashingKeeper keeper;
    CoreOptions options = SampleCoreOptions();
    if (crash_decoding) {
      options.before_record = [](std::string_view record) {
        if (record.find("poison") != record.npos) raise(SIGABRT);
      };
    }
    ServiceCore core(options, nullptr, keeper, guard->get());
    SimDisk disk(platter_);
    std::vector<std::string> found;
    if (!Replay(disk, core, NotingTo(found)).ok()) return 71;
    if (!core.account().Balances()) return 72;
    return static_cast<int>(core.account().rejected[static_cast<size_t>(RejectReason::kPoison)]);
  }

  uint64_t Suspect() {
    const auto guard = PoisonGuard::Open(folder_ + "/poison").value();
    for (uint64_t lsn = 1; lsn <= kEntries; ++lsn) {
      if (guard->Careful(lsn)) return lsn;
    }
    return 0;
  }

  // The poison, which is late, too, lies in the midst of the journal.
  void Keep() {
    SampleStreams streams;
    Entries entries;
    for (uint64_t i = 1; i <= kEntries; ++i) {
      const EventTime time = kCoreStart + std::chrono::seconds(i);
      std::vector<std::string> records;
      for (int j = 0; j < 40; ++j) {
        records.push_back(SampleRecord(absl::StrCat("x", i, "-", j), j, time));
      }
      if (i == kPoisoned) {
        records[20] = SampleRecord("poison-1", 3, time - std::chrono::hours(1));
        records[30] = SampleRecord("poison-2", 3, time - std::chrono::hours(1));
      }
      entries.push_back(streams.Next("a", records, kCoreStart + std::chrono::hours(1)));
    }
    WriteJournal(platter_, entries);
  }

  // In the entry, at the one record, at the other; then they are set aside.
  void ExpectTwoSetAside(bool crash_decoding, int signal) {
    Keep();
    for (int crash = 0; crash < 3; ++crash) {
      const int status = Run(crash_decoding);
      ASSERT_TRUE(WIFSIGNALED(status)) << status;
      EXPECT_EQ(WTERMSIG(status), signal);
      EXPECT_EQ(Suspect(), kPoisoned) << "crash " << crash;
    }
    const int status = Run(crash_decoding);
    ASSERT_TRUE(WIFEXITED(status)) << status;
    EXPECT_EQ(WEXITSTATUS(status), 2);
  }

  static constexpr uint64_t kEntries = 1500;
  static constexpr uint64_t kPoisoned = 700;

  SimPlatter platter_;
  std::string folder_;
};

TEST_F(PoisonedReplay, AnEntryThatIsJudgedRecordByRecordChangesNothingForThoseBehindIt) {
  const Entries entries = SampleEntries(9, kEntries);
  WriteJournal(platter_, entries);
  const Fold expected = OneByOne(entries);
  for (const uint64_t lsn : {uint64_t{1}, uint64_t{17}, kPoisoned, kEntries}) {
    const pid_t child = fork();
    if (child == 0) {
      auto guard = PoisonGuard::Open(folder_ + "/poison");
      if (!guard.ok() || !(*guard)->CatchCrashes().ok()) _exit(70);
      (*guard)->Begin(lsn);
      std::abort();
    }
    waitpid(child, nullptr, 0);
    const auto guard = PoisonGuard::Open(folder_ + "/poison").value();
    ASSERT_TRUE(guard->Careful(lsn));
    Again again(platter_, guard.get());
    ASSERT_TRUE(again.status.ok()) << again.status;
    const Fold fold{again.core.Snapshot({}), again.found, again.kept.lines};
    EXPECT_TRUE(fold == expected) << "entry " << lsn;
  }
}

TEST_F(PoisonedReplay, CrashOfTheThreadThatDecodesAheadIsBlamedOnWhatItDecoded) {
  ExpectTwoSetAside(true, SIGABRT);
}

TEST_F(PoisonedReplay, CrashOfTheJudgeIsBlamedOnWhatItJudgedNotOnWhatIsDecodedAhead) {
  ExpectTwoSetAside(false, SIGSEGV);
}

}  // namespace
}  // namespace ringfence
