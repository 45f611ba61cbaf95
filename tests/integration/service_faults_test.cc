// The running service while the Redis that holds its lists is stopped, emptied, frozen or robbed:
// nothing is suspended or blocked, everything is held, and is decided when the lists are back.
#include <signal.h>

#include "tests/integration/service_fixture.h"

namespace ringfence {
namespace {

class ServiceFaults : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    WriteNuisanceCalls();
  }

  void ExpectAllHeld() {
    for (const CallingNumber number : {kLine, kListed, kHospital, kForeign, kService}) {
      EXPECT_EQ(StateOf(number), "held") << number.ToString();
      EXPECT_FALSE(EverDispatched(number)) << number.ToString();
    }
  }

  void ExpectDecided() {
    EXPECT_EQ(StateOf(kLine), "confirmed");
    EXPECT_EQ(StateOf(kForeign), "confirmed");
    for (const CallingNumber number : {kListed, kHospital, kService}) {
      EXPECT_EQ(StateOf(number), "withdrawn") << number.ToString();
      EXPECT_FALSE(EverDispatched(number)) << number.ToString();
    }
    EXPECT_EQ(SwitchSees(kLine), "suspended");
    EXPECT_EQ(SwitchSees(kForeign), "blocked");
    EXPECT_EQ(SwitchSees(kListed), "active");
    EXPECT_EQ(SwitchSees(kHospital), "active");
    EXPECT_EQ(SwitchSees(kService), "");
    EXPECT_TRUE(account_.Balances());
    EXPECT_EQ(account_.accepted, written_);
  }

  void CloseLine(const char* id) {
    auto store = Lists();
    const absl::Status closed =
        store.lists->SetLineStatus(LineId(id), LineStatus::kClosed, {"li", now_}, "ended");
    ASSERT_TRUE(closed.ok()) << closed;
  }

  // The whole of it: `break_it` before the first record, `repair` when all alerts are in.
  void HoldsThenDecides(std::function<void()> break_it, std::function<void()> repair) {
    const absl::Status status =
        Serve({Do(std::move(break_it)), Until(kHospital, "held"), Do([this] { ExpectAllHeld(); }),
               Do(std::move(repair)), LetTimePass(), Until(kLine, "confirmed"),
               Until(kForeign, "confirmed"), Until(kHospital, "withdrawn")});
    EXPECT_TRUE(status.ok()) << status;
    ExpectDecided();
  }
};

TEST_F(ServiceFaults, StoppedRedisHoldsEverythingUntilItIsStartedAgain) {
  HoldsThenDecides([this] { ASSERT_TRUE(redis_->Stop().ok()); }, [this] { StartRedis(); });
}

TEST_F(ServiceFaults, EmptiedRedisHoldsEverythingUntilTheServiceHasFilledItAgain) {
  HoldsThenDecides([this] { Cli({"FLUSHALL"}); }, [] {});
}

TEST_F(ServiceFaults, FrozenRedisHoldsEverythingUntilItAnswers) {
  HoldsThenDecides([this] { ASSERT_EQ(kill(redis_->pid(), SIGSTOP), 0); },
                   [this] { ASSERT_EQ(kill(redis_->pid(), SIGCONT), 0); });
}

TEST_F(ServiceFaults, SlowRedisHoldsEverythingUntilItIsFastAgain) {
  // Every command waits in the server until the pause is over.
  HoldsThenDecides(
      [this] {
        Cli({"CLIENT", "PAUSE", "60000", "ALL"});
      },
      [this] {
        redis_.reset();
        StartRedis();
      });
}

TEST_F(ServiceFaults, ShrunkenWhitelistHoldsEverythingUntilItIsWhole) {
  HoldsThenDecides([this] { Cli({"HDEL", "rf:whitelist", kListed.ToString()}); }, [] {});
}

