// `ringfence send --spool` as a mediation system uses it: a live feed that outlives crashes.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "ingest/model/fixed_record.h"
#include "tests/integration/program.h"
#include "tests/integration/scratch_directory.h"
#include "tests/json.h"
#include "tools/service/status_file.h"

namespace ringfence {
namespace {

using testing::HasSubstr;
using Json = CheckedJson;

constexpr char kHeader[] = "record_id,calling,called,setup_time\n";

std::string Calls(int from, int end) {
  std::string lines;
  for (int i = from; i < end; ++i) {
    lines += "id-" + std::to_string(i) +
             ",06315550001,06315550999,2025-06-10T10:00:" + std::to_string(10 + i % 50) +
             "+08:00\n";
  }
  return lines;
}

class SpoolCli : public testing::Test {
 protected:
  // A sender and the pipe that feeds it.
  class Feed {
   public:
    explicit Feed(const SpoolCli& test) {
      int ends[2];
      EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
      program = std::make_unique<Program>(test.Folder("sender"), test.SendCommand({"-"}), ends[0]);
      close(ends[0]);
      pipe_ = ends[1];
    }
    ~Feed() { Close(); }
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;

    void Write(const std::string& text) const {
      ASSERT_EQ(write(pipe_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    void Close() {
      if (pipe_ >= 0) close(pipe_);
      pipe_ = -1;
    }

    std::unique_ptr<Program> program;

   private:
    int pipe_ = -1;
  };

  std::string Folder(const std::string& name) const {
    const std::string folder = directory_.path() + "/" + name;
    std::filesystem::create_directories(folder);
    return folder;
  }
  std::string Endpoint() const { return "ipc://" + directory_.path() + "/cdr.sock"; }

  std::vector<std::string> SendCommand(std::vector<std::string> more) const {
    const std::vector<std::string> command = {"send",   "--spool",         "../spool",
                                              "--to",   Endpoint(),        "--source",
                                              "msc-01", "--give-up-after", "1"};
    more.insert(more.begin(), command.begin(), command.end());
    if (binary_) more.emplace_back("--binary");
    return more;
  }

  void StartService() {
    std::ofstream(directory_.path() + "/ringfence.toml")
        << "[service]\ndata = \"data\"\n[input]\nlisten = \"" << Endpoint() << "\"\n";
    service_ = std::make_unique<Program>(
        Folder("service"), std::vector<std::string>{"run", "--config", "../ringfence.toml"});
    ASSERT_TRUE(service_->Await([this] {
      const auto status = Status();
      return status.ok() && status->state == "running";
    })) << service_->Stop().err;
  }
  absl::StatusOr<ServiceStatus> Status() const {
    return ReadStatus(directory_.path() + "/service/data/status.json");
  }
  bool AwaitRead(uint64_t records) const {
    return service_->Await([&] {
      const auto status = Status();
      return status.ok() && status->account.read >= records;
    });
  }

  // Whether these bytes have come to a file of the spool.
  bool InSpool(const std::string& text) const {
    std::error_code error;
    for (const auto& file :
         std::filesystem::directory_iterator(directory_.path() + "/spool", error)) {
      std::ifstream in(file.path(), std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(in)), {});
      if (bytes.find(text) != std::string::npos) return true;
    }
    return false;
  }

  ScratchDirectory directory_;
  std::unique_ptr<Program> service_;
  bool binary_ = false;
};

// Two kills in the middle of the feed, without and with the service. Whoever feeds repeats what it
// can't know to be safe, as a `tail` that is started again does.
TEST_F(SpoolCli, KilledSenderThatIsStartedAgainLosesAndRepeatsNoLine) {
  {
    const Feed feed(*this);
    feed.Write(kHeader + Calls(0, 100));
    ASSERT_TRUE(feed.program->Await([this] { return InSpool("id-99,"); }));
    feed.Write(Calls(100, 110) + "id-110,0631");
    EXPECT_EQ(feed.program->End(SIGKILL).exit_code, 128 + SIGKILL);
  }
  StartService();
  {
    const Feed feed(*this);
    feed.Write(Calls(100, 200));
    ASSERT_TRUE(AwaitRead(200));
    feed.Write(Calls(200, 300));
    EXPECT_EQ(feed.program->End(SIGKILL).exit_code, 128 + SIGKILL);
  }
  Feed feed(*this);
  feed.Write(kHeader + Calls(200, 400));
  feed.Close();
  const ProgramEnd end = feed.program->Wait();
  ASSERT_EQ(end.exit_code, 0) << end.err;
  const auto durable = static_cast<uint64_t>(Json::Parse(end.out).at("durable").number());
  ASSERT_TRUE(AwaitRead(durable));
  EXPECT_EQ(service_->Stop().exit_code, 0);
  const auto status = Status();
  EXPECT_EQ(status->account.read, durable);
  EXPECT_EQ(status->account.accepted, 400u);
  EXPECT_EQ(status->account.RejectedTotal(), 0u);
  EXPECT_TRUE(status->account.Balances());
}

// The same with records that are made binary on the way into the spool.
TEST_F(SpoolCli, KilledSenderOfBinaryRecordsLosesAndRepeatsNone) {
  binary_ = true;
  {
    const Feed feed(*this);
    feed.Write(kHeader + Calls(0, 100));
    ASSERT_TRUE(feed.program->Await([this] { return InSpool("id-99"); }));
    EXPECT_EQ(feed.program->End(SIGKILL).exit_code, 128 + SIGKILL);
  }
  StartService();
  {
    const Feed feed(*this);
    feed.Write(kHeader + Calls(50, 200));
    ASSERT_TRUE(AwaitRead(250));
    EXPECT_EQ(feed.program->End(SIGKILL).exit_code, 128 + SIGKILL);
  }
  Feed feed(*this);
  feed.Write(kHeader + Calls(200, 400) + "bad,1,2,3\n");
  feed.Close();
  const ProgramEnd end = feed.program->Wait();
  ASSERT_EQ(end.exit_code, 0) << end.err;
  EXPECT_EQ(Json::Parse(end.out).at("durable"), 451);
  ASSERT_TRUE(AwaitRead(451));
  EXPECT_EQ(service_->Stop().exit_code, 0);
  const auto status = Status();
  EXPECT_EQ(status->account.accepted, 400u);
  EXPECT_EQ(status->account.duplicates, 50u);
  EXPECT_EQ(status->account.RejectedTotal(), 1u);
  EXPECT_TRUE(status->account.Balances());
}

TEST_F(SpoolCli, FeedOfBinaryRecordsGoesThroughAsItIsWithItsHeaderOrWithout) {
  StartService();
  const std::string header = BinaryHeaderRecord(96);
  const std::string record = std::string(95, '\0') + "\n";  // no call, but a record
  for (const std::string& text : {header + record + record + header + record, record + record}) {
    Feed feed(*this);
    feed.Write(text);
    feed.Close();
    const ProgramEnd end = feed.program->Wait();
    ASSERT_EQ(end.exit_code, 0) << end.err;
  }
  ASSERT_TRUE(AwaitRead(5));
  EXPECT_EQ(service_->Stop().exit_code, 0);
  EXPECT_EQ(Status()->account.RejectedTotal(), 5u);
}

TEST_F(SpoolCli, TextForASpoolOfBinaryRecordsIsRefused) {
  for (const bool binary : {true, false}) {
    binary_ = binary;
    Feed feed(*this);
    feed.Write(kHeader + Calls(0, 1));
    feed.Close();
    const ProgramEnd end = feed.program->Wait();
    EXPECT_EQ(end.exit_code, 1);
    EXPECT_THAT(end.err, HasSubstr(binary ? "1 records are durable in the spool"
                                          : "whose format is 'binary', not 'canonical'"));
  }
}

TEST_F(SpoolCli, WithoutServiceItSaysHowManyAreOnlyHereAndTheNextStartSendsThem) {
  {
    Feed feed(*this);
    feed.Write(kHeader + Calls(0, 7));
    feed.Close();
    const ProgramEnd end = feed.program->Wait();
    EXPECT_EQ(end.exit_code, 1);
    EXPECT_THAT(end.err, HasSubstr("7 records are durable in the spool ../spool alone"));
    EXPECT_EQ(Json::Parse(end.out).at("only_in_spool"), 7);
  }
  StartService();
  const ProgramEnd drained = RunProgram(Folder("sender"), SendCommand({}));
  EXPECT_EQ(drained.exit_code, 0) << drained.err;
  EXPECT_EQ(Json::Parse(drained.out).at("durable"), 7);
  EXPECT_TRUE(AwaitRead(7));
  EXPECT_EQ(service_->Stop().exit_code, 0);
}

TEST_F(SpoolCli, TerminatedFeedEndsWithEverythingDurable) {
  StartService();
  const Feed feed(*this);
  feed.Write(kHeader + Calls(0, 50));
  ASSERT_TRUE(AwaitRead(50));
  const ProgramEnd end = feed.program->Stop();
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_EQ(Json::Parse(end.out).at("durable"), 50);
  EXPECT_EQ(service_->Stop().exit_code, 0);
}

TEST_F(SpoolCli, FeedWithAnotherHeaderIsRefused) {
  {
    Feed feed(*this);
    feed.Write(kHeader + Calls(0, 1));
    feed.Close();
    EXPECT_EQ(feed.program->Wait().exit_code, 1);
  }
  Feed feed(*this);
  feed.Write("calling,record_id,called,setup_time\n");
  feed.Close();
  const ProgramEnd end = feed.program->Wait();
  EXPECT_EQ(end.exit_code, 1);
  EXPECT_THAT(end.err, HasSubstr("whose header is"));
}

TEST_F(SpoolCli, StandardInputWithoutASpoolIsRefusedAndTheSpoolNamed) {
  const ProgramEnd end =
      RunProgram(Folder("sender"), {"send", "-", "--to", Endpoint(), "--source", "msc-01"});
  EXPECT_EQ(end.exit_code, 2);
  EXPECT_THAT(end.err, HasSubstr("--spool FOLDER"));
}

TEST_F(SpoolCli, FilesAndASpoolDoNotGoTogether) {
  EXPECT_EQ(RunProgram(Folder("sender"), SendCommand({"calls.csv"})).exit_code, 2);
}

}  // namespace
}  // namespace ringfence
