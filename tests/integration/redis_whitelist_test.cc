// Rule R0 against a real redis-server: every way in which Redis can fail to be the list is an error
// of the look-up, and never "not listed".
#include "whitelist/redis/redis_whitelist.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/redis_fixture.h"

namespace ringfence {
namespace {

using testing::HasSubstr;

class RedisWhitelistTest : public RedisFixture {
 protected:
  void SetUp() override {
    RedisFixture::SetUp();
    PutSmallLists();
    whitelist_ = std::make_unique<RedisWhitelist>(redis_->address(), Options());
  }

  absl::StatusOr<std::vector<Listing>> Ask() {
    return whitelist_->Lookup({kListed, kAlsoListed, kOwned, kStranger}, Day(1));
  }
  absl::StatusCode Code() { return Ask().status().code(); }

  std::unique_ptr<RedisWhitelist> whitelist_;
};

TEST_F(RedisWhitelistTest, AnswersWithProof) {
  const auto listings = Ask();
  ASSERT_TRUE(listings.ok()) << listings.status();
  ASSERT_EQ(listings->size(), 4u);
  const auto lists = store_->Load().value();
  for (const Listing& listing : *listings) {
    const Listing expected = lists->Lookup(listing.number, Day(1));
    EXPECT_EQ(listing.whitelisted, expected.whitelisted);
    EXPECT_EQ(listing.owner, expected.owner);
    EXPECT_EQ(listing.list, expected.list);
  }
  EXPECT_TRUE(listings->at(0).whitelisted);
  EXPECT_FALSE(listings->at(3).Untouchable());
}

TEST_F(RedisWhitelistTest, StoppedRedisIsUnavailableAndComesBack) {
  ASSERT_TRUE(Ask().ok());
  ASSERT_TRUE(redis_->Stop().ok());
  EXPECT_EQ(Code(), absl::StatusCode::kUnavailable);
  redis_.reset();
  StartRedis();
  EXPECT_TRUE(Ask().ok()) << Ask().status();  // what was written is there again
}

TEST_F(RedisWhitelistTest, KilledInMidUseKeepsWhatItAcknowledged) {
  ASSERT_TRUE(Ask().ok());
  ASSERT_EQ(kill(redis_->pid(), SIGKILL), 0);
  EXPECT_EQ(Code(), absl::StatusCode::kUnavailable);
  redis_.reset();
  StartRedis();
  const auto listings = Ask();
  ASSERT_TRUE(listings.ok()) << listings.status();
  EXPECT_TRUE(listings->at(0).whitelisted);
}

TEST_F(RedisWhitelistTest, EmptiedRedisIsNoList) {
  ASSERT_TRUE(Ask().ok());
  Cli({"FLUSHALL"});
  EXPECT_EQ(Code(), absl::StatusCode::kFailedPrecondition);
  Project();
  EXPECT_TRUE(Ask().ok());
}

TEST_F(RedisWhitelistTest, FrozenRedisIsUnavailableInBoundedTime) {
  ASSERT_TRUE(Ask().ok());
  ASSERT_EQ(kill(redis_->pid(), SIGSTOP), 0);
  EXPECT_EQ(Code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Code(), absl::StatusCode::kUnavailable);  // a new connection fares no better
  ASSERT_EQ(kill(redis_->pid(), SIGCONT), 0);
  auto options = Options();
  options.timeouts.command = std::chrono::seconds(5);
  RedisWhitelist patient(redis_->address(), options);
  EXPECT_TRUE(patient.Lookup({kListed}, Day(1)).ok());
}

TEST_F(RedisWhitelistTest, PausedRedisIsUnavailable) {
  ASSERT_TRUE(Ask().ok());
  Cli({"CLIENT", "PAUSE", "60000", "ALL"});
  const auto status = Ask().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(absl::StrCat(kShort.command.count(), " ms")));
  ASSERT_EQ(kill(redis_->pid(), SIGKILL), 0);  // it would not stop before the pause is over
}

TEST_F(RedisWhitelistTest, ShrunkenWhitelistIsDataLoss) {
  ASSERT_TRUE(Ask().ok());
  Cli({"HDEL", "rf:whitelist", kListed.ToString()});
  EXPECT_EQ(Code(), absl::StatusCode::kDataLoss);
}

TEST_F(RedisWhitelistTest, LostLedgerIsDataLoss) {
  Cli({"DEL", "rf:ledger"});
  EXPECT_EQ(Code(), absl::StatusCode::kDataLoss);
}

TEST_F(RedisWhitelistTest, SwappedEntryIsFoundByTheDigest) {
  const std::string value = Cli({"HGET", "rf:whitelist", kListed.ToString()}).text;
  Cli({"HDEL", "rf:whitelist", kListed.ToString()});
  Cli({"HSET", "rf:whitelist", kStranger.ToString(), value});
  const auto status = Ask().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("digest"));
}

