// Over random changes of a recorded history by somebody who may write the file: each is found.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "blocker/blocker.h"
#include "blocker/state_audit.h"
#include "tests/unit/blocker/blocker_doubles.h"
#include "whitelist/store/audit_chain.h"
#include "whitelist/store/list_audit.h"
#include "whitelist/store/list_store.h"

namespace ringfence {
namespace {

constexpr uint64_t kSeed = 20261124;
constexpr int kMutations = 1'000;

// What the log covers and the log itself, each with its key and its other columns.
struct Target {
  std::string table;
  std::string key;
  std::vector<std::string> columns;
};

class AuditMutations : public testing::Test {
 protected:
  AuditMutations() {
    Record();
    Find("audited_table", "id", "name, columns");
    Find("audit_entry", "place", "audited, row, hash");
    auto select = database_->Prepare("SELECT name, columns FROM audited_table").value();
    std::vector<std::pair<std::string, std::string>> tables;
    while (select.Step().value()) tables.emplace_back(select.Text(0), select.Text(1));
    for (const auto& [table, columns] : tables) Find(table, "rowid", columns);
  }

  void Find(const std::string& table, const std::string& key, const std::string& columns) {
    targets_.push_back({table, key, absl::StrSplit(columns, ", ")});
  }

  // A history with everything in it: lists, actions, orders, alarms, the breaker.
  void Record() {
    auto lists = ListStore::Create(database_.get()).value();
    FakeWhitelist whitelist;
    FakeSink sink;
    BlockerOptions options;
    options.rules = {{RuleId("line-frequency"), RuleMode::kEnforce}};
    auto journal = ActionJournal::Open(*database_).value();
    auto orders = OrderStore::Open(*database_).value();
    auto blocker =
        Blocker::Create({whitelist, whitelist, journal, orders, {&sink}, nullptr}, options, kNoon)
            .value();
    for (int i = 0; i < 6; ++i) {
      const CallingNumber number = Caller(absl::StrCat("+86631555", 1000 + i));
      WhitelistEntry entry;
      entry.number = Caller(absl::StrCat("+86631555", 2000 + i));
      entry.scope = "outbound";
      ASSERT_TRUE(lists->PutEntries({entry}, {"li", kNoon}).ok());
      whitelist.entries[number] = LineListing(number);
      ASSERT_TRUE(blocker->Handle({AlertOf(number)}, kNoon).ok());
      ASSERT_TRUE(journal.events().AddAlarm(kNoon, "clock", absl::StrCat("alarm ", i)).ok());
      ASSERT_TRUE(blocker->ResetBreaker(absl::StrCat("wang ", i), kNoon).ok());
    }
    const std::vector<WorkOrder> opened = orders.List({}).value();
    for (const WorkOrder& order : opened) {
      ASSERT_TRUE(
          orders.Change(order.id, OrderState::kAssigned, "wang", OrderOutcome::kNone, "", kNoon)
              .ok());
    }
  }

  int64_t Number(const std::string& sql) {
    auto select = database_->Prepare(sql).value();
    return select.Step().value() ? select.Int(0) : 0;
  }
  void Do(const std::string& sql) {
    const absl::Status done = database_->Execute(sql);
    ASSERT_TRUE(done.ok()) << done;
  }
  uint64_t Below(uint64_t bound) { return random_() % bound; }
  int64_t RandomRow(const Target& target) {
    const int64_t rows = Number("SELECT count(*) FROM " + target.table);
    return Number(absl::StrCat("SELECT ", target.key, " FROM ", target.table, " LIMIT 1 OFFSET ",
                               Below(static_cast<uint64_t>(rows))));
  }

  // Each returns false where it found nothing that it could change.
  bool FlipBit(const Target& target) {
    const int64_t row = RandomRow(target);
    const size_t at = Below(target.columns.size() + 1);
    const std::string column = at == target.columns.size() ? target.key : target.columns[at];
    auto select = database_
                      ->Prepare(absl::StrCat("SELECT ", column, ", typeof(", column, ") FROM ",
                                             target.table, " WHERE ", target.key, " = ", row))
                      .value();
    if (!select.Step().value() || select.IsNull(0)) return false;
    auto update = database_
                      ->Prepare(absl::StrCat("UPDATE ", target.table, " SET ", column,
                                             " = ?1 WHERE ", target.key, " = ", row))
                      .value();
    if (select.Text(1) == "integer") {
      update.Bind(1, select.Int(0) ^ (int64_t{1} << Below(63)));
    } else {
      std::string text = select.Text(0);
      if (text.empty()) return false;
      char& byte = text[Below(text.size())];
      byte = static_cast<char>(byte ^ (1 << Below(8)));
      update.Bind(1, text);
    }
    select.Finish();
    return update.Run().ok();  // the key of another row is refused
  }
  bool Delete(const Target& target) {
    Do(absl::StrCat("DELETE FROM ", target.table, " WHERE ", target.key, " = ", RandomRow(target)));
    return true;
  }
  bool InsertCopy(const Target& target) {
    const std::string columns = absl::StrJoin(target.columns, ", ");
    Do(absl::StrCat("INSERT INTO ", target.table, "(", columns, ") SELECT ", columns, " FROM ",
                    target.table, " WHERE ", target.key, " = ", RandomRow(target)));
    return true;
  }
  bool Swap(const Target& target) {
    const int64_t one = RandomRow(target);
    const int64_t other = RandomRow(target);
    const std::string content = absl::StrCat("SELECT ", absl::StrJoin(target.columns, ", "),
                                             " FROM ", target.table, " WHERE ", target.key, " = ");
    if (Number(absl::StrCat("SELECT count(*) FROM (", content, one, " UNION ", content, other,
                            ")")) != 2) {
      return false;  // the same row, or two that say the same
    }
    const std::string move = absl::StrCat("UPDATE ", target.table, " SET ", target.key, " = ");
    const std::string where = absl::StrCat(" WHERE ", target.key, " = ");
    Do(absl::StrCat(move, "-1", where, one, ";", move, one, where, other, ";", move, other, where,
                    "-1;"));
    return true;
  }

