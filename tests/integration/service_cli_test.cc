// The whole program as an operator uses it: import, run, send, look, change, stop.
#include <filesystem>
#include <fstream>

#include "ingest/model/fixed_record.h"
#include "tests/integration/program.h"
#include "tests/integration/receiver_double.h"
#include "tests/integration/redis_fixture.h"
#include "tests/json.h"
#include "tools/service/status_file.h"

namespace ringfence {
namespace {

using Json = CheckedJson;

constexpr char kLedger[] =
    "line_id,numbers,customer_id,customer_name,purpose,industry,class,hours,trunks,status\n"
    "LINE-1,06315550001,C-1,Test Loans,reminders,loan,ordinary,00:00-24:00,TG1,active\n"
    "HOSPITAL,06315550120,C-2,Test Hospital,appointments,healthcare,hospital,00:00-24:00,TG2,"
    "active\n";

class ServiceCli : public testing::Test {
 protected:
  void SetUp() override {
    Write("ledger.csv", kLedger);
    Write("ringfence.toml", "[service]\ndata = \"data\"\n[input]\nlisten = \"" + Endpoint() +
                                "\"\n[rule.line-frequency]\nmode = \"enforce\"\nthreshold = 20\n"
                                "[actions]\nmax_evidence_age = \"3650d\"\n");
    const ProgramEnd import = Run({"line", "import", "ledger.csv", "--data", "data"});
    ASSERT_EQ(import.exit_code, 0) << import.err;
  }

  void TearDown() override {
    if (service_ != nullptr && service_->pid() > 0) {
      EXPECT_EQ(service_->Stop().exit_code, 0);
    }
  }

  void StartService() {
    service_ = std::make_unique<Program>(
        Service(), std::vector<std::string>{"run", "--config", "../ringfence.toml"});
    ASSERT_TRUE(service_->Await([this] {
      const auto status = Status();
      return status.ok() && status->state == "running" && status->pid == service_->pid();
    })) << service_->Stop().err;
  }

  std::string Endpoint() const { return "ipc://" + directory_.path() + "/cdr.sock"; }

  std::string Service() {
    const std::string folder = directory_.path() + "/service";
    std::filesystem::create_directories(folder);
    return folder;
  }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(directory_.path() + "/" + name, std::ios::binary) << text;
  }

  // So many calls of each number, as the canonical CSV; record ids begin with `tag`.
  std::string Calls(const std::string& tag, const std::vector<std::pair<std::string, int>>& calls) {
    std::string text = "record_id,calling,called,setup_time\n";
    for (const auto& [number, count] : calls) {
      for (int i = 0; i < count; ++i) {
        text += tag + number + "-" + std::to_string(i) + "," + number +
                ",06315550999,2025-06-10T10:00:" + std::to_string(10 + i % 50) + "+08:00\n";
      }
    }
    return text;
  }

  std::string Flatstore(const std::string& number, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += "1749520800|1749520800|0.000000|" + std::to_string(i) + "@192.0.2.1|" + number +
              "|12015550101|" + number + "|192.0.2.1||486|pass|tg1\n";
    }
    return text;
  }

  ProgramEnd Run(std::vector<std::string> arguments) {
    return RunProgram(directory_.path(), std::move(arguments));
  }
  void Send(std::vector<std::string> arguments) {
    const std::vector<std::string> to = {"send", "--to", Endpoint(), "--source", "t"};
    arguments.insert(arguments.begin(), to.begin(), to.end());
    const ProgramEnd end = Run(arguments);
    EXPECT_EQ(end.exit_code, 0) << end.err;
  }
  Json Check(const std::string& calling, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"check", "--calling", calling, "--called", "06315550999", "--data",
                               "service/data"});
    const ProgramEnd end = Run(more);
    EXPECT_EQ(end.exit_code, 0) << end.err;
    return Json::Parse(end.out);
  }
  std::map<std::string, std::string> Doctor(int exit_code) {
    const ProgramEnd end = Run({"doctor", "--config", "ringfence.toml", "--data", "service/data"});
    EXPECT_EQ(end.exit_code, exit_code) << end.out << end.err;
    std::map<std::string, std::string> levels;
    std::istringstream lines(end.out);
    for (std::string line; std::getline(lines, line);) {
      const Json finding = Json::Parse(line);
      levels[finding.at("check").text()] = finding.at("level").text();
    }
    return levels;
  }

  absl::StatusOr<ServiceStatus> Status() {
    return ReadStatus(directory_.path() + "/service/data/status.json");
  }
  // A record that was sent is durable; it is judged within moments.
  bool AwaitReason(const std::string& calling, const std::string& reason) {
    return service_->Await([&] {
      const Json check = Check(calling);
      return check.at("reason") == reason && check.contains("action_state") &&
             check.at("action_state") == "confirmed";
    });
  }
  bool AwaitRead(uint64_t records) {
    return service_->Await([&] {
      const auto status = Status();
      return status.ok() && status->account.read >= records;
    });
  }

  ScratchDirectory directory_;
  std::unique_ptr<Program> service_;
};

