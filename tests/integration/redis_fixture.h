// A private redis-server for a test, with a store beside it.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/integration/scratch_directory.h"
#include "tests/unit/whitelist/samples.h"
#include "whitelist/redis/embedded_redis.h"
#include "whitelist/redis/projection.h"
#include "whitelist/redis/redis_whitelist.h"
#include "whitelist/store/list_store.h"

namespace ringfence {

class RedisFixture : public testing::Test {
 protected:
  static constexpr RedisTimeouts kShort{.connect = std::chrono::milliseconds(1000),
                                        .command = std::chrono::milliseconds(1000)};

  void SetUp() override { StartRedis(); }

  void StartRedis() {
    auto redis = EmbeddedRedis::Start(directory_.path() + "/redis");
    ASSERT_TRUE(redis.ok()) << redis.status();
    redis_ = *std::move(redis);
  }

  // As an operator with redis-cli would.
  RedisReply Cli(const RedisCommand& command) {
    RedisConnection connection(redis_->address());
    return connection.Command(command).value();
  }

  // Two listed numbers, one line that has one of them and another number.
  void PutSmallLists() {
    ASSERT_TRUE(store_->PutLines({SampleLine("L-1", {kListed, kOwned})}, actor_).ok());
    ASSERT_TRUE(store_->PutEntries({SampleEntry(kListed), SampleEntry(kAlsoListed)}, actor_).ok());
    Project();
  }

  void Project() {
    RedisConnection connection(redis_->address());
    const auto done = ProjectIfStale(*store_, connection, Day(1), ProjectionCheck::kDigest);
    ASSERT_TRUE(done.ok()) << done.status();
  }

  ExpectedRevision StoreRevision() {
    return [this] { return store_->Revision(); };
  }

  RedisWhitelistOptions Options() {
    RedisWhitelistOptions options;
    options.timeouts = kShort;
    options.expected = StoreRevision();
    options.clock = [this] { return now_; };
    return options;
  }

  const CallingNumber kListed = Caller("+866315550001");
  const CallingNumber kAlsoListed = Caller("+866315550002");
  const CallingNumber kOwned = Caller("+866315550003");
  const CallingNumber kStranger = Caller("+866315550004");
  const Actor actor_{"test", Day(0)};

  ScratchDirectory directory_;
  std::unique_ptr<Database> database_ = Database::Open(":memory:").value();
  std::unique_ptr<ListStore> store_ = ListStore::Create(database_.get()).value();
  std::unique_ptr<EmbeddedRedis> redis_;
  std::chrono::steady_clock::time_point now_ = std::chrono::steady_clock::now();
};

}  // namespace ringfence