  // Changes the file, verifies, and takes the change back. True when there was a change and the
  // log showed it.
  enum class Outcome { kFound, kMissed, kNoChange };
  Outcome Try(std::string& what) {
    const Target& target = targets_[Below(targets_.size())];
    const uint64_t kind = Below(6);
    Outcome outcome = Outcome::kNoChange;
    const absl::Status undone = database_->Transaction([&]() -> absl::Status {
      const bool changed = kind == 0   ? Delete(target)
                           : kind == 1 ? InsertCopy(target)
                           : kind == 2 ? Swap(target)
                                       : FlipBit(target);
      if (changed) {
        outcome = VerifyChain(*database_, std::nullopt).ok() ? Outcome::kMissed : Outcome::kFound;
      }
      return absl::CancelledError("undo");
    });
    EXPECT_TRUE(absl::IsCancelled(undone)) << undone;
    what = absl::StrCat(target.table, ", kind ", kind);
    return outcome;
  }

  std::unique_ptr<Database> database_ = Database::Open(":memory:").value();
  std::vector<Target> targets_;
  std::mt19937_64 random_{kSeed};
};

TEST_F(AuditMutations, EveryOneIsFound) {
  // Who changes a file is not held up by its constraints.
  Do("PRAGMA foreign_keys = OFF");
  ASSERT_TRUE(VerifyChain(*database_, std::nullopt).ok());
  std::set<std::string> tried;
  int found = 0;
  for (int i = 0; found < kMutations; ++i) {
    ASSERT_LT(i, 3 * kMutations) << "too few of them change anything";
    std::string what;
    const Outcome outcome = Try(what);
    ASSERT_NE(outcome, Outcome::kMissed) << what << ", attempt " << i << ", seed " << kSeed;
    if (outcome == Outcome::kNoChange) continue;
    ++found;
    tried.insert(what);
  }
  // Whatever was tried was taken back: the test is about single changes.
  EXPECT_TRUE(VerifyChain(*database_, std::nullopt).ok());
  EXPECT_GE(tried.size(), 40u) << "tables times kinds";
}

TEST_F(AuditMutations, WhatIsInForceIsWhatTheHistorySays) {
  const auto agrees = [&] {
    return CheckListsAgainstHistory(*database_).ok() && CheckStatesAgainstHistory(*database_).ok();
  };
  ASSERT_TRUE(agrees()) << CheckListsAgainstHistory(*database_)
                        << CheckStatesAgainstHistory(*database_);
  Do("PRAGMA foreign_keys = OFF");
  for (const char* change : {
           "UPDATE action SET state = 'reversed' WHERE rowid = 2",
           "UPDATE action SET reason = 'confirmed-by-person' WHERE rowid = 3",
           "DELETE FROM action WHERE rowid = 1",
           "UPDATE work_order SET state = 'closed' WHERE rowid = 2",
           "DELETE FROM work_order WHERE rowid = 1",
           "UPDATE whitelist_entry SET scope = 'all' WHERE rowid = 1",
           "DELETE FROM whitelist_entry WHERE rowid = 1",
       }) {
    const absl::Status undone = database_->Transaction([&]() -> absl::Status {
      Do(change);
      EXPECT_FALSE(agrees()) << change;
      return absl::CancelledError("undo");
    });
    EXPECT_TRUE(absl::IsCancelled(undone)) << undone;
  }
  EXPECT_TRUE(agrees());
}

TEST_F(AuditMutations, EveryTableOfHistoryIsCovered) {
  std::set<std::string> names;
  for (const Target& target : targets_) names.insert(target.table);
  EXPECT_EQ(names,
            (std::set<std::string>{"action_change", "audit_entry", "audited_table", "breaker_event",
                                   "event", "list_change", "work_order_change"}));
}

}  // namespace
}  // namespace ringfence
