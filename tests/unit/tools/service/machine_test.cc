// What the service knows of the machine: disk, clock, its own starts, a child for snapshots.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/unit/tools/service/core_samples.h"
#include "tools/service/arming.h"
#include "tools/service/forked_work.h"
#include "tools/service/start_log.h"
#include "tools/service/watches.h"

namespace ringfence {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

DiskSpace Used(uint64_t percent) { return {.total_bytes = 100, .available_bytes = 100 - percent}; }

TEST(DiskWatch, AlarmsThenStopsThenGoesOnByItself) {
  DiskWatch watch(85, 95);
  EXPECT_FALSE(watch.Look(Used(84)));
  EXPECT_TRUE(watch.Look(Used(85)));
  EXPECT_EQ(watch.state(), DiskWatch::State::kAlarm);
  EXPECT_FALSE(watch.Look(Used(94)));
  EXPECT_TRUE(watch.Look(Used(95)));
  EXPECT_EQ(watch.state(), DiskWatch::State::kStop);
  EXPECT_EQ(watch.used_percent(), 95u);
  EXPECT_TRUE(watch.Look(Used(10)));
  EXPECT_EQ(watch.state(), DiskWatch::State::kOk);
}

TEST(DiskSpace, PercentAreRoundedUpAndADiskWithoutRoomIsFull) {
  EXPECT_EQ((DiskSpace{.total_bytes = 1000, .available_bytes = 149}).UsedPercent(), 86u);
  EXPECT_EQ((DiskSpace{.total_bytes = 1000, .available_bytes = 150}).UsedPercent(), 85u);
  EXPECT_EQ((DiskSpace{.total_bytes = 1000, .available_bytes = 0}).UsedPercent(), 100u);
  EXPECT_EQ((DiskSpace{}).UsedPercent(), 100u);
}

TEST(DiskSpace, OfAFolderIsSomeAndOfNoneAnError) {
  const auto space = SpaceOf(testing::TempDir());
  ASSERT_TRUE(space.ok());
  EXPECT_GT(space->total_bytes, 0u);
  EXPECT_FALSE(SpaceOf("/no/such/folder").ok());
}

class Clocks : public testing::Test {
 protected:
  bool After(Duration wall, milliseconds steady) {
    wall_ += wall;
    steady_ += steady;
    return watch_.Look(wall_, steady_);
  }
  ClockWatch watch_;
  EventTime wall_ = kCoreStart;
  ClockWatch::Steady steady_{std::chrono::hours(1)};
};

TEST_F(Clocks, RunningTogetherAreTrusted) {
  EXPECT_FALSE(After(seconds(0), seconds(0)));
  EXPECT_FALSE(After(seconds(1), seconds(1)));
  EXPECT_FALSE(After(milliseconds(1900), milliseconds(1000)));  // slewed, or looked at late
  EXPECT_TRUE(watch_.trusted());
}

TEST_F(Clocks, AStepInEitherDirectionIsDistrustedForAMinute) {
  for (const Duration step : {Duration(minutes(5)), Duration(-minutes(5))}) {
    After(seconds(1), seconds(1));
    EXPECT_TRUE(After(step, seconds(1)));
    EXPECT_FALSE(watch_.trusted());
    EXPECT_EQ(watch_.step(), step - seconds(1));
    EXPECT_FALSE(After(seconds(59), seconds(59)));
    EXPECT_TRUE(After(seconds(1), seconds(1)));
    EXPECT_TRUE(watch_.trusted());
  }
}

TEST_F(Clocks, ANewStepBeginsTheMinuteAnew) {
  After(seconds(1), seconds(1));
  After(minutes(5), seconds(1));
  After(seconds(50), seconds(50));
  After(-minutes(5), seconds(1));
  EXPECT_FALSE(After(seconds(50), seconds(50)));
  EXPECT_TRUE(After(seconds(10), seconds(10)));
}

TEST(Arming, EveryReasonHasToGo) {
  Arming arming;
  EXPECT_TRUE(arming.armed());
  EXPECT_TRUE(arming.Set(DisarmReason::kStartUp, true));
  EXPECT_TRUE(arming.Set(DisarmReason::kClock, true));
  EXPECT_FALSE(arming.Set(DisarmReason::kClock, true));
  EXPECT_EQ(arming.Why(), "start-up; the clock was set");
  EXPECT_TRUE(arming.Set(DisarmReason::kStartUp, false));
  EXPECT_FALSE(arming.armed());
  EXPECT_TRUE(arming.Set(DisarmReason::kClock, false));
  EXPECT_TRUE(arming.armed());
}

class InAFolder : public testing::Test {
 protected:
  InAFolder() {
    std::string pattern = testing::TempDir() + "/ringfence-machine-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
  }
  ~InAFolder() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

using Starts = InAFolder;

TEST_F(Starts, TheFourthWithinTenMinutesIsDisarmedAndStaysSo) {
  StartLog log(folder_ + "/starts", 3);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(log.NoteStart(kCoreStart + minutes(i)).value());
  EXPECT_TRUE(log.NoteStart(kCoreStart + minutes(9)).value());
  ASSERT_TRUE(log.NoteStop().ok());
  EXPECT_TRUE(log.Disarmed().value());
  EXPECT_TRUE(log.NoteStart(kCoreStart + std::chrono::hours(9)).value());
  ASSERT_TRUE(log.Reset().ok());
  EXPECT_FALSE(log.Disarmed().value());
  EXPECT_FALSE(log.NoteStart(kCoreStart + std::chrono::hours(9)).value());
}

TEST_F(Starts, CleanStopsAndOldStartsDoNotCount) {
  StartLog log(folder_ + "/starts", 3);
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(log.NoteStart(kCoreStart + seconds(i)).value());
    ASSERT_TRUE(log.NoteStop().ok());
  }
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(log.NoteStart(kCoreStart + minutes(6 * i)).value());
}

TEST_F(Starts, FolderThatCantBeWrittenIsAnError) {
  EXPECT_FALSE(StartLog(folder_ + "/no/starts", 3).NoteStart(kCoreStart).ok());
}

using Children = InAFolder;

TEST_F(Children, WorkOnMemoryAsItWasAndSayHowItEnded) {
  int value = 1;
  auto child = ForkedWork::Start([&]() -> absl::StatusOr<uint64_t> {
    std::ofstream(folder_ + "/out") << value;
    return 42;
  });
  ASSERT_TRUE(child.ok());
  value = 2;
  EXPECT_EQ((*child)->Await().value(), 42u);
  EXPECT_EQ((*child)->Poll()->value(), 42u);
  std::ifstream file(folder_ + "/out");
  file >> value;
  EXPECT_EQ(value, 1);
}

TEST_F(Children, AnErrorComesBackWithItsWords) {
  auto child = ForkedWork::Start(
      []() -> absl::StatusOr<uint64_t> { return absl::UnavailableError("no room"); });
  const absl::Status status = (*child)->Await().status();
  EXPECT_EQ(status, absl::UnavailableError("no room"));
}

TEST_F(Children, BeingKilledIsAnError) {
  auto child = ForkedWork::Start([]() -> absl::StatusOr<uint64_t> {
    raise(SIGKILL);
    return 0;
  });
  EXPECT_EQ((*child)->Await().status().code(), absl::StatusCode::kInternal);
}

TEST_F(Children, HoldNothingOpenThatIsTheirParents) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  auto child = ForkedWork::Start(
      [&]() -> absl::StatusOr<uint64_t> { return fcntl(ends[0], F_GETFD) < 0 ? 1u : 0u; });
  EXPECT_EQ((*child)->Await().value(), 1u);
  for (const int file : {ends[0], ends[1]}) close(file);
}

TEST_F(Children, StandBackAtTheProcessorAndAtTheDisk) {
  auto child = ForkedWork::Start([]() -> absl::StatusOr<uint64_t> {
    constexpr int kOfThisProcess = 1;
    constexpr long kIdleClass = 3;
    const bool idle_at_disk = syscall(SYS_ioprio_get, kOfThisProcess, 0) >> 13 == kIdleClass;
    return getpriority(PRIO_PROCESS, 0) == 19 && idle_at_disk ? 1u : 0u;
  });
  EXPECT_EQ((*child)->Await().value(), 1u);
}

TEST_F(Children, AreKilledWithTheirOwner) {
  {
    auto child =
        ForkedWork::Start([]() -> absl::StatusOr<uint64_t> { return pause() == 0 ? 0 : 1; });
  }
  SUCCEED();
}

}  // namespace
}  // namespace ringfence
