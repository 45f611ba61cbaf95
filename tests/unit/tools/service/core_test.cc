// The service's core: what it counts, and that it goes on from a snapshot as if nothing had been.
#include "tools/service/service_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/unit/tools/service/core_samples.h"
#include "tools/service/core_state.h"

namespace ringfence {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What one run over entries left.
struct CoreOutcome {
  std::string snapshot;
  std::vector<Detection> detections;
  std::vector<std::string> kept;
  Reconciliation account;
};

void Feed(ServiceCore& core, const std::vector<SampleStreams::Entry>& entries, size_t from,
          size_t to, std::vector<Detection>& detections) {
  for (size_t i = from; i < to; ++i) {
    const absl::Status status = core.Consume(entries[i].View(), detections);
    ASSERT_TRUE(status.ok()) << status;
  }
}

CoreOutcome RunThrough(const std::vector<SampleStreams::Entry>& entries, size_t shards = 1) {
  CoreOutcome outcome;
  KeptText kept;
  CoreOptions options = SampleCoreOptions();
  options.detector.shards = shards;
  ServiceCore core(options, nullptr, kept, nullptr);
  Feed(core, entries, 0, entries.size(), outcome.detections);
  outcome.snapshot = core.Snapshot({});
  outcome.kept = kept.lines;
  outcome.account = core.account();
  return outcome;
}

std::string Text(const std::vector<Detection>& detections) {
  std::string text;
  for (const Detection& detection : detections) {
    absl::StrAppend(&text, detection.rule.value(), " ", detection.number.ToString(), " ",
                    detection.count, " ", ToUnixMicros(detection.at), " ",
                    static_cast<int>(detection.level), static_cast<int>(detection.transition),
                    "\n");
  }
  return text;
}

TEST(ServiceCore, EveryRecordIsInExactlyOneCount) {
  const CoreOutcome outcome = RunThrough(SampleEntries(1, 200));
  EXPECT_TRUE(outcome.account.Balances());
  EXPECT_GT(outcome.account.accepted, 0u);
  EXPECT_GT(outcome.account.duplicates, 0u);
  EXPECT_GT(outcome.account.late, 0u);
  EXPECT_GT(outcome.account.rejected[static_cast<size_t>(RejectReason::kImplausibleTime)], 0u);
  EXPECT_EQ(outcome.kept.size(), outcome.account.late + outcome.account.RejectedTotal());
  EXPECT_FALSE(outcome.detections.empty());
}

TEST(ServiceCore, RestoredAtAnyEntryItGoesOnAsIfNothingHadBeen) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const auto entries = SampleEntries(seed, 60);
    const CoreOutcome whole = RunThrough(entries);
    std::mt19937_64 random(seed);
    KeptText kept;
    std::vector<Detection> detections;
    auto core = std::make_unique<ServiceCore>(SampleCoreOptions(), nullptr, kept, nullptr);
    size_t at = 0;
    while (at < entries.size()) {
      const size_t to = std::min<size_t>(entries.size(), at + random() % 20);
      Feed(*core, entries, at, to, detections);
      at = to;
      const std::string bytes = core->Snapshot({});
      auto restored = ServiceCore::Restore(bytes, SampleCoreOptions(), nullptr, kept, nullptr);
      ASSERT_TRUE(restored.ok()) << restored.status();
      EXPECT_EQ((*restored)->Snapshot({}), bytes);
      EXPECT_FALSE((*restored)->options_changed());
      core = *std::move(restored);
    }
    EXPECT_EQ(core->Snapshot({}), whole.snapshot) << "seed " << seed;
    EXPECT_EQ(Text(detections), Text(whole.detections)) << "seed " << seed;
    EXPECT_EQ(kept.lines, whole.kept) << "seed " << seed;
    EXPECT_EQ(core->account().accepted, whole.account.accepted);
  }
}

TEST(ServiceCore, BinaryRecordsGiveTheAccountAndTheDetectionsOfTheText) {
  const auto entries = SampleEntries(3, 60);
  const CoreOutcome text = RunThrough(entries);
  const CoreOutcome binary = RunThrough(AsBinary(entries));
  EXPECT_GT(text.account.duplicates, 0u);
  EXPECT_GT(text.account.RejectedTotal(), 0u);
  EXPECT_EQ(binary.account.read, text.account.read);
  EXPECT_EQ(binary.account.accepted, text.account.accepted);
  EXPECT_EQ(binary.account.duplicates, text.account.duplicates);
  EXPECT_EQ(binary.account.late, text.account.late);
  EXPECT_EQ(binary.account.rejected, text.account.rejected);
  EXPECT_EQ(Text(binary.detections), Text(text.detections));
  EXPECT_FALSE(text.detections.empty());
}

TEST(ServiceCore, CallsThatCameAsTextAreDuplicatesWhenTheyComeBinary) {
  SampleStreams streams;
  std::vector<std::string> records;
  for (int i = 0; i < 20; ++i) {
    const EventTime time = kCoreStart + std::chrono::seconds(i);
    records.push_back(SampleRecord(i % 2 == 0 ? absl::StrCat("r", i) : "", i, time));
  }
  const EventTime now = kCoreStart + std::chrono::minutes(1);
  auto entries = std::vector{streams.Next("text", records, now)};
  entries.push_back(AsBinary({streams.Next("binary", records, now)})[0]);
  const CoreOutcome outcome = RunThrough(entries);
  EXPECT_EQ(outcome.account.accepted, 20u);
  EXPECT_EQ(outcome.account.duplicates, 20u);
}

