#include "whitelist/redis/cached_whitelist.h"

#include <gtest/gtest.h>

#include "tests/integration/redis_fixture.h"

namespace ringfence {
namespace {

class CachedWhitelistTest : public RedisFixture {
 protected:
  void SetUp() override {
    RedisFixture::SetUp();
    PutSmallLists();
    Make(100);
  }

  void Make(size_t capacity) {
    CachedWhitelistOptions options;
    options.redis = Options();
    options.redis.expected = nullptr;  // so that only the channel can tell
    options.capacity = capacity;
    whitelist_ = std::make_unique<CachedWhitelist>(redis_->address(), options);
  }

  bool Whitelisted(CallingNumber number, EventTime now = Day(1)) {
    const auto listings = whitelist_->Lookup({number}, now);
    EXPECT_TRUE(listings.ok()) << listings.status();
    return listings.ok() && listings->front().whitelisted;
  }
  absl::StatusCode Code(CallingNumber number) {
    return whitelist_->Lookup({number}, Day(1)).status().code();
  }

  // Invalidations need a moment to arrive; the next proof waits for them.
  void ProofIsDue() { now_ += std::chrono::seconds(1); }

  // The connection that is subscribed, or the one that tracks.
  void KillClient(const std::string& flag) {
    const std::string list = Cli({"CLIENT", "LIST"}).text;
    size_t begin = 0;
    while (begin < list.size()) {
      const size_t end = list.find('\n', begin);
      const std::string line = list.substr(begin, end - begin);
      begin = end + 1;
      const size_t flags = line.find(" flags=") + 7;
      if (line.substr(flags, line.find(' ', flags) - flags).find(flag) == std::string::npos)
        continue;
      Cli({"CLIENT", "KILL", "ID", line.substr(3, line.find(' ') - 3)});
      return;
    }
    FAIL() << "no client with flag " << flag << " in\n" << list;
  }

  std::unique_ptr<CachedWhitelist> whitelist_;
};

TEST_F(CachedWhitelistTest, KeepsBothKindsOfAnswer) {
  EXPECT_TRUE(Whitelisted(kListed));
  EXPECT_FALSE(Whitelisted(kStranger));
  EXPECT_EQ(whitelist_->hits(), 0u);
  EXPECT_TRUE(Whitelisted(kListed));
  EXPECT_FALSE(Whitelisted(kStranger));
  EXPECT_EQ(whitelist_->hits(), 2u);
}

TEST_F(CachedWhitelistTest, JudgesExpiryAnew) {
  EXPECT_TRUE(Whitelisted(kListed, Day(29)));
  EXPECT_FALSE(Whitelisted(kListed, Day(30)));
  EXPECT_EQ(whitelist_->hits(), 1u);
}

TEST_F(CachedWhitelistTest, NewListsReplaceCachedAnswers) {
  EXPECT_FALSE(Whitelisted(kStranger));
  ASSERT_TRUE(store_->PutEntries({SampleEntry(kStranger)}, actor_).ok());
  Project();
  ProofIsDue();
  EXPECT_TRUE(Whitelisted(kStranger));
  EXPECT_EQ(whitelist_->hits(), 0u);
}

TEST_F(CachedWhitelistTest, FlushAllIsHeard) {
  EXPECT_TRUE(Whitelisted(kListed));
  Cli({"FLUSHALL"});
  ProofIsDue();
  EXPECT_EQ(Code(kListed), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(whitelist_->size(), 0u);
}

TEST_F(CachedWhitelistTest, OneChangedFieldIsHeard) {
  EXPECT_TRUE(Whitelisted(kListed));
  Cli({"HDEL", "rf:whitelist", kListed.ToString()});
  ProofIsDue();
  EXPECT_EQ(Code(kListed), absl::StatusCode::kDataLoss);
}

TEST_F(CachedWhitelistTest, WhenTheListenerDiesTheCacheGoes) {
  EXPECT_TRUE(Whitelisted(kListed));
  KillClient("P");  // the tracker sees no error of this
  Cli({"HDEL", "rf:whitelist", kListed.ToString()});
  ProofIsDue();
  EXPECT_NE(Code(kListed), absl::StatusCode::kOk);
  EXPECT_EQ(whitelist_->size(), 0u);
}

TEST_F(CachedWhitelistTest, WhenTheTrackerDiesTheCacheGoes) {
  EXPECT_TRUE(Whitelisted(kListed));
  KillClient("B");  // the listener hears nothing of this, and nothing more at all
  Cli({"HDEL", "rf:whitelist", kListed.ToString()});
  ProofIsDue();
  EXPECT_NE(Code(kListed), absl::StatusCode::kOk);
  EXPECT_EQ(whitelist_->size(), 0u);
}

TEST_F(CachedWhitelistTest, RecoversAfterAConnectionDied) {
  EXPECT_TRUE(Whitelisted(kListed));
  KillClient("P");
  (void)whitelist_->Lookup({kListed}, Day(1));
  EXPECT_TRUE(Whitelisted(kListed));
  EXPECT_TRUE(Whitelisted(kListed));
  EXPECT_EQ(whitelist_->hits(), 1u);
}

TEST_F(CachedWhitelistTest, AFrozenRedisIsNotAnsweredForLongerThanTheProofLasts) {
  EXPECT_TRUE(Whitelisted(kListed));
  ASSERT_EQ(kill(redis_->pid(), SIGSTOP), 0);
  now_ += std::chrono::milliseconds(999);
  EXPECT_TRUE(Whitelisted(kListed));
  now_ += std::chrono::milliseconds(1);
  EXPECT_EQ(Code(kListed), absl::StatusCode::kUnavailable);
  ASSERT_EQ(kill(redis_->pid(), SIGCONT), 0);
}

TEST_F(CachedWhitelistTest, AnswersNothingWhileRedisIsGone) {
  EXPECT_TRUE(Whitelisted(kListed));
  ASSERT_TRUE(redis_->Stop().ok());
  EXPECT_EQ(Code(kListed), absl::StatusCode::kUnavailable);
  redis_.reset();
  StartRedis();
  EXPECT_TRUE(Whitelisted(kListed));
}

TEST_F(CachedWhitelistTest, ARecordThatMovedOnEmptiesTheCache) {
  CachedWhitelistOptions options;
  options.redis = Options();
  CachedWhitelist whitelist(redis_->address(), options);
  ASSERT_TRUE(whitelist.Lookup({kListed}, Day(1)).ok());
  ASSERT_TRUE(store_->PutEntries({SampleEntry(kStranger)}, actor_).ok());
  EXPECT_EQ(whitelist.Lookup({kListed}, Day(1)).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(CachedWhitelistTest, HoldsNoMoreThanItsCapacityAndForgetsTheOldest) {
  Make(2);
  Whitelisted(kListed);
  Whitelisted(kAlsoListed);
  Whitelisted(kListed);
  Whitelisted(kStranger);  // kAlsoListed goes
  EXPECT_EQ(whitelist_->size(), 2u);
  const uint64_t before = whitelist_->hits();
  Whitelisted(kListed);
  EXPECT_EQ(whitelist_->hits(), before + 1);
  Whitelisted(kAlsoListed);
  EXPECT_EQ(whitelist_->hits(), before + 1);
}

}  // namespace
}  // namespace ringfence