TEST_F(ServiceFaults, ShrunkenLedgerHoldsEverythingUntilItIsWhole) {
  HoldsThenDecides([this] { Cli({"HDEL", "rf:ledger", kHospital.ToString()}); }, [] {});
}

TEST_F(ServiceFaults, EntryPutInThePlaceOfAnotherHoldsEverythingUntilItIsPutRight) {
  HoldsThenDecides(
      [this] {
        const std::string value = Cli({"HGET", "rf:whitelist", kListed.ToString()}).text;
        Cli({"HDEL", "rf:whitelist", kListed.ToString()});
        Cli({"HSET", "rf:whitelist", "+866315550777", value});
      },
      [] {});
}

TEST_F(ServiceFaults, RedisThatIsNotThereAtTheStartHoldsEverythingUntilItIs) {
  ASSERT_TRUE(redis_->Stop().ok());
  HoldsThenDecides([] {}, [this] { StartRedis(); });
}

TEST_F(ServiceFaults, ListsStayAwayAndEverythingStaysHeld) {
  int rounds = 0;
  const absl::Status status =
      Serve({Do([this] { ASSERT_TRUE(redis_->Stop().ok()); }), Until(kHospital, "held"),
             LetTimePass(), [&] { return ++rounds == 10; }, Do([this] { ExpectAllHeld(); })});
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(ServiceFaults, SuspensionsAreShownAgainAfterTheSwitchsTableWasLost) {
  const absl::Status status =
      Serve({Until(kForeign, "confirmed"), Do([this] { Cli({"FLUSHALL"}); }), LetTimePass(),
             [this] { return SwitchSees(kForeign) == "blocked"; }});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(SwitchSees(kLine), "suspended");
  EXPECT_EQ(SwitchSees(kHospital), "active");
}

// A switch's table that is whole is not always the newest.
TEST_F(ServiceFaults, LedgerChangedWhileRedisWasAwayReachesTheSwitch) {
  const absl::Status status =
      Serve({Until(kForeign, "confirmed"), Do([this] { ASSERT_TRUE(redis_->Stop().ok()); }),
             LetTimePass(), Do([this] { CloseLine("LINE-3"); }), Do([] {}), Do([] {}),
             Do([this] { StartRedis(); }), [this] { return SwitchSees(kOrdinary) == "closed"; }});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(SwitchSees(kForeign), "blocked");
}

TEST_F(ServiceFaults, LedgerChangedBeforeAStartWithoutRedisReachesTheSwitch) {
  ASSERT_TRUE(Serve({Until(kForeign, "confirmed")}).ok());
  ASSERT_TRUE(redis_->Stop().ok());
  CloseLine("LINE-3");
  const absl::Status status = Serve({Do([] {}), Do([this] { StartRedis(); }), LetTimePass(),
                                     [this] { return SwitchSees(kOrdinary) == "closed"; }});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(SwitchSees(kForeign), "blocked");
}

TEST_F(ServiceFaults, EmbeddedServerThatWasKilledIsStartedAgain) {
  config_.redis = "embedded";
  const auto address = EmbeddedRedis::AddressIn(Data() + "/redis");
  const auto kill_server = [&] {
    RedisConnection redis(address);
    const std::string info = redis.Command({"INFO", "server"}).value().text;
    const size_t at = info.find("process_id:");
    ASSERT_NE(at, std::string::npos);
    ASSERT_EQ(kill(std::stoi(info.substr(at + 11)), SIGKILL), 0);
  };
  const absl::Status status =
      Serve({Do(kill_server), Until(kHospital, "held"), Do([this] { ExpectAllHeld(); }),
             LetTimePass(), Until(kLine, "confirmed"), Until(kForeign, "confirmed"),
             Until(kHospital, "withdrawn"), Do([&, this] {
               RedisConnection redis(address);
               RedisEnforcement table(redis);
               EXPECT_EQ(table.Read(kLine).value()->state, "suspended");
             })});
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace ringfence
