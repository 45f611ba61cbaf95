// `ringfence action suspend|block|restore`: what people order, with and without a service.
#include <gtest/gtest.h>

#include <fstream>

#include "blocker/action_journal.h"
#include "blocker/order_store.h"
#include "tests/integration/program.h"
#include "tests/integration/receiver_double.h"
#include "tests/integration/redis_fixture.h"
#include "tools/service/data_folder.h"

namespace ringfence {
namespace {

class ManualCommands : public testing::Test {
 protected:
  ManualCommands() {
    std::filesystem::create_directories(Data());
    auto database = Database::Open(Data() + "/ringfence.db").value();
    auto store = ListStore::Create(database.get()).value();
    VoiceLine hospital = SampleLine("HOSPITAL", {Caller("+866315550120")});
    hospital.line_class = LineClass::kHospital;
    EXPECT_TRUE(store->PutLines({SampleLine("LINE-1", {kLine}), hospital}, {"test", Day(0)}).ok());
    EXPECT_TRUE(ActionJournal::Open(*database).ok());
    EXPECT_TRUE(OrderStore::Open(*database).ok());
    Configure("embedded");
  }

  std::string Data() const { return directory_.path() + "/data"; }
  std::string Endpoint() const { return "ipc://" + directory_.path() + "/zmq"; }

  void Configure(const std::string& redis) const {
    std::ofstream(directory_.path() + "/rf.toml")
        << "[service]\ndata = \"" << Data() << "\"\n[redis]\naddress = \"" << redis
        << "\"\n[delivery]\nzmq = \"" << Endpoint() << "\"\n";
  }

  ProgramEnd Action(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "action");
    for (const char* more : {"--config", "rf.toml", "--by", "li"}) arguments.emplace_back(more);
    return RunProgram(directory_.path(), arguments);
  }

  ActionRecord Only() const {
    auto database = Database::Open(Data() + "/ringfence.db").value();
    ActionJournal journal = ActionJournal::Open(*database).value();
    const auto all = journal.List({.state = {}, .number = {}, .since = {}}).value();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? ActionRecord() : all.front();
  }

  // As a service that was ended since would have left it.
  void CarryOutAndStop() const {
    auto database = Database::Open(Data() + "/ringfence.db").value();
    ActionJournal journal = ActionJournal::Open(*database).value();
    ActionRecord record = journal.Open(kLine)->value();
    ActionUpdate update;
    update.reason = "sent";
    ASSERT_TRUE(journal.Move(record, ActionState::kDispatched, update, Day(1)).ok());
    ASSERT_TRUE(journal.Move(record, ActionState::kConfirmed, update, Day(1)).ok());
  }

  const CallingNumber kLine = Caller("+866315550001");
  ScratchDirectory directory_;
  EffectBook book_;
};

TEST_F(ManualCommands, ASuspensionIsRecordedForTheService) {
  const ProgramEnd end = Action({"suspend", "+866315550001", "--note", "a letter"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  const ActionRecord action = Only();
  EXPECT_EQ(action.state, ActionState::kAuthorised);
  EXPECT_EQ(action.person, "li");
  EXPECT_EQ(action.detail, "a letter");
  EXPECT_EQ(action.expires, std::nullopt);
}

TEST_F(ManualCommands, TheFloorIsRefusedAlways) {
  for (const char* number : {"110", "10086", "12345"}) {
    const ProgramEnd end = Action({"block", number, "--protected-line-too"});
    EXPECT_EQ(end.exit_code, 1) << number;
    EXPECT_NE(end.err.find("public-service"), std::string::npos) << end.err;
  }
}

TEST_F(ManualCommands, AHospitalsLineMustBeMeant) {
  const ProgramEnd refused = Action({"suspend", "+866315550120"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("hospital"), std::string::npos) << refused.err;
  const ProgramEnd meant = Action({"suspend", "+866315550120", "--protected-line-too"});
  EXPECT_EQ(meant.exit_code, 0) << meant.err;
  EXPECT_EQ(Only().reason, "ordered-for-protected-line");
}

TEST_F(ManualCommands, WithoutANameNothingIsOrdered) {
  const ProgramEnd end =
      RunProgram(directory_.path(), {"action", "suspend", "+866315550001", "--data", Data()});
  EXPECT_EQ(end.exit_code, 2);
}

TEST_F(ManualCommands, RestoredBeforeItWasSentItIsCalledOff) {
  Action({"suspend", "+866315550001"});
  const ProgramEnd end = Action({"restore", "+866315550001", "--now"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_EQ(Only().state, ActionState::kWithdrawn);
}

TEST_F(ManualCommands, NothingToRestoreIsAnError) {
  const ProgramEnd end = Action({"restore", "+866315550001"});
  EXPECT_EQ(end.exit_code, 1);
  EXPECT_NE(end.err.find("nothing stops"), std::string::npos) << end.err;
}

TEST_F(ManualCommands, WithoutAServiceARestorationReachesProvisioning) {
  Action({"suspend", "+866315550001"});
  CarryOutAndStop();
  const ZmqDouble receiver(book_, Endpoint());
  const ProgramEnd end = Action({"restore", Only().id.value(), "--now"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  ASSERT_EQ(book_.Requests().size(), 1u);
  EXPECT_EQ(book_.Requests().front().at("command"), "restore");
  EXPECT_EQ(book_.Requests().front().at("person"), "li");
  // The service's own table is told when the service starts.
  EXPECT_EQ(Only().state, ActionState::kRestoring);
}

TEST_F(ManualCommands, ADeadRedisKeepsNoRestorationFromProvisioningAndIsNamed) {
  Configure("unix:" + directory_.path() + "/no-redis.sock");
  Action({"suspend", "+866315550001"});
  CarryOutAndStop();
  const ZmqDouble receiver(book_, Endpoint());
  const ProgramEnd end = Action({"restore", "+866315550001", "--now"});
  EXPECT_EQ(end.exit_code, 1);
  EXPECT_NE(end.err.find("Redis"), std::string::npos) << end.err;
  EXPECT_EQ(book_.Requests().size(), 1u);
  EXPECT_EQ(Only().state, ActionState::kRestoring);
}

TEST_F(ManualCommands, ARestorationThatIsRecordedAlreadyCanBeCarriedOutNow) {
  Action({"suspend", "+866315550001"});
  CarryOutAndStop();
  EXPECT_EQ(Action({"restore", "+866315550001"}).exit_code, 0);
  const ZmqDouble receiver(book_, Endpoint());
  EXPECT_EQ(Action({"restore", "+866315550001", "--now"}).exit_code, 0);
  EXPECT_EQ(book_.Requests().size(), 1u);
}

TEST_F(ManualCommands, ARunningServiceIsLeftToDoIt) {
  Action({"suspend", "+866315550001"});
  CarryOutAndStop();
  const auto lock = FolderLock::Take({Data()}, getpid());
  ASSERT_TRUE(lock.ok());
  const ProgramEnd end = Action({"restore", "+866315550001", "--now"});
  EXPECT_EQ(end.exit_code, 0) << end.err;
  EXPECT_NE(end.err.find("running service"), std::string::npos) << end.err;
  EXPECT_TRUE(book_.Requests().empty());
}

}  // namespace
}  // namespace ringfence
