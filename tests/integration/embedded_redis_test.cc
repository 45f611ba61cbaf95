#include "whitelist/redis/embedded_redis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/integration/redis_fixture.h"

namespace ringfence {
namespace {

using testing::HasSubstr;

class EmbeddedRedisTest : public testing::Test {
 protected:
  ScratchDirectory scratch_;
  const std::string directory_ = scratch_.path() + "/redis";
};

TEST_F(EmbeddedRedisTest, StartsAnswersAndStops) {
  auto redis = EmbeddedRedis::Start(directory_).value();
  RedisConnection connection(redis->address());
  EXPECT_EQ(connection.Command({"PING"}).value().text, "PONG");
  EXPECT_TRUE(redis->Running());
  EXPECT_TRUE(redis->Stop().ok());
  EXPECT_FALSE(redis->Running());
  EXPECT_TRUE(redis->Stop().ok());
  EXPECT_EQ(connection.Command({"PING"}).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(EmbeddedRedisTest, IsDurablePrivateAndNeverEvicts) {
  auto redis = EmbeddedRedis::Start(directory_).value();
  RedisConnection connection(redis->address());
  const auto setting = [&](const char* name) {
    return connection.Command({"CONFIG", "GET", name}).value().items[1].text;
  };
  EXPECT_EQ(setting("appendonly"), "yes");
  EXPECT_EQ(setting("appendfsync"), "always");
  EXPECT_EQ(setting("maxmemory-policy"), "noeviction");
  EXPECT_EQ(setting("port"), "0");
  struct stat info = {};
  ASSERT_EQ(stat(directory_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  ASSERT_EQ(stat((directory_ + "/redis.sock").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST_F(EmbeddedRedisTest, KeepsItsDataFromStartToStart) {
  {
    auto redis = EmbeddedRedis::Start(directory_).value();
    ASSERT_TRUE(RedisConnection(redis->address()).Command({"SET", "k", "v"}).ok());
  }
  auto redis = EmbeddedRedis::Start(directory_).value();
  EXPECT_EQ(RedisConnection(redis->address()).Command({"GET", "k"}).value().text, "v");
}

TEST_F(EmbeddedRedisTest, RefusesASecondOneInTheSameDirectory) {
  auto redis = EmbeddedRedis::Start(directory_).value();
  EmbeddedRedisOptions options;
  options.ready_within = std::chrono::milliseconds(50);
  EXPECT_EQ(EmbeddedRedis::Start(directory_, options).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(redis->Running());
}

TEST_F(EmbeddedRedisTest, CleansUpWhatADeadOneLeft) {
  {
    auto redis = EmbeddedRedis::Start(directory_).value();
    ASSERT_EQ(kill(redis->pid(), SIGKILL), 0);
  }
  ASSERT_EQ(access((directory_ + "/redis.sock").c_str(), F_OK), 0);
  auto redis = EmbeddedRedis::Start(directory_);
  EXPECT_TRUE(redis.ok()) << redis.status();
}

TEST_F(EmbeddedRedisTest, AFrozenServerIsKilled) {
  EmbeddedRedisOptions options;
  options.stop_within = std::chrono::milliseconds(100);
  auto redis = EmbeddedRedis::Start(directory_, options).value();
  ASSERT_EQ(kill(redis->pid(), SIGSTOP), 0);
  EXPECT_EQ(redis->Stop().code(), absl::StatusCode::kInternal);
  EXPECT_FALSE(redis->Running());
}

TEST_F(EmbeddedRedisTest, EndsWithItsParent) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    auto redis = EmbeddedRedis::Start(directory_);
    const pid_t pid = redis.ok() ? (*redis)->pid() : 0;
    if (write(pipe_ends[1], &pid, sizeof(pid)) != sizeof(pid)) _exit(1);
    pause();
    _exit(0);
  }
  pid_t server = 0;
  ASSERT_EQ(read(pipe_ends[0], &server, sizeof(server)), static_cast<ssize_t>(sizeof(server)));
  ASSERT_GT(server, 0);
  const int process = static_cast<int>(syscall(SYS_pidfd_open, server, 0));
  ASSERT_GE(process, 0);
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  pollfd ended{.fd = process, .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&ended, 1, 10'000), 1) << "redis-server outlived its parent";
  close(process);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  EXPECT_TRUE(EmbeddedRedis::Start(directory_).ok());
}

TEST_F(EmbeddedRedisTest, APathTooLongForASocketIsSaid) {
  const auto status = EmbeddedRedis::Start(scratch_.path() + "/" + std::string(100, 'x')).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("shorter"));
}

TEST_F(EmbeddedRedisTest, AMissingProgramIsSaid) {
  EmbeddedRedisOptions options;
  options.server = "no-such-redis-server";
  const auto status = EmbeddedRedis::Start(directory_, options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
}

TEST_F(EmbeddedRedisTest, AServerThatEndsAtOnceSaysWhy) {
  mkdir(directory_.c_str(), 0700);
  mkdir((directory_ + "/appendonlydir").c_str(), 0700);
  std::ofstream(directory_ + "/appendonlydir/appendonly.aof.manifest") << "nonsense\n";
  const auto status = EmbeddedRedis::Start(directory_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("manifest"));
}

TEST(RedisConnection, ALongSocketPathIsNotCutOff) {
  RedisAddress address;
  address.socket_path = "/tmp/" + std::string(200, 'x');
  EXPECT_THAT(std::string(RedisConnection(address).Command({"PING"}).status().message()),
              HasSubstr("107"));
}

TEST_F(EmbeddedRedisTest, TransactionIsAllOrNothingWhenACommandIsRefused) {
  auto redis = EmbeddedRedis::Start(directory_).value();
  RedisConnection connection(redis->address());
  const std::vector<RedisCommand> commands = {{"SET", "a", "1"}, {"NONSENSE"}};
  EXPECT_EQ(connection.Transaction(commands).status().code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(connection.Command({"GET", "a"}).value().is_nil());
}

TEST_F(EmbeddedRedisTest, PipelineOfManyLargeValuesDoesNotLockUp) {
  auto redis = EmbeddedRedis::Start(directory_).value();
  RedisConnection connection(redis->address(), {.command = std::chrono::seconds(20)});
  const std::string value(100'000, 'v');
  std::vector<RedisCommand> commands(100, {"ECHO", value});
  const auto replies = connection.Pipeline(commands);
  ASSERT_TRUE(replies.ok()) << replies.status();
  for (const RedisReply& reply : *replies) ASSERT_EQ(reply.text.size(), value.size());
}

}  // namespace
}  // namespace ringfence
