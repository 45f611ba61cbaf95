// From bytes of Redis to replies, and from replies to what they say of the lists.
#include "whitelist/redis/redis_reply.h"

#include <gtest/gtest.h>

#include "whitelist/redis/list_replies.h"

namespace ringfence {
namespace {

using Kind = RedisReply::Kind;

RedisReply Text(const std::string& text) {
  return {.kind = Kind::kText, .integer = 0, .text = text, .items = {}};
}
RedisReply Integer(int64_t value) {
  return {.kind = Kind::kInteger, .integer = value, .text = {}, .items = {}};
}
RedisReply Array(std::vector<RedisReply> items) {
  return {.kind = Kind::kArray, .integer = 0, .text = {}, .items = std::move(items)};
}

RedisReply ManifestWith(const std::string& field, const std::string& value) {
  RedisReply reply = Array({});
  for (auto [name, text] :
       std::vector<std::pair<std::string, std::string>>{{"format", "1"},
                                                        {"store", "st"},
                                                        {"version", "7"},
                                                        {"whitelist_count", "2"},
                                                        {"ledger_count", "3"},
                                                        {"digest", "d"},
                                                        {"written_at", "1795492800000"}}) {
    reply.items.push_back(Text(name));
    reply.items.push_back(Text(name == field ? value : text));
  }
  return reply;
}

TEST(RedisReply, ComesFromBytesInPieces) {
  RedisReplyReader reader;
  RedisReply reply;
  ASSERT_TRUE(reader.Feed("*3\r\n:-5\r\n$3\r\na").ok());
  EXPECT_FALSE(reader.Take(reply).value());
  ASSERT_TRUE(reader.Feed("\nb\r\n$-1\r\n-ERR no\r\n").ok());
  ASSERT_TRUE(reader.Take(reply).value());
  ASSERT_EQ(reply.items.size(), 3u);
  EXPECT_EQ(reply.items[0].integer, -5);
  EXPECT_EQ(reply.items[1].text, "a\nb");
  EXPECT_TRUE(reply.items[2].is_nil());
  ASSERT_TRUE(reader.Take(reply).value());
  EXPECT_TRUE(reply.is_error());
  EXPECT_EQ(reply.text, "ERR no");
  EXPECT_FALSE(reader.Take(reply).value());
}

TEST(RedisReply, WhatIsNoReplyIsDataLoss) {
  RedisReplyReader reader;
  RedisReply reply;
  ASSERT_TRUE(reader.Feed("HTTP/1.1 400 Bad Request\r\n").ok());
  EXPECT_EQ(reader.Take(reply).status().code(), absl::StatusCode::kDataLoss);
}

TEST(ListReplies, CountsAreThoseOfTheManifest) {
  const RedisReply manifest = ManifestWith("", "");
  EXPECT_EQ(ReadingOf({manifest, Integer(2), Integer(3)}, 0).value().manifest.version, 7u);
  for (const auto& [whitelist, ledger] :
       {std::pair(Integer(1), Integer(3)), std::pair(Integer(2), Integer(-3)),
        std::pair(Integer(2), Text("3"))}) {
    EXPECT_EQ(ReadingOf({manifest, whitelist, ledger}, 0).status().code(),
              absl::StatusCode::kDataLoss);
  }
}

// Nothing that is not nil may read as "not listed".
TEST(ListReplies, ValueOfAnotherKindIsDataLoss) {
  const RedisReply manifest = ManifestWith("", "");
  const RedisReply nil;
  const auto reading = [&](const RedisReply& entries) {
    return ReadingOf({manifest, Integer(2), Integer(3), entries, Array({nil})}, 1);
  };
  EXPECT_FALSE(reading(Array({nil})).value().facts[0].entry.has_value());
  for (const RedisReply& entries : {nil, Array({}), Array({nil, nil}), Array({Integer(1)}),
                                    Array({Array({})}), Array({Text("")}), Text("{}")}) {
    EXPECT_EQ(reading(entries).status().code(), absl::StatusCode::kDataLoss);
  }
}

TEST(ListReplies, TimeThatCanNotBeHeldIsDataLoss) {
  for (const char* time : {"18446744073709551615", "9223372036854775807", "9223372036854776"}) {
    EXPECT_EQ(ReadManifest(ManifestWith("written_at", time)).status().code(),
              absl::StatusCode::kDataLoss)
        << time;
  }
  EXPECT_TRUE(ReadManifest(ManifestWith("written_at", "9223372036854775")).ok());
}

TEST(ListReplies, ChunkOfAScanHasPairs) {
  ListDigest digest;
  const RedisReply pairs = Array({Text("+8663155501"), Text("{}")});
  EXPECT_EQ(AddChunk(Array({Text("17"), pairs}), ListDigest::List::kLedger, digest).value(), "17");
  EXPECT_EQ(digest.Count(), 1u);
  for (const RedisReply& chunk :
       {Array({}), Array({Text("0")}), Array({Text("0"), Array({Text("+86")})}), Text("0")}) {
    EXPECT_EQ(AddChunk(chunk, ListDigest::List::kLedger, digest).status().code(),
              absl::StatusCode::kDataLoss);
  }
}

}  // namespace
}  // namespace ringfence
