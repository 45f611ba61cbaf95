// The blocker against a real redis-server that is stopped, emptied, frozen or robbed of entries.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>

#include "blocker/action_id.h"
#include "blocker/blocker.h"
#include "blocker/jsonl_sink.h"
#include "blocker/redis_enforcement.h"
#include "tests/unit/blocker/blocker_doubles.h"
#include "whitelist/redis/embedded_redis.h"
#include "whitelist/redis/projection.h"
#include "whitelist/redis/redis_whitelist.h"
#include "whitelist/store/list_store.h"

namespace ringfence {
namespace {

const CallingNumber kLine = Caller("+866315550001");
const CallingNumber kListed = Caller("+866315550002");
const CallingNumber kHospital = Caller("+866315550120");
const CallingNumber kForeign = Caller("+12125550101");
using S = ActionState;
using std::chrono::milliseconds;
using std::chrono::seconds;

VoiceLine LineOf(const char* id, CallingNumber number, LineClass line_class) {
  VoiceLine line;
  line.id = LineId(id);
  line.numbers = {number};
  line.customer = CustomerId("C-1");
  line.industry = "loan";
  line.line_class = line_class;
  return line;
}

class BlockerOnRedis : public testing::Test {
 protected:
  BlockerOnRedis() {
    database_ = Database::Open(folder_ / "ringfence.db").value();
    lists_ = ListStore::Create(database_.get()).value();
    journal_.emplace(ActionJournal::Open(*database_).value());
    orders_.emplace(OrderStore::Open(*database_).value());
    feed_ = JsonlSink::Open(folder_ / "actions.jsonl").value();
    FillStore();
    StartRedis();
    StartBlocker();
  }
  ~BlockerOnRedis() override {
    blocker_.reset();
    redis_.reset();
    std::filesystem::remove_all(folder_);
  }

  void FillStore() {
    const Actor actor{"test", kNoon};
    const std::vector<VoiceLine> lines = {LineOf("LINE-1", kLine, LineClass::kOrdinary),
                                          LineOf("LINE-2", kListed, LineClass::kOrdinary),
                                          LineOf("LINE-3", kHospital, LineClass::kHospital)};
    ASSERT_TRUE(lists_->PutLines(lines, actor).ok());
    WhitelistEntry entry;
    entry.number = kListed;
    entry.added = kNoon - std::chrono::hours(24);
    ASSERT_TRUE(lists_->PutEntries({entry}, actor).ok());
  }

  void StartRedis() {
    redis_.reset();
    auto started = EmbeddedRedis::Start(folder_ / "redis");
    ASSERT_TRUE(started.ok()) << started.status();
    redis_ = *std::move(started);
    (void)connection_.Command({"PING"});  // notices that the old server is gone
    Fill();
  }

  // What the service does when Redis is back: lists and the switch's table from the record.
  void Fill() {
    const auto lists = lists_->Load().value();
    const absl::Status projected = Project(*lists, lists_->Revision().value(), connection_, kNoon);
    ASSERT_TRUE(projected.ok()) << projected;
    const absl::Status rebuilt = Rebuild();
    ASSERT_TRUE(rebuilt.ok()) << rebuilt;
  }

  absl::Status Rebuild() {
    std::vector<LedgerNumber> numbers;
    const auto lists = lists_->Load().value();
    for (const VoiceLine& line : lists->lines()) {
      for (const CallingNumber number : line.numbers) {
        numbers.push_back({number, line.id, line.status});
      }
    }
    return enforcement_.Rebuild(numbers, journal_->InForce(kNoon).value(), kNoon);
  }

  void StartBlocker() {
    RedisWhitelistOptions options;
    options.timeouts = kTimeouts;
    options.digest_max_age = milliseconds(0);  // every look-up proves the whole list
    options.expected = [this] { return lists_->Revision(); };
    whitelist_ =
        std::make_unique<RedisWhitelist>(EmbeddedRedis::AddressIn(folder_ / "redis"), options);
    BlockerOptions blocker;
    blocker.rules = {{RuleId("line-frequency"), RuleMode::kEnforce}};
    blocker_ = Blocker::Create(
                   {*whitelist_, *whitelist_, *journal_, *orders_, {&enforcement_}, feed_.get()},
                   blocker, kNoon)
                   .value();
  }

