#include <gtest/gtest.h>

#include <string>

#include "blocker/delivery/http_post.h"
#include "blocker/delivery/message.h"

namespace ringfence {
namespace {

constexpr size_t kAll = 1 << 20;

TEST(HttpAnswerTest, BodyOfKnownLength) {
  const auto answer =
      ReadHttpAnswer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone and more", kAll);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200U);
  EXPECT_EQ(answer->body, "done");
}

TEST(HttpAnswerTest, BodyInChunks) {
  const auto answer = ReadHttpAnswer(
      "HTTP/1.1 422 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n3\r\nway\r\n0\r\n\r\n",
      kAll);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 422U);
  EXPECT_EQ(answer->body, "noway");
}

TEST(HttpAnswerTest, BodyThatEndsWithTheConnection) {
  const auto answer = ReadHttpAnswer("HTTP/1.0 503 Busy\r\n\r\nlater", kAll);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "later");
}

TEST(HttpAnswerTest, PiecesOfOneByteSayTheSame) {
  const auto answer = ReadHttpAnswer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone", 1);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "done");
}

TEST(HttpAnswerTest, NoChunkInPiecesOfOneByte) {
  const auto answer =
      ReadHttpAnswer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "");
}

TEST(HttpAnswerTest, AnswerThatIsCutOffIsNone) {
  for (const char* cut : {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndon"}) {
    EXPECT_TRUE(absl::IsUnavailable(ReadHttpAnswer(cut, kAll).status())) << cut;
  }
}

TEST(HttpAnswerTest, WhatIsNotHttpIsNone) {
  EXPECT_TRUE(absl::IsUnavailable(ReadHttpAnswer("SSH-2.0-OpenSSH_9.2\r\n", kAll).status()));
}

TEST(HttpAnswerTest, HeaderWithoutEndIsRefused) {
  const std::string bytes = "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x');
  EXPECT_TRUE(absl::IsUnavailable(ReadHttpAnswer(bytes, kAll).status()));
}

TEST(HttpAnswerTest, BodyThatIsTooLongIsRefused) {
  const std::string bytes = "HTTP/1.0 200 OK\r\n\r\n" + std::string(kMaxAnswerBytes + 1, 'x');
  EXPECT_TRUE(absl::IsUnavailable(ReadHttpAnswer(bytes, kAll).status()));
}

TEST(HttpAnswerTest, LengthThatIsTooLongIsRefusedBeforeMemoryIsTaken) {
  const auto answer =
      ReadHttpAnswer("HTTP/1.1 200 OK\r\nContent-Length: 444444444441\r\n\r\nd", kAll);
  EXPECT_EQ(answer.status(), absl::UnavailableError("body limit exceeded"));
}

}  // namespace
}  // namespace ringfence