TEST(ServiceCore, PositionsOfStreamsAreThoseOfTheLastEntries) {
  const auto entries = SampleEntries(3, 10);
  KeptText kept;
  ServiceCore core(SampleCoreOptions(), nullptr, kept, nullptr);
  std::vector<Detection> detections;
  Feed(core, entries, 0, entries.size(), detections);
  const auto restored = ServiceCore::Restore(core.Snapshot({.inode = 9, .size = 77}),
                                             SampleCoreOptions(), nullptr, kept, nullptr)
                            .value();
  EXPECT_EQ(restored->lsn(), 10u);
  EXPECT_EQ(restored->restored_quarantine(), (Quarantine::Mark{9, 77}));
  ASSERT_EQ(restored->streams().size(), 2u);
  for (const KeyedPosition& stream : restored->streams()) {
    StreamPosition last;
    for (const auto& entry : entries) {
      if (entry.batch.stream->key == stream.key) last = entry.batch.end;
    }
    EXPECT_EQ(stream.position, last);
  }
}

TEST(ServiceCore, EntryThatRepeatsOrSkipsIsRefusedAndNothingOfItCounted) {
  auto entries = SampleEntries(4, 4);
  KeptText kept;
  ServiceCore core(SampleCoreOptions(), nullptr, kept, nullptr);
  std::vector<Detection> detections;
  Feed(core, entries, 0, 2, detections);
  const std::string before = core.Snapshot({});
  EXPECT_EQ(core.Consume(entries[1].View(), detections).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(core.Consume(entries[3].View(), detections).code(), absl::StatusCode::kInternal);
  SampleStreams::Entry moved = entries[2];
  moved.batch.first_seq += 1;
  EXPECT_EQ(core.Consume(moved.View(), detections).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(core.Snapshot({}), before);
}

TEST(ServiceCore, HowManyShardsThereAreDoesNotShow) {
  const auto entries = SampleEntries(3, 200);
  const CoreOutcome one = RunThrough(entries);
  const CoreOutcome two = RunThrough(entries, 2);
  EXPECT_EQ(Text(one.detections), Text(two.detections));
  EXPECT_EQ(one.snapshot, two.snapshot);
  KeptText kept;
  CoreOptions options = SampleCoreOptions();
  options.detector.shards = 3;
  auto restored = ServiceCore::Restore(two.snapshot, options, nullptr, kept, nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_FALSE((*restored)->options_changed());
  EXPECT_EQ((*restored)->Snapshot({}), one.snapshot);
}

TEST(ServiceCore, OtherOptionsAreNoticed) {
  KeptText kept;
  const std::string bytes = ServiceCore(SampleCoreOptions(), nullptr, kept, nullptr).Snapshot({});
  CoreOptions other = SampleCoreOptions(6);
  other.dedup_horizon = std::chrono::hours(24);
  auto restored = ServiceCore::Restore(bytes, other, nullptr, kept, nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_TRUE((*restored)->options_changed());
}

TEST(ServiceCore, OtherThresholdsFromTheLedgerAreNoticed) {
  KeptText kept;
  const std::string bytes = ServiceCore(SampleCoreOptions(), nullptr, kept, nullptr).Snapshot({});
  CoreOptions other = SampleCoreOptions();
  other.detector.rules[0].ledger_thresholds.by_industry["loan"] = 4;
  auto restored = ServiceCore::Restore(bytes, other, nullptr, kept, nullptr);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_TRUE((*restored)->options_changed());
}

TEST(ServiceCore, DamagedSnapshotIsRefusedWhereverItIsDamaged) {
  const std::string good = RunThrough(SampleEntries(5, 20)).snapshot;
  KeptText kept;
  const auto status = [&kept](std::string_view bytes) {
    return ServiceCore::Restore(bytes, SampleCoreOptions(), nullptr, kept, nullptr).status();
  };
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_TRUE(absl::IsDataLoss(status(bad))) << "byte " << i << ": " << status(bad);
  }
  for (size_t i = 0; i < good.size(); i += 7) {
    EXPECT_TRUE(absl::IsDataLoss(status(good.substr(0, i)))) << "length " << i;
  }
}

// A program that crashes at each record that says "poison", run again and again as systemd would.
class PoisonedCore : public testing::Test {
 protected:
  PoisonedCore() {
    std::string pattern = testing::TempDir() + "/ringfence-poison-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
  }
  ~PoisonedCore() override { std::filesystem::remove_all(folder_); }

  // In a process of its own; how it ended.
  int Run(const std::vector<SampleStreams::Entry>& entries, int signal) {
    const pid_t child = fork();
    if (child == 0) {
      auto guard = PoisonGuard::Open(folder_ + "/poison");
      if (!guard.ok() || !(*guard)->CatchCrashes().ok()) _exit(70);
      KeptText kept;
      CoreOptions options = SampleCoreOptions();
      options.before_record = [signal](std::string_view record) {
        if (record.find("poison") != record.npos) raise(signal);
      };
      ServiceCore core(options, nullptr, kept, guard->get());
      std::vector<Detection> detections;
      for (const auto& entry : entries) {
        if (!core.Consume(entry.View(), detections).ok()) _exit(71);
      }
      const auto poison = core.account().rejected[static_cast<size_t>(RejectReason::kPoison)];
      _exit(core.account().Balances() ? static_cast<int>(poison) : 72);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  }

  std::vector<SampleStreams::Entry> Entries(const std::vector<std::string>& ids) {
    SampleStreams streams;
    std::vector<SampleStreams::Entry> entries;
    int second = 0;
    for (int i = 0; i < 3; ++i) {
      std::vector<std::string> records;
      for (const std::string& id : ids) {
        const EventTime time = kCoreStart + std::chrono::seconds(++second);
        records.push_back(SampleRecord(i == 1 ? id : absl::StrCat("x", second), 1, time));
      }
      entries.push_back(streams.Next("a", records, kCoreStart + std::chrono::hours(1)));
    }
    return entries;
  }

  std::string folder_;
};

TEST_F(PoisonedCore, RecordThatCrashedItTwiceIsQuarantinedAndReadingGoesOn) {
  const auto entries = Entries({"a", "poison-1", "b", "poison-2"});
  for (const int signal : {SIGSEGV, SIGABRT, SIGABRT}) {  // in the entry, at -1, at -2
    const int status = Run(entries, signal);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
    EXPECT_EQ(WTERMSIG(status), signal);
  }
  for (int again = 0; again < 2; ++again) {  // and a later replay makes the same of it
    const int status = Run(entries, SIGABRT);
    ASSERT_TRUE(WIFEXITED(status)) << status;
    EXPECT_EQ(WEXITSTATUS(status), 2);
  }
}

TEST_F(PoisonedCore, BinaryRecordThatCrashedItTwiceIsQuarantinedToo) {
  const auto entries = AsBinary(Entries({"a", "poison-1", "b", "poison-2"}));
  for (int crash = 0; crash < 3; ++crash) ASSERT_TRUE(WIFSIGNALED(Run(entries, SIGABRT)));
  const int status = Run(entries, SIGABRT);
  ASSERT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 2);
}

TEST_F(PoisonedCore, KillingItIsNoCrashOfTheRecordAtHand) {
  const auto entries = Entries({"a", "poison-1"});
  for (int i = 0; i < 5; ++i) {
    const int status = Run(entries, SIGKILL);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
  }
  auto guard = PoisonGuard::Open(folder_ + "/poison").value();
  EXPECT_FALSE(guard->Careful(2));
}

class CarefulCore : public PoisonedCore, public testing::WithParamInterface<bool> {};

TEST_P(CarefulCore, EntryJudgedRecordByRecordGivesTheSameState) {
  const auto sample = SampleEntries(6, 40);
  const auto entries = GetParam() ? AsBinary(sample) : sample;
  auto guard = PoisonGuard::Open(folder_ + "/poison").value();
  KeptText kept;
  ServiceCore core(SampleCoreOptions(), nullptr, kept, guard.get());
  std::vector<Detection> detections;
  for (const auto& entry : entries) {
    const pid_t child = fork();
    if (child == 0) {  // crashes in this entry
      if (!guard->CatchCrashes().ok()) _exit(70);
      guard->Begin(entry.lsn);
      std::abort();
    }
    waitpid(child, nullptr, 0);
    guard = nullptr;
    guard = PoisonGuard::Open(folder_ + "/poison").value();
    ASSERT_TRUE(guard->Careful(entry.lsn));
    break;
  }
  ServiceCore careful(SampleCoreOptions(), nullptr, kept, guard.get());
  Feed(careful, entries, 0, entries.size(), detections);
  const CoreOutcome whole = RunThrough(entries);
  EXPECT_EQ(careful.Snapshot({}), whole.snapshot);
  EXPECT_EQ(Text(detections), Text(whole.detections));
}

INSTANTIATE_TEST_SUITE_P(BinaryToo, CarefulCore, testing::Bool());

TEST_F(PoisonedCore, ForgottenEntriesAreJudgedAsOthers) {
  const auto entries = Entries({"a", "poison-1"});
  Run(entries, SIGSEGV);
  auto guard = PoisonGuard::Open(folder_ + "/poison").value();
  EXPECT_TRUE(guard->Careful(2));
  guard->Forget(1);
  EXPECT_TRUE(guard->Careful(2));
  guard->Forget(2);
  EXPECT_FALSE(guard->Careful(2));
}

TEST_F(PoisonedCore, FileOfSomethingElseIsRefused) {
  std::filesystem::create_directories(folder_);
  FILE* file = fopen((folder_ + "/poison").c_str(), "w");
  fputs("something else", file);
  fclose(file);
  EXPECT_EQ(PoisonGuard::Open(folder_ + "/poison").status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace ringfence
