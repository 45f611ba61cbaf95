// What the running service does to numbers, and what it leaves alone.

#include "tests/integration/service_fixture.h"
#include "tests/json.h"
#include "tools/service/status_file.h"

namespace ringfence {
namespace {

using Json = CheckedJson;

class ServiceEffects : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    WriteNuisanceCalls();
  }

  // Events of one type in the feed, oldest first.
  std::vector<Json> Feed(const std::string& type) const {
    std::ifstream file(Data() + "/actions.jsonl");
    std::vector<Json> events;
    for (std::string line; std::getline(file, line);) {
      Json event = Json::Parse(line);
      if (event.at("type") == type) events.push_back(std::move(event));
    }
    return events;
  }

  // Of the number's alert; warnings are told, too.
  size_t CountInFeed(CallingNumber number, const std::string& state) const {
    const auto events = Feed("action");
    return static_cast<size_t>(std::count_if(events.begin(), events.end(), [&](const Json& event) {
      return event.at("number") == number.ToString() && event.at("state") == state &&
             event.at("evidence").at("level") == "alert";
    }));
  }

  std::vector<WorkOrder> Orders() const {
    return Read([](ActionJournal&, OrderStore& orders) { return orders.List({}).value(); });
  }

  static std::vector<ActionRecord> Alerts(ActionJournal& journal, CallingNumber number) {
    auto actions = journal.List({.state = {}, .number = number, .since = {}}).value();
    std::erase_if(actions, [](const ActionRecord& action) {
      return action.evidence.detection.level != Level::kAlert;
    });
    return actions;
  }

  // By which the number's only alert was judged; 0: there is none, or there are more.
  uint32_t ThresholdOf(CallingNumber number) const {
    return Read([&](ActionJournal& journal, OrderStore&) {
      const std::vector<ActionRecord> alerts = Alerts(journal, number);
      return alerts.size() == 1 ? alerts[0].evidence.detection.threshold : 0;
    });
  }

  void ServeUntilAllIsDone() {
    const absl::Status status = Serve({Until(kHospital, "reported"), LetTimePass(),
                                       [this] { return AccountOfStatus().accepted > 0; }});
    ASSERT_TRUE(status.ok()) << status;
  }

  Reconciliation AccountOfStatus() const {
    const auto status = ReadStatus(Data() + "/status.json");
    return status.ok() ? status->account : Reconciliation{};
  }
};

TEST_F(ServiceEffects, ALedgerLineIsSuspendedAndAForeignNumberBlocked) {
  ServeUntilAllIsDone();
  EXPECT_EQ(StateOf(kLine), "confirmed");
  EXPECT_EQ(StateOf(kForeign), "confirmed");
  EXPECT_EQ(SwitchSees(kLine), "suspended");
  EXPECT_EQ(SwitchSees(kForeign), "blocked");
  EXPECT_EQ(SwitchSees(kOrdinary), "active");
  EXPECT_EQ(StateOf(kOrdinary), "none");
}

TEST_F(ServiceEffects, ListedProtectedAndHospitalNumbersAreReportedAndLeftAlone) {
  ServeUntilAllIsDone();
  for (const CallingNumber number : {kListed, kHospital, kService}) {
    EXPECT_EQ(StateOf(number), "reported") << number.ToString();
    EXPECT_FALSE(EverDispatched(number)) << number.ToString();
    EXPECT_GE(CountInFeed(number, "reported"), 1u) << number.ToString();
  }
  EXPECT_EQ(SwitchSees(kListed), "active");
  EXPECT_EQ(SwitchSees(kHospital), "active");
  EXPECT_EQ(SwitchSees(kService), "");
}

TEST_F(ServiceEffects, EachStoppedNumberHasAWorkOrderAndTheUrgentIndustryComesFirst) {
  ServeUntilAllIsDone();
  const std::vector<WorkOrder> orders = Orders();
  ASSERT_EQ(orders.size(), 2u);
  EXPECT_EQ(orders[0].subject.number, kLine);
  EXPECT_EQ(orders[0].kind, OrderKind::kVerifySuspension);
  EXPECT_EQ(orders[0].priority, 1);
  EXPECT_EQ(orders[1].subject.number, kForeign);
  EXPECT_EQ(orders[1].kind, OrderKind::kVerifyBlock);
  EXPECT_EQ(Feed("order").size(), 2u);
}

