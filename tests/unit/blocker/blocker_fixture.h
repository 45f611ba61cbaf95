// A blocker over doubles, with its record in a file that can be closed and opened again.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "blocker/action_id.h"
#include "blocker/blocker.h"
#include "tests/unit/blocker/blocker_doubles.h"

namespace ringfence {

inline const CallingNumber kLine = Caller("+866315550001");
inline const CallingNumber kForeign = Caller("+12125550101");
inline const CallingNumber kHospital = Caller("+866315550120");

class BlockerTest : public testing::Test {
 protected:
  BlockerTest() {
    lists_.entries[kLine] = LineListing(kLine);
    Listing hospital = LineListing(kHospital);
    hospital.protection = Protection::kProtectedClass;
    hospital.owner->line_class = LineClass::kHospital;
    lists_.entries[kHospital] = hospital;
    options_.rules = {{RuleId("line-frequency"), RuleMode::kEnforce},
                      {RuleId("line-total"), RuleMode::kEnforce}};
    Start();
  }

  // What a restart does: everything in memory is gone.
  void Start(EventTime now = kNoon) {
    auto created = Blocker::Create(
        {lists_, proof_lists_ ? *proof_lists_ : lists_, journal_, orders_, {&sink_}, &feed_},
        options_, now);
    ASSERT_TRUE(created.ok()) << created.status();
    blocker_ = *std::move(created);
  }

  void Handle(const Detection& detection, EventTime now = kNoon) {
    const absl::Status status = blocker_->Handle({detection}, now);
    ASSERT_TRUE(status.ok()) << status;
  }

  ActionRecord Stored(const Detection& detection) {
    return journal_.Find(MakeActionId(detection))->value();
  }
  ActionState StateOf(const Detection& detection) { return Stored(detection).state; }
  size_t Orders() { return orders_.List({})->size(); }

  FakeWhitelist lists_;
  FakeWhitelist* proof_lists_ = nullptr;  // where the proof comes from elsewhere
  FakeSink sink_;
  FakeFeed feed_;
  std::unique_ptr<Database> database_ = Database::Open(":memory:").value();
  ActionJournal journal_ = ActionJournal::Open(*database_).value();
  OrderStore orders_ = OrderStore::Open(*database_).value();
  BlockerOptions options_;
  std::unique_ptr<Blocker> blocker_;
};

}  // namespace ringfence