class RunningService : public ServiceCli {
 protected:
  void SetUp() override {
    ServiceCli::SetUp();
    std::filesystem::create_directories(Service());
    std::filesystem::rename(directory_.path() + "/data", Service() + "/data");
    StartService();
  }
};

TEST_F(RunningService, SentFilesOfTwoFormatsEndInASuspensionAndABlock) {
  Write("calls.csv", Calls("c", {{"06315550001", 21}, {"06315550120", 200}, {"06315550003", 20}}));
  Write("acc.log", Flatstore("12125550101", 21));
  Send({"calls.csv"});
  Send({"--numbers", "e164", "--format", "kamailio-flatstore", "acc.log"});
  ASSERT_TRUE(AwaitReason("06315550001", "suspended"));
  ASSERT_TRUE(AwaitReason("+12125550101", "blocked"));
  const Json line = Check("06315550001");
  EXPECT_EQ(line.at("verdict"), "refused");
  EXPECT_EQ(line.at("line"), "LINE-1");
  EXPECT_EQ(line.at("action_state"), "confirmed");
  EXPECT_EQ(line.at("switch_refuses"), true);
  EXPECT_EQ(line.at("switch_differs"), false);
  EXPECT_EQ(Check("06315550120").at("verdict"), "passes");
  EXPECT_EQ(Check("06315550120").at("protection"), "protected-class");
  EXPECT_EQ(Check("06315550003").at("verdict"), "passes");

  ASSERT_TRUE(AwaitRead(262));
  EXPECT_TRUE(Status()->account.Balances());
  const ProgramEnd end = service_->Stop();
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_EQ(Status()->state, "stopped");
  EXPECT_EQ(Status()->account.accepted, 262u);
}

TEST_F(RunningService, TheSameFileAgainSendsNothing) {
  Write("calls.csv", Calls("c", {{"06315550001", 21}}));
  Send({"calls.csv"});
  const ProgramEnd again = Run({"send", "--to", Endpoint(), "--source", "t", "calls.csv"});
  EXPECT_EQ(Json::Parse(again.out).at("sent"), 0) << again.out;
}

TEST_F(RunningService, SentBinaryTheAccountIsThatOfTheTextAndTheTextIsADuplicate) {
  std::string calls = Calls("a", {{"06315550001", 21}, {"06315550120", 10}});
  calls += "bad,9.12E+11,06315550999,2025-06-10T10:00:00+08:00\n";
  calls += "long" + std::string(300, 'i') + ",06315550120,06315550999,2025-06-10T10:00:00+08:00\n";
  Write("calls.csv", calls);
  Send({"--binary", "calls.csv"});
  ASSERT_TRUE(AwaitRead(33));
  const Reconciliation binary = Status()->account;
  EXPECT_EQ(binary.accepted, 32u);
  EXPECT_EQ(binary.rejected[static_cast<size_t>(RejectReason::kCallingNumber)], 1u);
  EXPECT_TRUE(AwaitReason("06315550001", "suspended"));
  Send({"calls.csv"});
  ASSERT_TRUE(AwaitRead(66));
  const Reconciliation both = Status()->account;
  EXPECT_EQ(both.accepted, 32u);
  EXPECT_EQ(both.duplicates, 32u);
  EXPECT_EQ(both.rejected[static_cast<size_t>(RejectReason::kCallingNumber)], 2u);
  const ProgramEnd again =
      Run({"send", "--to", Endpoint(), "--source", "t", "--binary", "calls.csv"});
  EXPECT_EQ(Json::Parse(again.out).at("had"), 33);
}

TEST_F(RunningService, BinaryRejectStandsInTheQuarantineAsBase64) {
  std::string records = BinaryHeaderRecord(96) + std::string(96, '\0');
  Write("calls.bin", records);
  Send({"calls.bin"});
  ASSERT_TRUE(AwaitRead(1));
  std::string line;
  ASSERT_TRUE(service_->Await([&] {
    std::ifstream file(Service() + "/data/quarantine.jsonl");
    return static_cast<bool>(std::getline(file, line));
  }));
  const Json reject = Json::Parse(line);
  EXPECT_EQ(reject.at("reason"), "missing-field");
  EXPECT_EQ(reject.at("source"), "t/calls.bin");
  EXPECT_EQ(reject.at("base64"), std::string(128, 'A'));
}

