#include "tests/sim/sim_world.h"

#include <xxhash.h>

#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "tests/sim/sim_scenario.h"
#include "tests/sim/sim_sender.h"
#include "tests/sim/sim_service.h"

namespace ringfence {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTick{5};
constexpr int kTroubleTicks = 1200;  // 6 s in which things go wrong
constexpr int kMostTicks = 40'000;   // it must have come to rest by then

class World {
 public:
  explicit World(uint64_t seed) : chance_(seed), scenario_(MakeScenario(seed)) {
    for (size_t i = 0; i < scenario_.sources.size(); ++i) {
      const bool last = i + 1 == scenario_.sources.size();
      senders_.push_back(std::make_unique<SimSender>(
          absl::StrCat("msc-", i), scenario_.sources[i],
          last ? SimSender::Form::kBinary : SimSender::Form::kText, network_, chance_));
    }
    for (const SimCaller& caller : scenario_.callers) List(caller);
    outcome_.records = scenario_.expected.read;
  }

  SimOutcome Run() {
    for (int tick = 0; outcome_.complaints.empty(); ++tick) {
      if (tick < kTroubleTicks) MakeTrouble();
      if (tick == kTroubleTicks) Heal();
      Tick();
      Watch();
      if (tick > kTroubleTicks && AtRest()) break;
      if (tick > kMostTicks) Complain("it does not come to rest");
    }
    if (outcome_.complaints.empty()) Judge();
    return std::move(outcome_);
  }

 private:
  void List(const SimCaller& caller) {
    const CallingNumber number = Caller(caller.number);
    if (caller.role == SimRole::kForeign || caller.role == SimRole::kOrdinary) return;
    Listing listing = LineListing(number);
    if (caller.role == SimRole::kListed) listing.whitelisted = true;
    if (caller.role == SimRole::kHospital) {
      listing.protection = Protection::kProtectedClass;
      listing.owner->line_class = LineClass::kHospital;
    }
    lists_.entries[number] = listing;
  }

  void Complain(std::string what) { outcome_.complaints.push_back(std::move(what)); }

  void Trace(std::string_view what, uint64_t number = 0) {
    outcome_.trace = XXH3_64bits_withSeed(what.data(), what.size(), outcome_.trace ^ number);
  }

  EventTime Wall() const {
    return wall_begin_ + std::chrono::duration_cast<Duration>(now_ - SimTime());
  }

  // --- trouble

  void MakeTrouble() {
    if (chance_.OneIn(150)) Weather();
    if (chance_.OneIn(120)) EndService(chance_.OneIn(2));
    if (chance_.OneIn(200)) senders_[chance_.Below(senders_.size())]->Crash();
    if (chance_.OneIn(150)) {
      const auto fault = chance_.OneIn(2) ? SimPlatter::Fault::kBroken : SimPlatter::Fault::kNoRoom;
      platter_.FailAt(1 + chance_.Below(30), fault);
    }
    if (chance_.OneIn(100)) {
      lists_.fault = static_cast<FakeWhitelist::Fault>(chance_.Below(7));
    }
    if (chance_.OneIn(100)) {
      sink_.refuse = chance_.OneIn(2) ? absl::UnavailableError("slow") : absl::OkStatus();
      sink_.lose_answers = chance_.OneIn(3);
    }
  }

  void Weather() {
    const auto one_in = [&](uint64_t most) {
      return chance_.OneIn(2) ? 0 : 2 + chance_.Below(most);
    };
    network_.weather = {.lost = one_in(40),
                        .damaged = one_in(40),
                        .repeated = one_in(20),
                        .overtaken = one_in(20),
                        .delay = milliseconds(1 + chance_.Below(chance_.OneIn(4) ? 400 : 5)),
                        .parted = chance_.OneIn(6)};
  }

  void Heal() {
    network_.weather = {};
    lists_.fault = FakeWhitelist::Fault::kNone;
    sink_.refuse = absl::OkStatus();
    sink_.lose_answers = false;
    platter_.FailAt(0, SimPlatter::Fault::kBroken);
  }

  void EndService(bool power_cut) {
    service_ = nullptr;
    network_.ReceiverGone();
    platter_.FailAt(0, SimPlatter::Fault::kBroken);
    if (power_cut) platter_.CutPower(chance_);
    ++(power_cut ? outcome_.power_cuts : outcome_.crashes);
    Trace(power_cut ? "cut" : "kill");
  }

  void OnServiceError(const absl::Status& status) {
    if (status.ok()) return;
    // Only a disk that failed is a reason to end.
    if (!platter_.failed()) Complain(absl::StrCat("the service ended: ", status.ToString()));
    ++outcome_.disk_faults;
    EndService(chance_.OneIn(2));
  }

  // --- time goes on

