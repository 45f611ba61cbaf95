// What the running service must survive, refuse or leave alone: a second service, a locked store, a
// status that can't be written, old evidence, another store's Redis.
#include "tests/integration/service_fixture.h"

namespace ringfence {
namespace {

class ServiceSafety : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    WriteNuisanceCalls();
  }

  ServiceWorld PlainWorld() {
    return {.now = [this] { return now_; },
            .steady_now = [this] { return steady_; },
            .stop = [] { return true; },
            .log = std::make_shared<spdlog::logger>(
                "test", std::make_shared<spdlog::sinks::null_sink_st>()),
            .pid = 2,
            .random = 43};
  }
};

TEST_F(ServiceSafety, ASecondServiceOnTheSameFolderIsRefusedAndTheFirstGoesOn) {
  absl::Status second;
  const absl::Status status =
      Serve({Do([&] { second = Service::Start(config_, PlainWorld()).status(); }),
             Until(kLine, "confirmed")});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(absl::IsFailedPrecondition(second)) << second;
  const std::string text(second.message());
  EXPECT_NE(text.find(Data()), std::string::npos) << text;
  EXPECT_NE(text.find("process 1"), std::string::npos) << text;
  EXPECT_TRUE(Service::Start(config_, PlainWorld()).ok());  // the first has ended
}

TEST_F(ServiceSafety, AStoreThatAnotherWriterHoldsIsWaitedFor) {
  auto other = Database::Open(Data() + "/ringfence.db").value();
  int rounds = 0;
  const absl::Status status =
      Serve({Do([&] { ASSERT_TRUE(other->Execute("BEGIN IMMEDIATE").ok()); }), LetTimePass(),
             [&] { return ++rounds == 3; }, Do([&] { ASSERT_TRUE(other->Execute("COMMIT").ok()); }),
             Until(kLine, "confirmed"), Until(kForeign, "confirmed")});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(account_.accepted, written_);
  EXPECT_EQ(SwitchSees(kLine), "suspended");
}

TEST_F(ServiceSafety, AStatusThatCantBeWrittenStopsNothing) {
  const absl::Status status =
      Serve({Do([this] { std::filesystem::create_directory(Data() + "/status.json.new"); }),
             LetTimePass(), Until(kLine, "confirmed"), Until(kForeign, "confirmed")});
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(ServiceSafety, EvidenceOfTheDayBeforeYesterdayIsNotActedOnByDefault) {
  now_ = kNoon + std::chrono::hours(48);
  const absl::Status status = Serve({Until(kLine, "withdrawn"), Until(kForeign, "withdrawn")});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_FALSE(EverDispatched(kLine));
  EXPECT_FALSE(EverDispatched(kForeign));
}

TEST_F(ServiceSafety, OldEvidenceIsActedOnWhereTheConfigurationSaysSo) {
  now_ = kNoon + std::chrono::hours(48);
  config_.max_evidence_age = std::chrono::hours(24 * 30);
  const absl::Status status = Serve({Until(kLine, "confirmed"), Until(kForeign, "confirmed")});
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(ServiceSafety, AnotherStoresRedisIsNotTakenOver) {
  ASSERT_TRUE(Serve({Until(kLine, "confirmed"), Until(kForeign, "confirmed")}).ok());
  const std::string manifest = Cli({"HGET", "rf:manifest", "store"}).text;
  const std::string built = Cli({"HGET", "rf:number:manifest", "built_at"}).text;

  Config stranger = config_;
  stranger.data = directory_.path() + "/other";
  std::filesystem::create_directories(stranger.data);
  now_ += std::chrono::minutes(10);
  auto service = Service::Start(stranger, PlainWorld());
  ASSERT_TRUE(service.ok()) << service.status();
  EXPECT_TRUE((*service)->Run(true).ok());
  EXPECT_EQ(Cli({"HGET", "rf:manifest", "store"}).text, manifest);
  EXPECT_EQ(Cli({"HGET", "rf:number:manifest", "built_at"}).text, built);
  EXPECT_EQ(SwitchSees(kLine), "suspended");
  EXPECT_EQ(SwitchSees(kHospital), "active");
}

TEST_F(ServiceSafety, ALineThatAPersonClosesStaysClosedWhenItsSuspensionEnds) {
  const absl::Status status =
      Serve({Until(kLine, "confirmed"), Do([this] {
               auto store = Lists();
               ASSERT_TRUE(store.lists
                               ->SetLineStatus(LineId("LINE-1"), LineStatus::kClosed,
                                               {"wang", now_}, "fraud")
                               .ok());
             }),
             LetTimePass(), [this] { return SwitchSees(kLine) == "closed"; },
             Do([this] { now_ += std::chrono::hours(25); }), Until(kLine, "expired"),
             Do([this] { EXPECT_EQ(SwitchSees(kLine), "closed"); })});
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(ServiceSafety, AFolderThatWasThereKeepsItsPermissions) {
  namespace fs = std::filesystem;
  const auto shared = fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec;
  fs::permissions(Data(), shared);
  ASSERT_TRUE(Service::Start(config_, PlainWorld()).ok());
  EXPECT_EQ(fs::status(Data()).permissions(), shared);
}

}  // namespace
}  // namespace ringfence
