// The service as it is wired for `ringfence run`, in this process, with clocks and events in the
// test's hands. Everything happens in one thread and in one order: the test's steps run where the
// service asks whether it shall stop.
#pragma once

#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "blocker/redis_enforcement.h"
#include "ingest/model/time_text.h"
#include "tests/integration/redis_fixture.h"
#include "tools/service/service.h"

namespace ringfence {

class ServiceFixture : public testing::Test {
 protected:
  using Step = std::function<bool()>;  // true: done, go on to the next

  const CallingNumber kLine = Caller("+866315550001");
  const CallingNumber kListed = Caller("+866315550002");
  const CallingNumber kHospital = Caller("+866315550120");
  const CallingNumber kForeign = Caller("+12125550101");
  const CallingNumber kService = Caller("10086");
  const CallingNumber kOrdinary = Caller("+866315550003");
  const EventTime kNoon = FromUnixMicros(1'795'492'800'000'000);  // 2026-11-24 04:00 UTC

  void SetUp() override {
    std::filesystem::create_directories(Data());
    FillLists();
    StartRedis();
    config_.data = Data();
    config_.redis = redis_->address().ToString();
    config_.line_frequency.enforce = true;
    config_.redis_verify_every = Duration(0);  // every look-up proves the whole list
    config_.files = {directory_.path() + "/cdr.csv"};
    now_ = kNoon;
  }

  std::string Data() const { return directory_.path() + "/data"; }

  void StartRedis() {
    redis_.reset();
    auto started = EmbeddedRedis::Start(directory_.path() + "/redis");
    ASSERT_TRUE(started.ok()) << started.status();
    redis_ = *std::move(started);
  }

  void FillLists() {
    VoiceLine hospital = SampleLine("HOSPITAL", {kHospital});
    hospital.line_class = LineClass::kHospital;
    std::vector<VoiceLine> lines = {SampleLine("LINE-1", {kLine}), SampleLine("LINE-2", {kListed}),
                                    SampleLine("LINE-3", {kOrdinary}), hospital};
    for (VoiceLine& line : lines) line.daily_limit.reset();
    lines[0].industry = "loan";
    auto store = Lists();
    ASSERT_TRUE(store.lists->PutLines(lines, {"test", kNoon}).ok());
    ASSERT_TRUE(store.lists->PutEntries({SampleEntry(kListed)}, {"test", kNoon}).ok());
  }

  // A connection of its own, as another process has.
  struct OpenedLists {
    std::unique_ptr<Database> database;
    std::unique_ptr<ListStore> lists;
  };
  OpenedLists Lists() const {
    OpenedLists store;
    store.database = Database::Open(Data() + "/ringfence.db").value();
    store.lists = ListStore::Create(store.database.get()).value();
    return store;
  }

  // Writes a CDR file in order of time: so many calls of each number, the i-th of all in second i.
  void WriteCalls(const std::map<CallingNumber, int>& calls) {
    std::ofstream file(directory_.path() + "/cdr.csv", std::ios::binary);
    file << "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk\n";
    int most = 0;
    for (const auto& [number, count] : calls) most = std::max(most, count);
    const EventTime start = kNoon - std::chrono::hours(3);
    for (int i = 0; i < most; ++i) {
      const std::string time = FormatTime(start + std::chrono::seconds(i), absl::UTCTimeZone());
      for (const auto& [number, count] : calls) {
        if (i >= count) continue;
        file << number.number().Digits() << "-" << i << "," << number.ToString()
             << ",+866315550999," << time << ",,,16,TG1\n";
        ++written_;
      }
    }
  }

  void WriteNuisanceCalls() {
    WriteCalls({{kLine, 301},
                {kListed, 301},
                {kHospital, 5000},
                {kForeign, 301},
                {kService, 301},
                {kOrdinary, 300}});
  }

  // Runs the service over the steps, which it takes one a round. Time stands still unless
  // `ticking_`, then it goes on by 2 s a round, and everything that is due is done.
  absl::Status Serve(std::vector<Step> steps) {
    size_t step = 0;
    int rounds = 0;
    ServiceWorld world{.now = [this] { return now_; },
                       .steady_now = [this] { return steady_; },
                       .stop = {},
                       .log = std::make_shared<spdlog::logger>(
                           "test", std::make_shared<spdlog::sinks::null_sink_st>()),
                       .pid = 1,
                       .random = 42};
    world.stop = [&] {
      if (ticking_) {
        now_ += std::chrono::seconds(2);
        steady_ += std::chrono::seconds(2);
      }
      if (step < steps.size() && steps[step]()) ++step;
      if (++rounds > kMaxRounds) ADD_FAILURE() << "step " << step << " never came to its end";
      return step == steps.size() || rounds > kMaxRounds;
    };
    auto service = Service::Start(config_, std::move(world));
    if (!service.ok()) return service.status();
    const absl::Status status = (*service)->Run(false);
    account_ = (*service)->account();
    return status;
  }

  // The journal as another process sees it.
  template <typename Work>
  auto Read(Work work) const {
    auto database = Database::Open(Data() + "/ringfence.db", Database::Mode::kReadOnly).value();
    ActionJournal journal = ActionJournal::OpenExisting(*database).value();
    OrderStore orders = OrderStore::OpenExisting(*database).value();
    return work(journal, orders);
  }

  // Of the number's alert: "held", "confirmed", …; "none" when there is no such action.
  std::string StateOf(CallingNumber number) const {
    return Read([&](ActionJournal& journal, OrderStore&) -> std::string {
      const auto actions = journal.List({.state = {}, .number = number, .since = {}}).value();
      for (const ActionRecord& action : actions) {
        if (action.evidence.detection.level != Level::kAlert) continue;
        return std::string(ActionStateName(action.state));
      }
      return "none";
    });
  }

  bool EverDispatched(CallingNumber number) const {
    return Read([&](ActionJournal& journal, OrderStore&) {
      const auto actions = journal.List({.state = {}, .number = number, .since = {}}).value();
      for (const ActionRecord& action : actions) {
        const std::vector<ActionChange> history = journal.History(action.id).value();
        if (std::any_of(history.begin(), history.end(), [](const ActionChange& change) {
              return change.to == ActionState::kDispatched;
            })) {
          return true;
        }
      }
      return false;
    });
  }

  Step Until(CallingNumber number, std::string state) {
    return [this, number, state = std::move(state)] { return StateOf(number) == state; };
  }
  Step Do(std::function<void()> work) {
    return [work = std::move(work)] {
      work();
      return true;
    };
  }
  Step LetTimePass() {
    return Do([this] { ticking_ = true; });
  }

  // What a switch reads: "suspended", "" for no entry.
  std::string SwitchSees(CallingNumber number) const {
    RedisConnection redis(RedisAddress::Parse(config_.redis).value());
    RedisEnforcement table(redis);
    const auto state = table.Read(number);
    if (!state.ok()) return state.status().ToString();
    return state->has_value() ? (*state)->state : "";
  }

  RedisReply Cli(const RedisCommand& command) const {
    RedisConnection redis(RedisAddress::Parse(config_.redis).value());
    return redis.Command(command).value();
  }

  static constexpr int kMaxRounds = 200;

  ScratchDirectory directory_;
  std::unique_ptr<EmbeddedRedis> redis_;
  Config config_;
  EventTime now_;
  std::chrono::steady_clock::time_point steady_{std::chrono::hours(1)};
  bool ticking_ = false;
  uint64_t written_ = 0;  // records in the file
  Reconciliation account_;
};

}  // namespace ringfence