  void Tick() {
    now_ += kTick;
    if (service_ == nullptr) {
      auto started = SimService::Start(
          {platter_, *database_, lists_, sink_, rejects_, network_, chance_}, Wall(), now_);
      if (!started.ok()) return OnServiceError(started.status());
      service_ = *std::move(started);
      Trace("start", service_->core().lsn());
    }
    for (const SimNetwork::Message& message : network_.Arrived(now_)) {
      Trace(message.bytes, static_cast<uint64_t>((now_ - SimTime()).count()));
      Deliver(message);
      if (service_ == nullptr) return;
    }
    for (const auto& sender : senders_) sender->Step(now_);
    OnServiceError(service_->Round(Wall(), now_));
    if (service_ != nullptr) Trace("round", service_->durable_lsn());
  }

  void Deliver(const SimNetwork::Message& message) {
    if (!message.answer) {
      OnServiceError(service_->OnMessage(message, Wall(), now_));
      return;
    }
    for (const auto& sender : senders_) {
      if (sender->connection() == message.connection) sender->OnAnswer(message, now_);
    }
  }

  // --- what must hold at every moment, and in the end

  void Watch() {
    for (const auto& sender : senders_) {
      if (!sender->complaint().empty()) Complain(sender->complaint());
    }
    for (const SimCaller& caller : scenario_.callers) {
      if (!caller.MayBeStopped() && sink_.numbers.contains(Caller(caller.number))) {
        Complain(absl::StrCat("stopped, and must not be: ", caller.number));
      }
    }
    if (service_ == nullptr) return;
    for (const auto& sender : senders_) {
      for (const KeyedPosition& stream : service_->core().streams()) {
        if (stream.key.source == sender->source() && service_->idle() &&
            stream.position.next_seq < sender->promised()) {
          Complain(absl::StrCat(sender->source(), ": promised records are gone"));
        }
      }
    }
  }

  bool AtRest() const {
    if (service_ == nullptr || !service_->idle()) return false;
    for (const auto& sender : senders_) {
      if (!sender->done()) return false;
    }
    size_t due = 0;
    for (const auto& [number, alert] : scenario_.expected.alerts) {
      if (MayBeStopped(number)) ++due;
    }
    // Held actions are taken up now and then: what is due comes, or the end does.
    return sink_.numbers.size() >= due || now_ - SimTime() > kTick * (kMostTicks - 1);
  }

  bool MayBeStopped(const std::string& number) const {
    for (const SimCaller& caller : scenario_.callers) {
      if (caller.number == number) return caller.MayBeStopped();
    }
    return false;
  }

  void Judge() {
    const SimExpected& expected = scenario_.expected;
    const Reconciliation& account = service_->core().account();
    const auto same = [&](const char* what, uint64_t got, uint64_t due) {
      if (got != due) Complain(absl::StrCat(what, ": ", got, ", and must be ", due));
    };
    same("read", account.read, expected.read);
    same("accepted", account.accepted, expected.accepted);
    same("duplicates", account.duplicates, expected.duplicates);
    same("rejected", account.RejectedTotal(), expected.rejected);
    same("quarantine", rejects_.size(), expected.rejected);
    std::set<std::string> effects;
    for (const CallingNumber number : sink_.numbers) effects.insert(number.ToString());
    for (const SimCaller& caller : scenario_.callers) {
      const bool alerts = expected.alerts.contains(caller.number);
      same(caller.number.c_str(), effects.contains(caller.number), alerts && caller.MayBeStopped());
      JudgeActions(caller, alerts);
    }
    same("effects", static_cast<uint64_t>(sink_.effective), sink_.numbers.size());
  }

  // A number has one action for its one episode; in order of time, at the oracle's call.
  void JudgeActions(const SimCaller& caller, bool alerts) {
    ActionJournal journal = ActionJournal::Open(*database_).value();
    const auto actions =
        journal.List({.state = {}, .number = Caller(caller.number), .since = {}}).value();
    if (actions.empty() != !alerts) {
      Complain(absl::StrCat(caller.number, ": ", actions.size(), " actions"));
    }
    if (!caller.in_order || !alerts) return;
    const SimAlert& alert = scenario_.expected.alerts.at(caller.number);
    const Detection& found = actions.back().evidence.detection;
    if (actions.size() != 1 || ToUnixMicros(found.at) != alert.at * 1'000'000 ||
        found.count != alert.count) {
      Complain(absl::StrCat(caller.number, ": ", actions.size(), " actions, the first at ",
                            ToUnixMicros(found.at) / 1'000'000, " with ", found.count,
                            " calls, not ", alert.at, " with ", alert.count));
    }
  }

  Chance chance_;
  const SimScenario scenario_;
  SimNetwork network_{chance_};
  SimPlatter platter_;
  std::unique_ptr<Database> database_ = Database::Open(":memory:").value();
  FakeWhitelist lists_;
  FakeSink sink_;
  std::vector<std::string> rejects_;
  std::vector<std::unique_ptr<SimSender>> senders_;
  std::unique_ptr<SimService> service_;
  const EventTime wall_begin_ = FromUnixMicros((kSimStart + 6 * 3600) * 1'000'000);
  SimTime now_;
  SimOutcome outcome_;
};

}  // namespace

SimOutcome Simulate(uint64_t seed) { return World(seed).Run(); }

}  // namespace ringfence