TEST_F(ServiceEffects, AFloodedNumberIsAWorkOrderThatNamesItsCallers) {
  config_.flood_enabled = config_.flood_enforce = true;
  config_.flood_windows = {"24h:1000:900"};
  ServeUntilAllIsDone();
  const std::vector<WorkOrder> orders = Orders();
  const auto order = std::find_if(orders.begin(), orders.end(), [](const WorkOrder& each) {
    return each.kind == OrderKind::kFloodedNumber;
  });
  ASSERT_NE(order, orders.end());
  EXPECT_EQ(order->subject.kind, SubjectKind::kCalled);
  EXPECT_EQ(order->causes.size(), 1u);
  for (const Json& event : Feed("action")) {
    const Json evidence = event.at("evidence");
    if (evidence.at("rule") != "called-flood") continue;
    EXPECT_TRUE(event.at("state") == "proposed" || event.at("state") == "reported");
    EXPECT_EQ(evidence.at("subject"), order->subject.called.ToString());
    EXPECT_EQ(evidence.at("count"), 1001);
    EXPECT_EQ(evidence.at("flood").at("callers"), 6);
  }
}

TEST_F(ServiceEffects, FeedTellsEachStepWithItsEvidence) {
  ServeUntilAllIsDone();
  for (const char* state : {"proposed", "authorised", "dispatched", "confirmed"}) {
    EXPECT_EQ(CountInFeed(kLine, state), 1u) << state;
    EXPECT_EQ(CountInFeed(kForeign, state), 1u) << state;
  }
  int64_t last = 0;
  for (const Json& event : Feed("action")) {
    EXPECT_GT(event.at("seq").number(), last);
    last = event.at("seq").number();
    EXPECT_FALSE(event.at("evidence").at("rule").text().empty());
  }
}

TEST_F(ServiceEffects, StatusTellsAnAccountThatBalances) {
  ServeUntilAllIsDone();
  const auto status = ReadStatus(Data() + "/status.json");
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->state, "stopped");
  EXPECT_EQ(status->account.read, written_);
  EXPECT_EQ(status->account.accepted, written_);
  EXPECT_TRUE(status->account.Balances());
  EXPECT_EQ(status->blocker.confirmed, 2u);
  EXPECT_EQ(status->blocker.held, 0u);
}

TEST_F(ServiceEffects, ObserveModeRecordsWhatItWouldDoAndTouchesNothing) {
  config_.line_frequency.enforce = false;
  ServeUntilAllIsDone();
  for (const CallingNumber number : {kLine, kListed, kHospital, kForeign, kService}) {
    EXPECT_EQ(StateOf(number), "reported") << number.ToString();
    EXPECT_FALSE(EverDispatched(number));
  }
  EXPECT_EQ(SwitchSees(kLine), "active");
  EXPECT_EQ(SwitchSees(kForeign), "");
  EXPECT_TRUE(Orders().empty());
  Read([&](ActionJournal& journal, OrderStore&) {
    const auto actions = journal.List({.state = {}, .number = kLine, .since = {}}).value();
    EXPECT_TRUE(std::any_of(actions.begin(), actions.end(), [](const ActionRecord& action) {
      return action.would == ActionKind::kSuspend && action.kind == ActionKind::kNone;
    }));
    return 0;
  });
}

TEST_F(ServiceEffects, ASecondRunOverTheSameFilesHasNoSecondEffect) {
  ServeUntilAllIsDone();
  const size_t actions = Feed("action").size();
  const size_t orders = Feed("order").size();
  ticking_ = false;
  const absl::Status status = Serve({Do([] {}), Do([] {}), Do([] {}), LetTimePass(), Do([] {})});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(account_.accepted, written_);
  EXPECT_EQ(Feed("action").size(), actions);
  EXPECT_EQ(Feed("order").size(), orders);
  EXPECT_EQ(Orders().size(), 2u);
  EXPECT_EQ(SwitchSees(kLine), "suspended");
}

TEST_F(ServiceEffects, WhitelistingANumberWhileItRunsLiftsItsSuspension) {
  const absl::Status status =
      Serve({Until(kLine, "confirmed"), Do([this] {
               EXPECT_EQ(SwitchSees(kLine), "suspended");
               auto store = Lists();
               ASSERT_TRUE(store.lists->PutEntries({SampleEntry(kLine)}, {"li", now_}).ok());
             }),
             LetTimePass(), Until(kLine, "reversed")});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(SwitchSees(kLine), "active");
  EXPECT_EQ(SwitchSees(kForeign), "blocked");
}

TEST_F(ServiceEffects, APersonsReversalInTheStoreIsCarriedOut) {
  const absl::Status status =
      Serve({Until(kForeign, "confirmed"), Do([this] {
               auto store = Lists();
               ActionJournal journal = ActionJournal::Open(*store.database).value();
               ActionRecord action = journal.Open(kForeign).value().value();
               ASSERT_TRUE(journal.ReverseByPerson(action, "li", "the courier's", now_).ok());
             }),
             LetTimePass(), Until(kForeign, "reversed")});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(SwitchSees(kForeign), "");
  EXPECT_EQ(SwitchSees(kLine), "suspended");
}

TEST_F(ServiceEffects, SuspensionEndsByItselfWhenNobodyConfirmsIt) {
  const absl::Status status =
      Serve({Until(kLine, "confirmed"), LetTimePass(), Do([this] { now_ += config_.expire_after; }),
             Until(kLine, "expired")});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(SwitchSees(kLine), "active");
  EXPECT_EQ(SwitchSees(kForeign), "");
}

