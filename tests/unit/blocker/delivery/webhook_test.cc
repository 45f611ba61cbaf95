// Signature, secret, address and statuses of the webhook.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "blocker/delivery/secret_file.h"
#include "blocker/delivery/signature.h"
#include "blocker/delivery/webhook_channel.h"
#include "tests/unit/blocker/blocker_doubles.h"

namespace ringfence {
namespace {

// RFC 4231, test cases 1, 2, 3, 6 and 7.
TEST(HmacSha256, IsThePublishedOne) {
  EXPECT_EQ(HmacSha256(std::string(20, '\x0b'), "Hi There").value(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HmacSha256("Jefe", "what do ya want for nothing?").value(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HmacSha256(std::string(20, '\xaa'), std::string(50, '\xdd')).value(),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(
      HmacSha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")
          .value(),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(HmacSha256(std::string(131, '\xaa'),
                       "This is a test using a larger than block-size key and a larger than "
                       "block-size data. The key needs to be hashed before being used by the HMAC "
                       "algorithm.")
                .value(),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(WebhookSignature, CoversTimestampAndBody) {
  const auto signature = Sign("secret", kNoon, "{}");
  EXPECT_EQ(signature->timestamp, "1795492800");
  EXPECT_EQ(signature->value, "v1=" + HmacSha256("secret", "1795492800.{}").value());
  EXPECT_NE(Sign("secret", kNoon + std::chrono::seconds(1), "{}")->value, signature->value);
  EXPECT_NE(Sign("secret", kNoon, "{ }")->value, signature->value);
  EXPECT_NE(Sign("Secret", kNoon, "{}")->value, signature->value);
}

TEST(WebhookOutcome, FollowsTheStatus) {
  for (const unsigned done : {200u, 202u, 204u}) EXPECT_TRUE(WebhookOutcome(done, "").ok());
  for (const unsigned refused : {400u, 401u, 404u, 422u}) {
    EXPECT_TRUE(absl::IsInvalidArgument(WebhookOutcome(refused, "no"))) << refused;
  }
  for (const unsigned later : {302u, 408u, 409u, 425u, 429u, 500u, 503u, 999u}) {
    EXPECT_TRUE(absl::IsUnavailable(WebhookOutcome(later, "wait"))) << later;
  }
}

TEST(WebhookAddress, IsOneOfThisMachine) {
  const auto v4 = ParseHttpTarget("http://127.0.0.1:8700/actions?x=1");
  ASSERT_TRUE(v4.ok()) << v4.status();
  EXPECT_EQ(v4->host, "127.0.0.1");
  EXPECT_EQ(v4->port, 8700);
  EXPECT_EQ(v4->path, "/actions?x=1");
  EXPECT_EQ(ParseHttpTarget("http://[::1]:80/")->host, "::1");
  for (const char* other : {"http://10.0.0.5:80/", "http://localhost:80/", "http://example.com:80/",
                            "http://127.0.0.1.example.com:80/", "http://0127.0.1.1:80/"}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(ParseHttpTarget(other).status())) << other;
  }
  for (const char* wrong : {"", "https://127.0.0.1:80/", "http://127.0.0.1:80", "http://127.0.0.1/",
                            "http://127.0.0.1:0/", "http://127.0.0.1:*/", "http://127.0.0.1:80/ a",
                            "http://127.0.0.1:80/\r\nX: y", "http:///"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseHttpTarget(wrong).status())) << wrong;
  }
}

TEST(WebhookAddress, NeedsASecret) {
  WebhookOptions options;
  options.url = "http://127.0.0.1:8700/";
  EXPECT_TRUE(absl::IsInvalidArgument(WebhookChannel::Create(options).status()));
}

class SecretFile : public testing::Test {
 protected:
  ~SecretFile() override { unlink(path_.c_str()); }

  absl::StatusOr<std::string> Read(const std::string& text, mode_t mode) {
    unlink(path_.c_str());
    const int file = open(path_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    EXPECT_EQ(write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    fchmod(file, mode);
    close(file);
    return ReadSecretFile(path_);
  }

  const std::string path_ = testing::TempDir() + "rf-secret-" + std::to_string(getpid());
  const std::string secret_ = std::string(64, 's');
};

TEST_F(SecretFile, IsReadWithoutTheSpaceAroundIt) {
  EXPECT_EQ(Read(secret_ + "\n", 0400).value(), secret_);
}

TEST_F(SecretFile, OpenToOthersIsRefusedAndNotRepeated) {
  for (const mode_t mode : {0440, 0404, 0620}) {
    const absl::Status status = Read(secret_, mode).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()), testing::Not(testing::HasSubstr("sss")));
  }
}

TEST_F(SecretFile, TooShortTooLongOrMissingIsRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(Read(std::string(31, 's'), 0400).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Read(std::string(4097, 's'), 0400).status()));
  EXPECT_TRUE(absl::IsNotFound(ReadSecretFile(path_ + ".none").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadSecretFile("/tmp").status()));
}

}  // namespace
}  // namespace ringfence
