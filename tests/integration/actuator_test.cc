// The reference receiver, tools/actuator/actuator.py, as a process: what it promises to those who
// write their own after it.
#include <gtest/gtest.h>

#include <fstream>

#include "blocker/delivery/signature.h"
#include "blocker/delivery/webhook_channel.h"
#include "blocker/delivery/zmq_channel.h"
#include "ingest/json/json_tree.h"
#include "ingest/transport/curve_keys.h"
#include "tests/integration/program.h"
#include "tests/integration/scratch_directory.h"
#include "tests/unit/blocker/delivery/requests.h"
#include "whitelist/store/database.h"

namespace ringfence {
namespace {

using std::chrono::seconds;

constexpr char kActuator[] = RINGFENCE_SOURCE_DIR "/tools/actuator/actuator.py";

EventTime WallClock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

class ActuatorTest : public testing::Test {
 protected:
  ActuatorTest() {
    WriteSecret();
    Start({});
  }

  void WriteSecret() const {
    std::ofstream(Path("secret")) << secret_ << "\n";
    std::filesystem::permissions(Path("secret"), std::filesystem::perms::owner_read);
  }
  std::string Path(const std::string& name) const { return directory_.path() + "/" + name; }

  void Start(std::vector<std::string> more) {
    process_.reset();
    std::filesystem::remove(Path("stdout.txt"));
    std::vector<std::string> arguments = {kActuator,     "--state",  Path("lines.db"),
                                          "--zmq",       endpoint_,  "--webhook",
                                          "127.0.0.1:0", "--secret", Path("secret")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    process_ = std::make_unique<Program>(directory_.path(), arguments);
    ASSERT_TRUE(process_->Await([this] {
      std::ifstream file(Path("stdout.txt"));
      std::string line;
      if (!std::getline(file, line)) return false;
      const auto ready = JsonTree::Parse(line);
      const std::string* const url = ready.has_value() ? ready->TextOf("webhook") : nullptr;
      if (url != nullptr) url_ = *url;
      return url != nullptr;
    }));
  }

  absl::Status OverZmq(const Request& request, const std::string& secret_key = {},
                       const std::string& server_key = {}, seconds timeout = seconds(20)) {
    auto channel = ZmqChannel::Create(context_, {.endpoint = endpoint_,
                                                 .timeout = timeout,
                                                 .curve_secret_key = secret_key,
                                                 .curve_server_key = server_key,
                                                 .clock = std::chrono::steady_clock::now});
    if (!channel.ok()) return channel.status();
    return (*channel)->Exchange(request, [] { return false; });
  }
  absl::Status OverHttp(const Request& request, const std::string& secret,
                        EventTime now = WallClock()) {
    auto channel = WebhookChannel::Create(
        {.url = url_, .secret = secret, .timeout = seconds(20), .clock = [now] { return now; }});
    if (!channel.ok()) return channel.status();
    return (*channel)->Exchange(request, [] { return false; });
  }

  // "suspend restore": what was switched, in order.
  std::string Effects() const {
    auto database = Database::Open(Path("lines.db"), Database::Mode::kReadOnly).value();
    Statement select = database->Prepare("SELECT change FROM effect ORDER BY seq").value();
    std::string all;
    while (select.Step().value()) all += (all.empty() ? "" : " ") + select.Text(0);
    return all;
  }

  ScratchDirectory directory_;
  const std::string secret_ = std::string(64, 'a');
  const std::string endpoint_ = "ipc://" + Path("zmq");
  std::string url_;
  ZmqContext context_;
  std::unique_ptr<Program> process_;
  // With an end that lies ahead of the receiver's clock.
  static Request Suspend(const std::string& id, int64_t sequence) {
    Request request = SuspendRequest(id, sequence);
    request.action.expires = WallClock() + std::chrono::hours(1);
    return request;
  }
  const Request suspend_ = Suspend("a1", 1);
  const Request restore_ = RestoreRequest("a1", 2);
};

TEST_F(ActuatorTest, HasOneEffectHoweverOftenAndWherebyItIsAsked) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(OverZmq(suspend_).ok());
    const absl::Status status = OverHttp(suspend_, secret_);
    EXPECT_TRUE(status.ok()) << status;
  }
  EXPECT_EQ(Effects(), "suspend");
  EXPECT_TRUE(OverHttp(restore_, secret_).ok());
  EXPECT_TRUE(OverZmq(restore_).ok());
  EXPECT_EQ(Effects(), "suspend restore");
}

TEST_F(ActuatorTest, ASuspensionThatComesAfterItsRestorationIsRefused) {
  EXPECT_TRUE(OverZmq(restore_).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(OverZmq(suspend_)));
  EXPECT_EQ(Effects(), "");
}

TEST_F(ActuatorTest, ARestorationLeavesAnotherActionAlone) {
  EXPECT_TRUE(OverZmq(Suspend("a2", 5)).ok());
  EXPECT_TRUE(OverZmq(restore_).ok());
  EXPECT_EQ(Effects(), "suspend");
}

TEST_F(ActuatorTest, ASuspensionWhoseProofRanOutIsNotCarriedOut) {
  Request old = suspend_;
  old.valid_until = WallClock() - seconds(1);
  EXPECT_TRUE(absl::IsUnavailable(OverZmq(old)));
  EXPECT_EQ(Effects(), "");
}

TEST_F(ActuatorTest, WhatItAnsweredSurvivesAKill) {
  EXPECT_TRUE(OverZmq(suspend_).ok());
  kill(process_->pid(), SIGKILL);
  process_->Wait();
  Start({});
  EXPECT_TRUE(OverZmq(suspend_).ok());
  EXPECT_EQ(Effects(), "suspend");
}

TEST_F(ActuatorTest, FreesByItselfWhatHasComeToItsEnd) {
  Request ended = suspend_;
  ended.action.expires = WallClock() - seconds(1);
  EXPECT_TRUE(OverZmq(ended).ok());
  EXPECT_TRUE(process_->Await([this] { return Effects() == "suspend expire"; }));
}

TEST_F(ActuatorTest, ANewEndOfAKnownActionIsTakenOver) {
  EXPECT_TRUE(OverZmq(suspend_).ok());
  Request ended = Suspend("a1", 3);
  ended.action.expires = WallClock() - seconds(1);
  EXPECT_TRUE(OverZmq(ended).ok());
  EXPECT_TRUE(process_->Await([this] { return Effects() == "suspend expire"; }));
}

TEST_F(ActuatorTest, AWrongSignatureOrAnOldOneIsRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(OverHttp(suspend_, std::string(64, 'b'))));
  EXPECT_TRUE(absl::IsInvalidArgument(OverHttp(suspend_, secret_, WallClock() - seconds(900))));
  EXPECT_EQ(Effects(), "");
}

TEST_F(ActuatorTest, WithKeysOnlyThoseAllowedGetThrough) {
  const CurveKeyPair server = MakeCurveKeys().value();
  const CurveKeyPair ours = MakeCurveKeys().value();
  ASSERT_TRUE(WriteKeyFiles(server, directory_.path(), "server").ok());
  ASSERT_TRUE(WriteKeyFiles(ours, directory_.path(), "ours").ok());
  Start({"--curve-secret", Path("server.key"), "--curve-allow", Path("ours.pub")});
  const absl::Status allowed = OverZmq(suspend_, ours.secret_key, server.public_key);
  EXPECT_TRUE(allowed.ok()) << allowed;
  const CurveKeyPair stranger = MakeCurveKeys().value();
  EXPECT_FALSE(OverZmq(restore_, stranger.secret_key, server.public_key, seconds(2)).ok());
  EXPECT_EQ(Effects(), "suspend");
}

}  // namespace
}  // namespace ringfence
