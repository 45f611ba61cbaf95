// `ringfence order` and `ringfence action` on a store that a blocker has filled.
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/wait.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "blocker/action_id.h"
#include "blocker/blocker.h"
#include "tests/unit/blocker/blocker_doubles.h"
#include "tools/service/start_log.h"

namespace ringfence {
namespace {

const CallingNumber kLine = Caller("+866315550001");

struct Output {
  int exit_code = -1;
  std::string text;  // standard output and standard error
};

class RecordCommands : public testing::Test {
 protected:
  RecordCommands() {
    char name[] = "/tmp/rf-cli-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~RecordCommands() override { std::filesystem::remove_all(folder_); }

  void Fill() {
    auto database = Database::Open(folder_ / "ringfence.db").value();
    ActionJournal journal = ActionJournal::Open(*database).value();
    OrderStore orders = OrderStore::Open(*database).value();
    FakeWhitelist lists;
    lists.entries[kLine] = LineListing(kLine);
    FakeSink sink;
    BlockerOptions options;
    options.rules = {{RuleId("line-frequency"), RuleMode::kEnforce}};
    auto blocker =
        Blocker::Create({lists, lists, journal, orders, {&sink}, nullptr}, options, kNoon).value();
    ASSERT_TRUE(blocker->Handle({AlertOf(kLine)}, kNoon).ok());
    order_ = orders.List({})->at(0).id.value();
  }

  Output Run(const std::string& arguments) const {
    const std::string command =
        std::string(RINGFENCE_PROGRAM) + " " + arguments + " --data " + folder_.string() + " 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    Output output;
    std::array<char, 4096> buffer;
    for (size_t n; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
      output.text.append(buffer.data(), n);
    }
    output.exit_code = WEXITSTATUS(pclose(pipe));
    return output;
  }

  std::filesystem::path folder_;
  const std::string action_ = MakeActionId(AlertOf(kLine)).value();
  std::string order_;
};

bool Holds(const Output& output, std::string_view text) {
  return output.text.find(text) != std::string::npos;
}

TEST_F(RecordCommands, ListWhatIsOpenAsJsonWhenNobodyWatches) {
  Fill();
  const Output orders = Run("order list");
  EXPECT_EQ(orders.exit_code, 0) << orders.text;
  EXPECT_TRUE(orders.text.starts_with(R"({"order":"WO-20261124-)")) << orders.text;
  const Output actions = Run("action list --state confirmed");
  EXPECT_TRUE(Holds(actions, R"("state":"confirmed")")) << actions.text;
  EXPECT_TRUE(Run("action list --state held").text.empty());
}

TEST_F(RecordCommands, ShowTellsEvidenceAndHistory) {
  Fill();
  const Output action = Run("action show " + action_ + " --output table");
  EXPECT_EQ(action.exit_code, 0) << action.text;
  EXPECT_TRUE(Holds(action, "c-301"));
  EXPECT_TRUE(Holds(action, "dispatched"));
  EXPECT_TRUE(Holds(action, order_));
  const Output order = Run("order show " + order_ + " --output table");
  EXPECT_TRUE(Holds(order, action_)) << order.text;
}

TEST_F(RecordCommands, TheBeginningOfAnActionsIdIsEnough) {
  Fill();
  EXPECT_TRUE(Holds(Run("action show " + action_.substr(0, 6)), action_));
  EXPECT_EQ(Run("action show " + action_.substr(0, 5)).exit_code, 2);
}

TEST_F(RecordCommands, AnOrderIsTakenVerifiedAndClosed) {
  Fill();
  EXPECT_EQ(Run("order close " + order_ + " --by li").exit_code, 1);
  EXPECT_EQ(Run("order assign " + order_ + " --to wang").exit_code, 0);
  EXPECT_EQ(Run("order verify " + order_ + " --by wang --outcome maybe").exit_code, 2);
  EXPECT_EQ(Run("order verify " + order_ + " --by wang --outcome nuisance").exit_code, 0);
  EXPECT_EQ(Run("order close " + order_ + " --by li").exit_code, 0);
  EXPECT_TRUE(Run("order list").text.empty());
  EXPECT_TRUE(Holds(Run("order list --all"), R"("outcome":"nuisance")"));
}

TEST_F(RecordCommands, APersonsDecisionIsRecordedForTheService) {
  Fill();
  EXPECT_EQ(Run("action confirm " + action_ + " --by li").exit_code, 0);
  EXPECT_TRUE(Holds(Run("action show " + action_), R"("person":"li")"));
  EXPECT_EQ(Run("action reverse " + action_ + " --by li").exit_code, 0);
  EXPECT_TRUE(Holds(Run("action show " + action_), R"("state":"restoring")"));
  EXPECT_EQ(Run("action reset-breaker --by li").exit_code, 0);
}

TEST_F(RecordCommands, RearmEndsWhatCrashesDisarmed) {
  Fill();
  StartLog starts((folder_ / "starts.log").string(), 1);
  ASSERT_FALSE(starts.NoteStart(kNoon).value());
  ASSERT_TRUE(starts.NoteStart(kNoon).value());
  EXPECT_EQ(Run("action rearm").exit_code, 2);
  EXPECT_EQ(Run("action rearm --by li --note fixed").exit_code, 0);
  EXPECT_FALSE(starts.Disarmed().value());
}

TEST_F(RecordCommands, ListsOfAStoreInWhichNoServiceWorkedAreEmpty) {
  ASSERT_EQ(Run("whitelist add +866315550001 --reason r --requester a --approver b").exit_code, 0);
  for (const char* list : {"order list", "action list"}) {
    const Output empty = Run(list);
    EXPECT_EQ(empty.exit_code, 0) << empty.text;
    EXPECT_EQ(empty.text, "") << list;
  }
}

TEST_F(RecordCommands, AFolderWithoutARecordIsAnErrorAndMadeByNobody) {
  const Output list = Run("order list");
  EXPECT_EQ(list.exit_code, 1);
  EXPECT_TRUE(Holds(list, "nothing was recorded")) << list.text;
  EXPECT_EQ(Run("action reverse a1b2c3 --by li").exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "ringfence.db"));
}

}  // namespace
}  // namespace ringfence