TEST_F(RunningService, AWhitelistEntryAddedByCommandLiftsTheSuspension) {
  Write("calls.csv", Calls("c", {{"06315550001", 21}}));
  Send({"calls.csv"});
  ASSERT_TRUE(AwaitReason("06315550001", "suspended"));
  const ProgramEnd add =
      Run({"whitelist", "add", "06315550001", "--data", "service/data", "--reason", "reminders",
           "--requester", "wang", "--approver", "li", "--scope", "outbound"});
  ASSERT_EQ(add.exit_code, 0) << add.err;
  EXPECT_TRUE(service_->Await([this] { return Check("06315550001").at("verdict") == "passes"; }));
  EXPECT_EQ(Check("06315550001").at("whitelisted"), true);
  EXPECT_TRUE(
      service_->Await([this] { return Check("06315550001").at("switch_refuses") == false; }));
}

TEST_F(ServiceCli, ARuleThatEnforcesUnderAnotherVersionStopsWhoIsOverAlready) {
  std::filesystem::rename(directory_.path() + "/data", Service() + "/data");
  const auto configure = [this](const std::string& mode, int version) {
    Write("ringfence.toml", "[service]\ndata = \"data\"\n[input]\nlisten = \"" + Endpoint() +
                                "\"\n[rule.line-frequency]\nmode = \"" + mode +
                                "\"\nversion = " + std::to_string(version) +
                                "\nthreshold = 20\n[actions]\nmax_evidence_age = \"3650d\"\n");
  };
  configure("observe", 1);
  StartService();
  Write("calls.csv", Calls("c", {{"06315550001", 25}}));
  Send({"calls.csv"});
  ASSERT_TRUE(AwaitRead(25));
  EXPECT_EQ(service_->Stop().exit_code, 0);
  configure("enforce", 2);
  StartService();
  Write("next.csv", Calls("d", {{"06315550001", 1}}));
  Send({"next.csv"});
  EXPECT_TRUE(AwaitReason("06315550001", "suspended"));
}

TEST_F(RunningService, CheckJudgesTheTrunkAndLetsEmergencyCallsPass) {
  Write("calls.csv", Calls("c", {{"06315550001", 21}}));
  EXPECT_EQ(Check("06315550001", {"--trunk", "TG1"}).at("verdict"), "passes");
  EXPECT_EQ(Check("06315550001", {"--trunk", "TG2"}).at("reason"), "wrong-trunk");
  EXPECT_EQ(Check("06315550777", {"--trunk", "TG1"}).at("reason"), "foreign-on-trunk");
  Send({"calls.csv"});
  ASSERT_TRUE(AwaitReason("06315550001", "suspended"));
  const ProgramEnd emergency =
      Run({"check", "--calling", "06315550001", "--called", "120", "--data", "service/data"});
  EXPECT_EQ(Json::Parse(emergency.out).at("verdict"), "passes");
  const ProgramEnd table = Run({"check", "--calling", "06315550001", "--called", "06315550999",
                                "--data", "service/data", "--output", "table"});
  EXPECT_NE(table.out.find("refused"), std::string::npos) << table.out;
  EXPECT_NE(table.out.find("LINE-1"), std::string::npos) << table.out;
}

TEST_F(RunningService, DoctorFindsARunningServiceInOrder) {
  Write("calls.csv", Calls("c", {{"06315550001", 21}, {"02125550101", 21}}));
  Send({"calls.csv"});
  ASSERT_TRUE(AwaitReason("06315550001", "suspended"));
  ASSERT_TRUE(AwaitReason("02125550101", "blocked"));
  const auto levels = Doctor(0);
  for (const char* check : {"store", "service", "redis", "redis settings", "redis lists",
                            "switch table", "feed", "time zone", "held", "orders", "breaker"}) {
    ASSERT_TRUE(levels.contains(check)) << check;
    EXPECT_EQ(levels.at(check), "OK") << check;
  }
}

TEST_F(RunningService, DoctorFindsAnEntryThatTheSwitchDoesNotSee) {
  Write("calls.csv", Calls("c", {{"06315550001", 21}}));
  Send({"calls.csv"});
  ASSERT_TRUE(AwaitReason("06315550001", "suspended"));
  RedisConnection redis(EmbeddedRedis::AddressIn(Service() + "/data/redis"));
  ASSERT_TRUE(redis.Command({"HSET", "rf:number", "866315550001", "active|0||LINE-1"}).ok());
  EXPECT_EQ(Doctor(1).at("switch table"), "FAIL");
  EXPECT_EQ(Check("06315550001").at("switch_differs"), true);
}