  void HandleAll() {
    Detection hospital = AlertOf(kHospital);
    hospital.count = 5000;
    const absl::Status status =
        blocker_->Handle({AlertOf(kLine), AlertOf(kListed), hospital, AlertOf(kForeign)}, kNoon);
    ASSERT_TRUE(status.ok()) << status;
  }

  S StateOf(CallingNumber number) {
    return journal_->Find(MakeActionId(AlertOf(number)))->value().state;
  }

  void ExpectAllHeldAndNothingSent() {
    for (const CallingNumber number : {kLine, kListed, kHospital, kForeign}) {
      EXPECT_EQ(StateOf(number), S::kHeld) << number.ToString();
      const auto history = journal_->History(MakeActionId(AlertOf(number)));
      ASSERT_TRUE(history.ok()) << history.status();
      for (const ActionChange& change : *history) EXPECT_NE(change.to, S::kDispatched);
    }
    EXPECT_EQ(blocker_->probe().dispatched, 0u);
  }

  void ExpectDecidedWhenBack() {
    ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(10)).ok());
    EXPECT_EQ(StateOf(kLine), S::kConfirmed);
    EXPECT_EQ(StateOf(kForeign), S::kConfirmed);
    EXPECT_EQ(StateOf(kListed), S::kWithdrawn);
    EXPECT_EQ(StateOf(kHospital), S::kWithdrawn);
    EXPECT_EQ(SwitchSees(kLine), "suspended");
    EXPECT_EQ(SwitchSees(kForeign), "blocked");
    EXPECT_EQ(SwitchSees(kListed), "active");
    EXPECT_EQ(SwitchSees(kHospital), "active");
  }

  std::string SwitchSees(CallingNumber number) {
    const auto state = enforcement_.Read(number);
    if (!state.ok()) return state.status().ToString();
    return state->has_value() ? (*state)->state : "nothing";
  }

  static constexpr RedisTimeouts kTimeouts{milliseconds(1000), milliseconds(1000)};

  static std::filesystem::path MakeFolder() {
    char name[] = "/tmp/rf-blocker-XXXXXX";
    return mkdtemp(name);
  }

  const std::filesystem::path folder_ = MakeFolder();
  std::unique_ptr<Database> database_;
  std::unique_ptr<ListStore> lists_;
  std::optional<ActionJournal> journal_;
  std::optional<OrderStore> orders_;
  std::unique_ptr<JsonlSink> feed_;
  std::unique_ptr<EmbeddedRedis> redis_;
  RedisConnection connection_{EmbeddedRedis::AddressIn(folder_ / "redis"), kTimeouts};
  RedisEnforcement enforcement_{connection_};
  std::unique_ptr<RedisWhitelist> whitelist_;
  std::unique_ptr<Blocker> blocker_;
};

TEST_F(BlockerOnRedis, SuspendsBlocksAndLeavesListedNumbersAlone) {
  HandleAll();
  EXPECT_EQ(SwitchSees(kLine), "suspended");
  EXPECT_EQ(SwitchSees(kForeign), "blocked");
  EXPECT_EQ(SwitchSees(kListed), "active");
  EXPECT_EQ(SwitchSees(kHospital), "active");
  EXPECT_EQ(StateOf(kListed), S::kReported);
  EXPECT_EQ(StateOf(kHospital), S::kReported);
  EXPECT_EQ(orders_->List({})->size(), 2u);
}

TEST_F(BlockerOnRedis, StoppedRedisHoldsEverythingUntilItIsBack) {
  ASSERT_TRUE(redis_->Stop().ok());
  HandleAll();
  ExpectAllHeldAndNothingSent();
  StartRedis();
  ExpectDecidedWhenBack();
}

TEST_F(BlockerOnRedis, EmptiedRedisHoldsEverythingUntilTheListsAreBack) {
  ASSERT_TRUE(connection_.Command({"FLUSHALL"}).ok());
  HandleAll();
  ExpectAllHeldAndNothingSent();
  Fill();
  ExpectDecidedWhenBack();
}

