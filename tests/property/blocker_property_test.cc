// Over random sequences of detections, faults, crashes and changes of the lists: no number that the
// lists protect at that moment is ever dispatched, and no cause takes effect twice.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "blocker/blocker.h"
#include "tests/unit/blocker/blocker_doubles.h"

namespace ringfence {
namespace {

using Fault = FakeWhitelist::Fault;

// Records a breach instead of an effect.
class GuardingSink final : public ActionSink {
 public:
  explicit GuardingSink(const FakeWhitelist& lists) : lists_(lists) {}

  absl::Status Dispatch(const ActionRecord& action) override {
    const auto found = lists_.entries.find(action.number);
    if (found != lists_.entries.end() && found->second.Untouchable()) ++breaches;
    if (lists_.fault != Fault::kNone) ++unproved;
    if (!status.ok()) return status;
    ++effects[action.id.value()];
    if (effects[action.id.value()] == 1) ++in_force[action.number];
    if (in_force[action.number] > 1) ++doubled;
    return absl::OkStatus();
  }
  absl::Status Restore(const ActionRecord& action) override {
    if (effects[action.id.value()] > 0) --in_force[action.number];
    effects[action.id.value()] = 0;
    return absl::OkStatus();
  }

  absl::Status status;
  int breaches = 0;
  int unproved = 0;
  int doubled = 0;
  std::map<std::string, int> effects;
  std::map<CallingNumber, int> in_force;

 private:
  const FakeWhitelist& lists_;
};

struct World {
  FakeWhitelist lists;
  GuardingSink sink{lists};
  std::unique_ptr<Database> database = Database::Open(":memory:").value();
  ActionJournal journal = ActionJournal::Open(*database).value();
  OrderStore orders = OrderStore::Open(*database).value();
  std::unique_ptr<Blocker> blocker;
  EventTime now = kNoon;

  void Restart() {
    BlockerOptions options;
    options.rules = {{RuleId("line-frequency"), RuleMode::kEnforce}};
    options.breaker = {.per_minute = 3, .per_day = 20, .per_customer_day = 5};
    blocker =
        Blocker::Create({lists, lists, journal, orders, {&sink}, nullptr}, options, now).value();
    RC_ASSERT(blocker->Recover(now).ok());
  }
};

CallingNumber NumberAt(int index) { return Caller("+1212555010" + std::to_string(index)); }

// Any list: foreign, ordinary line, whitelisted, protected.
Listing AnyListing(CallingNumber number) {
  Listing listing = *rc::gen::element(0, 1) == 0 ? ListingOf(number) : LineListing(number);
  const int kind = *rc::gen::inRange(0, 4);
  if (kind == 1) listing.whitelisted = true;
  if (kind == 2) listing.protection = Protection::kPublicService;
  if (kind == 3 && listing.owner) {
    listing.owner->line_class = LineClass::kHospital;
    listing.protection = Protection::kProtectedClass;
  }
  return listing;
}

void Step(World& world) {
  world.now += std::chrono::seconds(*rc::gen::inRange(0, 3600));
  const CallingNumber number = NumberAt(*rc::gen::inRange(0, 6));
  switch (*rc::gen::inRange(0, 9)) {
    case 0:
    case 1:
    case 2: {
      const auto ago = std::chrono::seconds(*rc::gen::inRange(0, 3));
      RC_ASSERT(world.blocker->Handle({AlertOf(number, world.now - ago)}, world.now).ok());
      break;
    }
    case 3:
      world.lists.entries[number] = AnyListing(number);
      break;
    case 4:
      world.lists.fault =
          *rc::gen::element(Fault::kNone, Fault::kNone, Fault::kUnavailable, Fault::kShrunken,
                            Fault::kStale, Fault::kPartial, Fault::kOthers, Fault::kNoManifest);
      break;
    case 5:
      world.sink.status =
          *rc::gen::element(absl::OkStatus(), absl::OkStatus(), absl::UnavailableError("down"),
                            absl::InvalidArgumentError("no"));
      break;
    case 6:
      world.Restart();
      break;
    case 7:
      RC_ASSERT(world.blocker->ExpireDue(world.now).ok());
      RC_ASSERT(world.blocker->LiftListed(world.now).ok());
      break;
    default:
      RC_ASSERT(world.blocker->RetryHeld(world.now).ok());
  }
}

RC_GTEST_PROP(Blocker, NeverTouchesTheUntouchableNorActsTwice, ()) {
  World world;
  world.Restart();
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) Step(world);
  RC_ASSERT(world.sink.breaches == 0);
  RC_ASSERT(world.sink.unproved == 0);
  RC_ASSERT(world.sink.doubled == 0);
}

}  // namespace
}  // namespace ringfence