TEST_F(RunningService, DoctorFindsAServiceThatWasKilled) {
  kill(service_->pid(), SIGKILL);
  (void)service_->Wait();
  EXPECT_EQ(Doctor(1).at("service"), "FAIL");
  // Returns when the server that the dead service left behind has ended.
  EXPECT_TRUE(EmbeddedRedis::Start(Service() + "/data/redis").ok());
}

TEST_F(ServiceCli, DoctorWarnsOfAServiceThatHasNotRun) {
  std::filesystem::rename(directory_.path() + "/data", Service() + "/data");
  const auto levels = Doctor(0);
  EXPECT_EQ(levels.at("service"), "WARN");
  EXPECT_EQ(levels.at("redis"), "WARN");
}

TEST_F(ServiceCli, ARecordThatTheFloodRuleLeavesOutIsInTheAccount) {
  std::filesystem::rename(directory_.path() + "/data", Service() + "/data");
  Write("ringfence.toml", "[service]\ndata = \"data\"\n[input]\nlisten = \"" + Endpoint() +
                              "\"\n[rule.called-flood]\nenabled = true\nlateness = \"5m\"\n");
  StartService();
  Write("calls.csv",
        "record_id,calling,called,setup_time\n"
        "a,06315550001,06315550999,2025-06-10T10:30:00+08:00\n"
        "b,06315550001,06315550999,2025-06-10T10:20:00+08:00\n");
  Send({"calls.csv"});
  ASSERT_TRUE(AwaitRead(2));
  EXPECT_EQ(Status()->account.accepted, 2u);
  EXPECT_EQ(Status()->detector.flood_late, 1u);
  EXPECT_EQ(Status()->detector.received_calls, 1u);
  EXPECT_EQ(Doctor(0).at("floods"), "WARN");
}

TEST_F(ServiceCli, DoctorSaysWhetherReceiversTakeConnections) {
  std::filesystem::rename(directory_.path() + "/data", Service() + "/data");
  const std::string lines = "ipc://" + directory_.path() + "/lines.sock";
  Write("ringfence.toml", "[service]\ndata = \"data\"\n[delivery]\nzmq = \"" + lines + "\"\n");
  EXPECT_EQ(Doctor(1).at("receiver (ZeroMQ)"), "FAIL");
  EffectBook book;
  const ZmqDouble receiver(book, lines);
  EXPECT_EQ(Doctor(0).at("receiver (ZeroMQ)"), "OK");
  EXPECT_TRUE(book.Requests().empty());
}

TEST_F(ServiceCli, DoctorNamesASecretThatCannotBeRead) {
  std::filesystem::rename(directory_.path() + "/data", Service() + "/data");
  Write("ringfence.toml",
        "[service]\ndata = \"data\"\n[delivery]\nwebhook = \"http://127.0.0.1:9/\"\n"
        "webhook_secret = \"missing\"\n");
  EXPECT_EQ(Doctor(1).at("line provisioning"), "FAIL");
}

TEST_F(ServiceCli, DoctorNamesAMissingFolderAndADamagedStore) {
  EXPECT_EQ(Doctor(1).at("folder"), "FAIL");
  std::filesystem::rename(directory_.path() + "/data", Service() + "/data");
  Write("service/data/ringfence.db", std::string(8192, 'x'));
  EXPECT_EQ(Doctor(1).at("store"), "FAIL");
}

TEST_F(ServiceCli, CheckWithoutAStoreIsAnErrorThatSaysHowToFillOne) {
  const ProgramEnd end =
      Run({"check", "--calling", "06315550001", "--called", "120", "--data", "nowhere"});
  EXPECT_EQ(end.exit_code, 1);
  EXPECT_NE(end.err.find("ringfence line import"), std::string::npos) << end.err;
}

TEST_F(ServiceCli, CheckBeforeTheFirstRunSaysThatNoSwitchCanAsk) {
  const ProgramEnd end =
      Run({"check", "--calling", "06315550001", "--called", "06315550999", "--data", "data"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  const Json json = Json::Parse(end.out);
  EXPECT_EQ(json.at("verdict"), "passes");
  EXPECT_TRUE(json.contains("switch_error")) << end.out;
}

}  // namespace
}  // namespace ringfence