TEST_F(BlockerOnRedis, FrozenRedisHoldsEverythingUntilItAnswers) {
  ASSERT_EQ(kill(redis_->pid(), SIGSTOP), 0);
  HandleAll();
  ASSERT_EQ(kill(redis_->pid(), SIGCONT), 0);
  ExpectAllHeldAndNothingSent();
  ExpectDecidedWhenBack();
}

TEST_F(BlockerOnRedis, AShrunkenWhitelistHoldsEverythingUntilItIsWhole) {
  ASSERT_TRUE(connection_.Command({"HDEL", "rf:whitelist", kListed.ToString()}).ok());
  HandleAll();
  ExpectAllHeldAndNothingSent();
  Fill();
  ExpectDecidedWhenBack();
}

TEST_F(BlockerOnRedis, AChangedOwnerHoldsEverythingUntilItIsRight) {
  ASSERT_TRUE(connection_.Command({"HSET", "rf:ledger", kHospital.ToString(), "{}"}).ok());
  HandleAll();
  ExpectAllHeldAndNothingSent();
  Fill();
  ExpectDecidedWhenBack();
}

TEST_F(BlockerOnRedis, AnExpiredSuspensionIsActiveAgainForTheSwitch) {
  HandleAll();
  ASSERT_TRUE(blocker_->ExpireDue(kNoon + std::chrono::hours(24)).ok());
  EXPECT_EQ(SwitchSees(kLine), "active");
  EXPECT_EQ(SwitchSees(kForeign), "nothing");
  EXPECT_EQ(StateOf(kLine), S::kExpired);
}

TEST_F(BlockerOnRedis, APersonsConfirmationTakesTheEndOutOfTheTable) {
  HandleAll();
  EXPECT_GT(enforcement_.Read(kLine)->value().until, 0);
  ASSERT_TRUE(blocker_->Confirm(MakeActionId(AlertOf(kLine)), "wang", "", kNoon).ok());
  EXPECT_EQ(enforcement_.Read(kLine)->value().until, 0);
}

TEST_F(BlockerOnRedis, TheTableComesBackFromTheRecordAsItWas) {
  HandleAll();
  const auto before = connection_.Command({"HGETALL", "rf:number"}).value();
  ASSERT_TRUE(connection_.Command({"DEL", "rf:number", "rf:number:manifest"}).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(enforcement_.Check()));
  ASSERT_TRUE(Rebuild().ok());
  EXPECT_TRUE(enforcement_.Check().ok());
  EXPECT_EQ(SwitchSees(kLine), "suspended");
  EXPECT_EQ(SwitchSees(kForeign), "blocked");
  EXPECT_EQ(connection_.Command({"HGETALL", "rf:number"})->items.size(), before.items.size());
}

TEST_F(BlockerOnRedis, ATableThatLostEntriesTakesNoActions) {
  ASSERT_TRUE(connection_.Command({"HDEL", "rf:number", NumberField(kListed)}).ok());
  HandleAll();
  EXPECT_EQ(StateOf(kLine), S::kDispatched);
  EXPECT_EQ(SwitchSees(kLine), "active");
  ASSERT_TRUE(Rebuild().ok());
  ASSERT_TRUE(blocker_->RetryHeld(kNoon + seconds(5)).ok());
  EXPECT_EQ(StateOf(kLine), S::kConfirmed);
}

TEST_F(BlockerOnRedis, WhatAPersonClosedStaysClosedInTheTable) {
  HandleAll();
  const Actor actor{"wang", kNoon};
  ASSERT_TRUE(lists_->SetLineStatus(LineId("LINE-1"), LineStatus::kClosed, actor, "").ok());
  Fill();
  EXPECT_EQ(SwitchSees(kLine), "closed");
  ASSERT_TRUE(blocker_->ExpireDue(kNoon + std::chrono::hours(24)).ok());
  EXPECT_EQ(SwitchSees(kLine), "closed");
}

}  // namespace
}  // namespace ringfence
