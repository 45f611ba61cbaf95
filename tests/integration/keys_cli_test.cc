// Keys as an operator makes and uses them, with the program from outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "tests/integration/program.h"
#include "tests/integration/redis_fixture.h"
#include "tools/service/status_file.h"

namespace ringfence {
namespace {

using testing::HasSubstr;
using testing::Not;

class KeysCli : public testing::Test {
 protected:
  ProgramEnd Run(std::vector<std::string> arguments) {
    return RunProgram(directory_.path(), std::move(arguments));
  }
  void Must(std::vector<std::string> arguments) {
    const ProgramEnd end = Run(std::move(arguments));
    ASSERT_EQ(end.exit_code, 0) << end.err;
  }
  std::string Path(const std::string& name) { return directory_.path() + "/" + name; }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(Path(name), std::ios::binary) << text;
  }

  ScratchDirectory directory_;
};

TEST_F(KeysCli, NewKeyIsSecretAndNeverOverwritten) {
  Must({"keys", "new", "msc-01"});
  struct stat about {};
  ASSERT_EQ(stat(Path("msc-01.key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0400u);
  const ProgramEnd again = Run({"keys", "new", "msc-01"});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("msc-01.pub"));
  EXPECT_THAT(again.err, HasSubstr("take another name"));
  const ProgramEnd secret = Run({"keys", "show", "msc-01.key", "--output", "json"});
  const ProgramEnd open = Run({"keys", "show", "msc-01.pub", "--output", "json"});
  EXPECT_EQ(secret.exit_code, 0) << secret.err;
  EXPECT_EQ(secret.out.substr(secret.out.find("public_key")),
            open.out.substr(open.out.find("public_key")));
}

TEST_F(KeysCli, SecretThatOthersCanReadIsRefusedWithWhatToDo) {
  Must({"keys", "new", "msc-01"});
  ASSERT_EQ(chmod(Path("msc-01.key").c_str(), 0440), 0);
  const ProgramEnd end = Run({"keys", "show", "msc-01.key"});
  EXPECT_EQ(end.exit_code, 1);
  EXPECT_THAT(end.err, HasSubstr("chmod 400 msc-01.key"));
}

TEST_F(KeysCli, ListKeepsItsCommentsWhenAKeyIsReplaced) {
  Must({"keys", "new", "old"});
  Must({"keys", "new", "next"});
  Write("allow", "# the mediation hosts\n");
  Must({"keys", "allow", "msc-01", "old.pub", "--list", "allow", "--note", "rack 4"});
  Must({"keys", "allow", "msc-01", "next.pub", "--list", "allow"});
  EXPECT_EQ(Run({"keys", "allow", "msc-02", "next.pub", "--list", "allow"}).exit_code, 1)
      << "a key has one source";
  Must({"keys", "revoke", "old.pub", "--list", "allow"});
  EXPECT_EQ(Run({"keys", "revoke", "old.pub", "--list", "allow"}).exit_code, 1);
  const ProgramEnd list = Run({"keys", "list", "--list", "allow"});
  EXPECT_THAT(list.out, HasSubstr("msc-01"));
  EXPECT_THAT(list.out, testing::Not(HasSubstr("rack 4")));
  std::ifstream file(Path("allow"));
  std::string first;
  std::getline(file, first);
  EXPECT_EQ(first, "# the mediation hosts");
}

TEST_F(KeysCli, ServiceOnAllAddressesTakesRecordsOfAllowedKeysOnly) {
  for (const char* name : {"service", "msc-01", "stranger"}) Must({"keys", "new", name});
  Must({"keys", "allow", "msc-01", "msc-01.pub", "--list", "allow"});
  Write("cdr.csv",
        "record_id,calling,called,setup_time\n"
        "r1,06315550001,06315550999,2025-06-10T10:00:01+08:00\n");
  Write("ringfence.toml", "[service]\ndata = \"" + Path("data") +
                              "\"\n[input]\nlisten = \"tcp://0.0.0.0:*\"\ncurve_secret = \"" +
                              Path("service.key") + "\"\ncurve_allow = \"" + Path("allow") +
                              "\"\n");
  // Its output goes to a folder of its own.
  std::filesystem::create_directory(Path("service"));
  Program service(Path("service"), {"run", "--config", "../ringfence.toml"});
  std::string port;
  ASSERT_TRUE(service.Await([&] {
    const auto status = ReadStatus(Path("data/status.json"));
    if (!status.ok() || status->state != "running") return false;
    port = status->endpoint.substr(status->endpoint.rfind(':'));
    return true;
  }));
  const std::string to = "tcp://127.0.0.1" + port;
  const auto send = [&](const std::string& source, const std::string& key) {
    return Run({"send", "cdr.csv", "--to", to, "--source", source, "--curve-secret", key + ".key",
                "--server-key", "service.pub", "--give-up-after", "2"});
  };
  EXPECT_EQ(send("msc-01", "msc-01").exit_code, 0);
  const ProgramEnd other = send("msc-02", "msc-01");
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("may not send as source 'msc-02'"));
  EXPECT_EQ(send("msc-01", "stranger").exit_code, 1);
  EXPECT_EQ(Run({"send", "cdr.csv", "--to", to, "--source", "x", "--give-up-after", "2"}).exit_code,
            1)
      << "without a key";
  const auto audited = [&](const std::string& text) {
    const ProgramEnd shown = Run({"audit", "show", "--data", "data", "--output", "json"});
    return shown.out.find(text) != std::string::npos;
  };
  EXPECT_TRUE(service.Await([&] { return audited("may send now: msc-01 "); }));
  ASSERT_EQ(Run({"keys", "allow", "msc-02", "stranger.pub", "--list", "allow"}).exit_code, 0);
  EXPECT_TRUE(service.Await([&] { return audited(", msc-02 "); }));
  const ProgramEnd doctor = Run({"doctor", "--config", "ringfence.toml"});
  EXPECT_THAT(doctor.out, HasSubstr("its public key is"));
  const ProgramEnd end = service.Stop();
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_THAT(end.out + end.err, HasSubstr("peers not let in"));
  const auto status = ReadStatus(Path("data/status.json"));
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->account.read, 1u);
}

TEST_F(KeysCli, ServiceWithoutKeysRefusesAnAddressThatOthersReach) {
  Write("ringfence.toml", "[service]\ndata = \"data\"\n[input]\nlisten = \"tcp://0.0.0.0:*\"\n");
  const ProgramEnd end = Run({"run", "--config", "ringfence.toml"});
  EXPECT_NE(end.exit_code, 0);
  EXPECT_THAT(end.out + end.err, HasSubstr("without CURVE keys there is no authentication"));
}

TEST_F(KeysCli, CheckOfAConfigurationSaysWhatIsWrongWithEachOfItsKeyFiles) {
  Must({"keys", "new", "service"});
  Must({"keys", "allow", "msc-01", "service.pub", "--list", "allow"});
  Write("secret", std::string(40, 's'));
  ASSERT_EQ(chmod(Path("secret").c_str(), 0600), 0);
  Write("ringfence.toml",
        "[input]\nlisten = \"tcp://0.0.0.0:*\"\ncurve_secret = \"service.key\"\n"
        "curve_allow = \"allow\"\n[delivery]\nwebhook = \"http://127.0.0.1:8700/\"\n"
        "webhook_secret = \"secret\"\n");
  Must({"config", "check", "ringfence.toml"});

  ASSERT_EQ(chmod(Path("service.key").c_str(), 0444), 0);
  Write("allow", "no key\n");
  std::filesystem::remove(Path("secret"));
  const ProgramEnd end = Run({"config", "check", "ringfence.toml"});
  EXPECT_EQ(end.exit_code, 78);
  EXPECT_THAT(end.err, HasSubstr("ringfence.toml: input.curve_secret: service.key: this secret"));
  EXPECT_THAT(end.err, HasSubstr("ringfence.toml: input.curve_allow: allow, line 1"));
  EXPECT_THAT(end.err, HasSubstr("ringfence.toml: delivery.webhook_secret: secret: "));
  EXPECT_THAT(end.out, Not(HasSubstr("good")));
}

TEST_F(KeysCli, CheckOfAConfigurationPassesOverWhatSystemdHandsOver) {
  Write("ringfence.toml",
        "[input]\nlisten = \"tcp://127.0.0.1:*\"\n"
        "curve_secret = \"/run/credentials/ringfence-test.service/curve.key\"\n"
        "curve_allow = \"allow\"\n");
  Must({"keys", "new", "msc-01"});
  Must({"keys", "allow", "msc-01", "msc-01.pub", "--list", "allow"});
  Must({"config", "check", "ringfence.toml"});
}

TEST_F(KeysCli, DoctorWarnsOfKeysThatSystemdHandsOver) {
  const std::string handed = "\"/run/credentials/ringfence-test.service/";
  Write("ringfence.toml", "[service]\ndata = \"data\"\n[input]\nlisten = \"tcp://127.0.0.1:*\"\n" +
                              ("curve_secret = " + handed) + "curve.key\"\n" +
                              ("curve_allow = " + handed) +
                              "allow\"\n[delivery]\nwebhook = \"http://127.0.0.1:9/\"\n" +
                              ("webhook_secret = " + handed) + "secret\"\n");
  const std::string said = Run({"doctor", "--config", "ringfence.toml"}).out;
  for (const char* check : {"key", "allowed keys", "line provisioning"}) {
    EXPECT_THAT(said, HasSubstr(std::string(R"({"level":"WARN","check":")") + check + "\""));
    EXPECT_THAT(said, Not(HasSubstr(std::string(R"({"level":"FAIL","check":")") + check + "\"")));
  }
  EXPECT_THAT(said, HasSubstr("hands it to the running service alone"));
}

TEST_F(KeysCli, DoctorFailsForAKeyThatIsElsewhereAndNotThere) {
  Write("ringfence.toml",
        "[service]\ndata = \"data\"\n[input]\nlisten = \"tcp://127.0.0.1:*\"\n"
        "curve_secret = \"missing.key\"\ncurve_allow = \"missing\"\n");
  const std::string said = Run({"doctor", "--config", "ringfence.toml"}).out;
  EXPECT_THAT(said, HasSubstr(R"({"level":"FAIL","check":"key")"));
  EXPECT_THAT(said, HasSubstr(R"({"level":"FAIL","check":"allowed keys")"));
}

TEST_F(KeysCli, CompletionKnowsTheCommand) {
  const ProgramEnd end = Run({"completion", "bash"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_THAT(end.out, HasSubstr("ringfence keys"));
}

}  // namespace
}  // namespace ringfence