TEST_F(ServiceEffects, PastTheBreakersBoundActionsAreHeld) {
  config_.actions_per_day = 1;
  ServeUntilAllIsDone();
  const std::vector<std::string> states = {StateOf(kLine), StateOf(kForeign)};
  EXPECT_EQ(std::count(states.begin(), states.end(), "confirmed"), 1);
  EXPECT_EQ(std::count(states.begin(), states.end(), "held"), 1);
}

TEST_F(ServiceEffects, TwoRulesAboutANumberActUnderTheirOwnIdsAndShareAnOrder) {
  RuleConfig hour;
  hour.enforce = true;
  hour.window = std::chrono::hours(1);
  hour.threshold = 200;
  config_.further_rules["line-frequency-1h"] = hour;
  ServeUntilAllIsDone();
  Read([&](ActionJournal& journal, OrderStore& orders) {
    std::map<std::string, ActionRecord> by_rule;
    for (const ActionRecord& action : Alerts(journal, kLine)) {
      by_rule.emplace(action.evidence.detection.rule.value(), action);
    }
    EXPECT_EQ(by_rule.size(), 2u);
    const ActionRecord& first = by_rule.at("line-frequency-1h");
    EXPECT_EQ(first.evidence.detection.count, 201u);
    EXPECT_EQ(first.state, ActionState::kConfirmed);
    const ActionRecord& second = by_rule.at("line-frequency");
    EXPECT_EQ(second.evidence.detection.count, 301u);
    EXPECT_EQ(second.state, ActionState::kWithdrawn);
    EXPECT_EQ(second.reason, "already-open");
    const auto order = orders.FindByCause(first.id).value().value();
    EXPECT_EQ(order.causes, (std::vector<ActionId>{first.id, second.id}));
    return 0;
  });
  EXPECT_EQ(SwitchSees(kLine), "suspended");
  EXPECT_EQ(SwitchSees(kOrdinary), "suspended");  // 300 calls in five minutes
}

TEST_F(ServiceEffects, ANumbersThresholdIsThatOfItsLinesIndustryOrClass) {
  config_.line_frequency.threshold_by_industry["loan"] = 100;
  config_.line_frequency.threshold_by_class["hospital"] = 4000;
  ServeUntilAllIsDone();
  EXPECT_EQ(ThresholdOf(kLine), 100u);
  EXPECT_EQ(ThresholdOf(kHospital), 4000u);
  EXPECT_EQ(ThresholdOf(kForeign), 300u);
  EXPECT_EQ(StateOf(kOrdinary), "none");
}

TEST_F(ServiceEffects, ASnapshotIsJudgedByTheLedgerOfToday) {
  config_.line_frequency.threshold_by_industry["courier"] = 200;
  config_.lateness = std::chrono::hours(2);
  ServeUntilAllIsDone();
  EXPECT_EQ(StateOf(kOrdinary), "none");
  VoiceLine courier = SampleLine("LINE-3", {kOrdinary});
  courier.daily_limit.reset();
  courier.industry = "courier";
  ASSERT_TRUE(Lists().lists->PutLines({courier}, {"test", now_}).ok());
  WriteCalls({{kOrdinary, 301}});  // 300 of them are known
  ticking_ = false;
  ASSERT_TRUE(Serve({Until(kOrdinary, "confirmed")}).ok());
  EXPECT_EQ(ThresholdOf(kOrdinary), 200u);
}

// A snapshot is written by a copy of the process, which has none of the threads.
TEST_F(ServiceEffects, SeveralShardsDoWhatOneDoesAcrossSnapshotsAndARestart) {
  config_.shards = 3;
  config_.snapshot_every = std::chrono::seconds(1);
  ServeUntilAllIsDone();
  EXPECT_EQ(SwitchSees(kLine), "suspended");
  EXPECT_EQ(SwitchSees(kForeign), "blocked");
  EXPECT_EQ(SwitchSees(kOrdinary), "active");
  EXPECT_EQ(ThresholdOf(kHospital), 300u);
  const size_t actions = Feed("action").size();
  config_.shards = 2;
  ticking_ = false;
  ASSERT_TRUE(Serve({LetTimePass(), Do([] {}), Do([] {})}).ok());
  EXPECT_EQ(account_.accepted, written_);
  EXPECT_EQ(Feed("action").size(), actions);
}

TEST_F(ServiceEffects, AMissingFileAmongGoodOnesIsNamedAndTheOthersAreRead) {
  config_.files.insert(config_.files.begin(), directory_.path() + "/missing.csv");
  const absl::Status status = Serve({Do([] {}), Do([] {}), Until(kLine, "confirmed")});
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("missing.csv"), absl::string_view::npos) << status;
  EXPECT_EQ(account_.accepted, written_);
}

}  // namespace
}  // namespace ringfence
