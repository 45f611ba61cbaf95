#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "whitelist/redis/redis_connection.h"

namespace ringfence {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RedisAddress, ReadsTcp) {
  const RedisAddress plain = RedisAddress::Parse("redis://cache.example").value();
  EXPECT_EQ(plain.host, "cache.example");
  EXPECT_EQ(plain.port, 6379);
  EXPECT_EQ(plain.database, 0);
  const RedisAddress full = RedisAddress::Parse("redis://rf:p%40ss@[::1]:6380/3").value();
  EXPECT_EQ(full.host, "::1");
  EXPECT_EQ(full.port, 6380);
  EXPECT_EQ(full.database, 3);
  EXPECT_EQ(full.user, "rf");
  EXPECT_EQ(full.password, "p@ss");
  EXPECT_EQ(full.ToString(), "redis://[::1]:6380/3");
}

TEST(RedisAddress, ReadsUnix) {
  const RedisAddress address = RedisAddress::Parse("unix:/run/rf/redis.sock?db=2").value();
  EXPECT_EQ(address.socket_path, "/run/rf/redis.sock");
  EXPECT_EQ(address.database, 2);
  EXPECT_EQ(address.ToString(), "unix:/run/rf/redis.sock?db=2");
  EXPECT_EQ(RedisAddress::Parse("unix:///run/rf/redis.sock").value().socket_path,
            "/run/rf/redis.sock");
}

TEST(RedisAddress, WhatItWritesItReads) {
  EXPECT_EQ(RedisAddress::Parse("unix:////a").value().ToString(), "unix:/a");
  for (const char* text : {"redis://h:1/0", "redis://[::1]:6379/15", "unix:/a", "unix:/a?db=9"}) {
    EXPECT_EQ(RedisAddress::Parse(text).value().ToString(), text);
  }
}

TEST(RedisAddress, RefusesTheRestWithoutTellingThePassword) {
  for (const char* text :
       {"", "localhost", "redis://", "redis://:secret@", "redis://u:secret@h:0", "redis://h:65536",
        "redis://u:secret@h/x", "rediss://u:secret@h", "unix:relative", "unix:/a?x=1",
        "redis://secret@h", "redis://u:secret%4@h", "redis://u:secret@[::1", "redis://h:1:2",
        "redis://[::1]x", "redis://u:secret@[h]", "redis://u:secret@[[]", "http://u:secret@h"}) {
    const auto status = RedisAddress::Parse(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret"))) << text;
  }
}

}  // namespace
}  // namespace ringfence