TEST_F(RedisWhitelistTest, SwapAfterTheDigestWasReadIsFoundWhenTheDigestIsDue) {
  ASSERT_TRUE(Ask().ok());
  const std::string value = Cli({"HGET", "rf:whitelist", kListed.ToString()}).text;
  Cli({"HDEL", "rf:whitelist", kListed.ToString()});
  Cli({"HSET", "rf:whitelist", kStranger.ToString(), value});
  now_ += std::chrono::minutes(1);
  EXPECT_EQ(Code(), absl::StatusCode::kDataLoss);
}

TEST_F(RedisWhitelistTest, DigestAgeZeroReadsTheListsEveryTime) {
  auto options = Options();
  options.digest_max_age = std::chrono::milliseconds(0);
  RedisWhitelist strict(redis_->address(), options);
  ASSERT_TRUE(strict.Lookup({kListed}, Day(1)).ok());
  Cli({"HSET", "rf:whitelist", kListed.ToString(), R"({"added":1,"expires":2,"scope":""})"});
  EXPECT_EQ(strict.Lookup({kListed}, Day(1)).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(RedisWhitelistTest, RecordThatMovedOnMakesTheListStale) {
  ASSERT_TRUE(Ask().ok());
  ASSERT_TRUE(store_->PutEntries({SampleEntry(kStranger)}, actor_).ok());
  EXPECT_EQ(Code(), absl::StatusCode::kFailedPrecondition);
  Project();
  EXPECT_TRUE(Ask().value()[3].whitelisted);
}

TEST_F(RedisWhitelistTest, ListsOfAnotherStoreAreRefused) {
  auto other_database = Database::Open(":memory:").value();
  auto other = ListStore::Create(other_database.get()).value();
  ASSERT_TRUE(other->PutEntries({SampleEntry(kStranger)}, actor_).ok());
  ASSERT_TRUE(other->PutEntries({SampleEntry(kListed)}, actor_).ok());
  ASSERT_EQ(other->Revision().value().version, store_->Revision().value().version);
  RedisConnection connection(redis_->address());
  EXPECT_TRUE(absl::IsFailedPrecondition(ProjectIfStale(*other, connection, Day(1)).status()));
  EXPECT_TRUE(Ask().ok());  // they were not replaced
  Cli({"DEL", "rf:manifest"});
  ASSERT_TRUE(ProjectIfStale(*other, connection, Day(1)).value());
  EXPECT_EQ(Code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(RedisWhitelistTest, WrongDatabaseHasNoManifest) {
  RedisAddress address = redis_->address();
  address.database = 1;
  RedisWhitelist wrong(address, Options());
  EXPECT_EQ(wrong.Lookup({kListed}, Day(1)).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(RedisWhitelistTest, MissingManifestIsNoList) {
  Cli({"DEL", "rf:manifest"});
  EXPECT_EQ(Code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(RedisWhitelistTest, DamagedManifestIsDataLoss) {
  Cli({"HDEL", "rf:manifest", "digest"});
  EXPECT_EQ(Code(), absl::StatusCode::kDataLoss);
}

TEST_F(RedisWhitelistTest, AnotherTypeOfKeyIsAnError) {
  Cli({"DEL", "rf:whitelist"});
  Cli({"SET", "rf:whitelist", "x"});
  EXPECT_FALSE(Ask().ok());
  Project();
  EXPECT_TRUE(Ask().ok());
}

TEST_F(RedisWhitelistTest, VersionThatTheRecordNeverHadIsForgottenWhenTheListsAreRight) {
  ASSERT_TRUE(Ask().ok());
  Cli({"HSET", "rf:manifest", "version", "999999999"});
  EXPECT_EQ(Code(), absl::StatusCode::kFailedPrecondition);
  Cli({"DEL", "rf:manifest"});
  Project();
  EXPECT_TRUE(Ask().ok());
}

TEST_F(RedisWhitelistTest, StrangersRedisMayNotGoBack) {
  auto options = Options();
  options.expected = nullptr;
  RedisWhitelist whitelist(redis_->address(), options);
  ASSERT_TRUE(whitelist.Lookup({kListed}, Day(1)).ok());
  Cli({"HSET", "rf:manifest", "version", "1"});
  EXPECT_EQ(whitelist.Lookup({kListed}, Day(1)).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(RedisWhitelistTest, StrangersRedisMayNotShrinkAtTheSameVersion) {
  auto options = Options();
  options.expected = nullptr;
  RedisWhitelist whitelist(redis_->address(), options);
  ASSERT_TRUE(whitelist.Lookup({kListed}, Day(1)).ok());
  // A list that agrees with its manifest, and is shorter: digest and all.
  const auto smaller =
      Lists::Create(store_->Revision().value().version, {}, {SampleEntry(kListed)}).value();
  RedisConnection connection(redis_->address());
  ASSERT_TRUE(ringfence::Project(*smaller, store_->Revision().value(), connection, Day(1)).ok());
  const auto status = whitelist.Lookup({kListed}, Day(1)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("shrank"));
}

TEST_F(RedisWhitelistTest, ErrorOfTheRecordIsAnErrorOfTheLookUp) {
  auto options = Options();
  options.expected = []() -> absl::StatusOr<ListRevision> {
    return absl::UnavailableError("the store is locked");
  };
  RedisWhitelist whitelist(redis_->address(), options);
  EXPECT_EQ(whitelist.Lookup({kListed}, Day(1)).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(RedisWhitelistTest, EmptyListsAreListsToo) {
  Cli({"DEL", "rf:manifest"});  // the lists of another store are not replaced
  auto database = Database::Open(":memory:").value();
  auto empty = ListStore::Create(database.get()).value();
  RedisConnection connection(redis_->address());
  ASSERT_TRUE(ProjectIfStale(*empty, connection, Day(1)).value());
  auto options = Options();
  options.expected = [&] { return empty->Revision(); };
  RedisWhitelist whitelist(redis_->address(), options);
  const auto listings = whitelist.Lookup({kListed}, Day(1));
  ASSERT_TRUE(listings.ok()) << listings.status();
  EXPECT_FALSE(listings->front().Untouchable());
}

TEST_F(RedisWhitelistTest, TenThousandNumbersInBatches) {
  std::vector<WhitelistEntry> entries;
  std::vector<CallingNumber> numbers;
  for (int i = 0; i < 12'000; ++i) {
    numbers.push_back(Caller("+86631" + std::to_string(5'560'000 + i)));
    if (i % 2 == 0) entries.push_back(SampleEntry(numbers.back()));
  }
  ASSERT_TRUE(store_->PutEntries(entries, actor_).ok());
  Project();
  auto options = Options();
  options.timeouts.command = std::chrono::seconds(5);
  RedisWhitelist whitelist(redis_->address(), options);
  const auto listings = whitelist.Lookup(numbers, Day(1));
  ASSERT_TRUE(listings.ok()) << listings.status();
  for (size_t i = 0; i < numbers.size(); ++i) {
    ASSERT_EQ(listings->at(i).number, numbers[i]);
    ASSERT_EQ(listings->at(i).whitelisted, i % 2 == 0);
  }
}

TEST_F(RedisWhitelistTest, NoNumbersStillProveTheList) {
  EXPECT_TRUE(whitelist_->Lookup({}, Day(1)).ok());
  Cli({"FLUSHALL"});
  EXPECT_FALSE(whitelist_->Lookup({}, Day(1)).ok());
}

TEST_F(RedisWhitelistTest, ProjectionDoesNothingWhereNothingChanged) {
  RedisConnection connection(redis_->address());
  EXPECT_FALSE(ProjectIfStale(*store_, connection, Day(2)).value());
  EXPECT_FALSE(ProjectIfStale(*store_, connection, Day(2), ProjectionCheck::kDigest).value());
  Cli({"HSET", "rf:whitelist", kListed.ToString(), "x"});
  EXPECT_FALSE(ProjectIfStale(*store_, connection, Day(2)).value());
  EXPECT_TRUE(ProjectIfStale(*store_, connection, Day(2), ProjectionCheck::kDigest).value());
}

TEST_F(RedisWhitelistTest, AnOlderRecordDoesNotReplaceANewerList) {
  RedisConnection connection(redis_->address());
  const auto lists = store_->Load().value();
  const auto revision = store_->Revision().value();
  EXPECT_EQ(
      ringfence::Project(*lists, {revision.store_id, revision.version - 1}, connection, Day(1))
          .code(),
      absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Ask().ok());
}

TEST_F(RedisWhitelistTest, ProjectionLeavesNoKeysBehindAndNoneThatExpire) {
  EXPECT_EQ(Cli({"KEYS", "rf:tmp:*"}).items.size(), 0u);
  for (const char* key : {"rf:whitelist", "rf:ledger", "rf:manifest"}) {
    EXPECT_EQ(Cli({"TTL", key}).integer, -1) << key;
  }
}

}  // namespace
}  // namespace ringfence
