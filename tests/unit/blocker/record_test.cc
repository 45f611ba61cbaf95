// The journal, the orders, the outbox and the feed file.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "blocker/action_id.h"
#include "blocker/action_journal.h"
#include "blocker/jsonl_sink.h"
#include "blocker/order_store.h"
#include "tests/unit/blocker/blocker_doubles.h"

namespace ringfence {
namespace {

using S = ActionState;

ActionRecord RecordOf(const Detection& detection) {
  ActionRecord record;
  record.id = MakeActionId(detection);
  record.subject = detection.subject;
  record.number = detection.number;
  record.kind = record.would = ActionKind::kSuspend;
  record.mode = RuleMode::kEnforce;
  record.reason = "ledger-line";
  record.evidence.detection = detection;
  return record;
}

ActionUpdate Because(std::string reason) {
  ActionUpdate update;
  update.reason = std::move(reason);
  return update;
}

class Journal : public testing::Test {
 protected:
  std::unique_ptr<Database> database_ = Database::Open(":memory:").value();
  ActionJournal journal_ = ActionJournal::Open(*database_).value();
  OrderStore orders_ = OrderStore::Open(*database_).value();

  ActionRecord Propose(const Detection& detection) {
    return journal_.Propose(RecordOf(detection), kNoon)->record;
  }
  ActionRecord Bring(std::initializer_list<S> states, const Detection& detection) {
    ActionRecord record = Propose(detection);
    for (const S state : states) {
      EXPECT_TRUE(journal_.Move(record, state, Because("test"), kNoon).ok());
    }
    return record;
  }
};

TEST_F(Journal, ProposingAgainGivesWhatIsStored) {
  const ActionRecord first = Propose(AlertOf(kCaller));
  ActionRecord other = RecordOf(AlertOf(kCaller));
  other.kind = ActionKind::kBlock;
  const auto again = journal_.Propose(other, kNoon + std::chrono::hours(1));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_FALSE(again->created);
  EXPECT_EQ(again->record.kind, ActionKind::kSuspend);
  EXPECT_EQ(again->record.created, kNoon);
  EXPECT_EQ(journal_.History(first.id)->size(), 1u);
}

TEST_F(Journal, EachChangeIsARowWithTimeReasonAndPerson) {
  ActionRecord record = Propose(AlertOf(kCaller));
  ActionUpdate update = Because("reversed-by-person");
  update.detail = "called by mistake";
  update.person = "wang";
  ASSERT_TRUE(journal_.Move(record, S::kWithdrawn, update, kNoon + Duration(5)).ok());
  const auto history = journal_.History(record.id).value();
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[0].from, std::nullopt);
  EXPECT_EQ(history[1].from, S::kProposed);
  EXPECT_EQ(history[1].to, S::kWithdrawn);
  EXPECT_EQ(history[1].at, kNoon + Duration(5));
  EXPECT_EQ(history[1].reason, "reversed-by-person");
  EXPECT_EQ(history[1].detail, "called by mistake");
  EXPECT_EQ(history[1].person, "wang");
}

TEST_F(Journal, IllegalChangesAreRefusedAndWriteNothing) {
  ActionRecord record = Propose(AlertOf(kCaller));
  EXPECT_TRUE(
      absl::IsFailedPrecondition(journal_.Move(record, S::kDispatched, Because("skip R0"), kNoon)));
  EXPECT_EQ(record.state, S::kProposed);
  EXPECT_EQ(journal_.Find(record.id)->value().state, S::kProposed);
  EXPECT_EQ(journal_.History(record.id)->size(), 1u);
}

TEST_F(Journal, AChangeOfWhatSomebodyElseMovedIsRefused) {
  ActionRecord mine = Propose(AlertOf(kCaller));
  ActionRecord theirs = mine;
  ASSERT_TRUE(journal_.Move(theirs, S::kWithdrawn, Because("test"), kNoon).ok());
  EXPECT_TRUE(absl::IsAborted(journal_.Move(mine, S::kAuthorised, Because("authorised"), kNoon)));
  EXPECT_EQ(journal_.Find(mine.id)->value().state, S::kWithdrawn);
}

TEST_F(Journal, KeepsTheListThatAuthorised) {
  ActionRecord record = Propose(AlertOf(kCaller));
  ActionUpdate authorised = Because("authorised");
  authorised.listing = LineListing(kCaller);
  ASSERT_TRUE(journal_.Move(record, S::kAuthorised, authorised, kNoon).ok());
  const ActionRecord stored = journal_.Find(record.id)->value();
  EXPECT_EQ(stored.evidence.list->version, 7u);
  EXPECT_EQ(stored.line, LineId("LINE-1"));
}

TEST_F(Journal, AFileWithoutTablesIsToldFromAnEmptyJournal) {
  auto empty = Database::Open(":memory:").value();
  EXPECT_TRUE(absl::IsNotFound(ActionJournal::OpenExisting(*empty).status()));
  EXPECT_TRUE(ActionJournal::OpenExisting(*database_).ok());
}

TEST_F(Journal, OpenFindsWhatStopsTheNumberAndNothingElse) {
  EXPECT_FALSE(journal_.Open(kCaller)->has_value());
  Bring({S::kHeld}, AlertOf(kCaller));
  EXPECT_FALSE(journal_.Open(kCaller)->has_value());
  const ActionRecord sent =
      Bring({S::kAuthorised, S::kDispatched}, AlertOf(kCaller, kNoon - std::chrono::hours(2)));
  EXPECT_EQ(journal_.Open(kCaller)->value().id, sent.id);
  EXPECT_FALSE(journal_.Open(Caller("+866315550002"))->has_value());
}

TEST_F(Journal, DueIsWhatRanOutAndNoPersonConfirmed) {
  ActionRecord record = Propose(AlertOf(kCaller));
  ActionUpdate update = Because("authorised");
  update.expires = kNoon + std::chrono::hours(24);
  ASSERT_TRUE(journal_.Move(record, S::kAuthorised, update, kNoon).ok());
  ASSERT_TRUE(journal_.Move(record, S::kDispatched, Because("sent"), kNoon).ok());
  ASSERT_TRUE(journal_.Move(record, S::kConfirmed, Because("confirmed"), kNoon).ok());
  EXPECT_TRUE(journal_.Due(kNoon + std::chrono::hours(24) - Duration(1))->empty());
  EXPECT_EQ(journal_.Due(kNoon + std::chrono::hours(24))->size(), 1u);
  ASSERT_TRUE(journal_.ConfirmByPerson(record, "wang", "", kNoon).ok());
  EXPECT_TRUE(journal_.Due(kNoon + std::chrono::hours(24))->empty());
  EXPECT_EQ(journal_.InForce(kNoon + std::chrono::hours(99))->size(), 1u);
}

TEST_F(Journal, TheBreakerComesBackFromIt) {
  const BreakerOptions options{.per_minute = 100, .per_day = 2, .per_customer_day = 100};
  Bring({S::kAuthorised}, AlertOf(kCaller));
  Bring({S::kAuthorised}, AlertOf(kCaller, kNoon - std::chrono::hours(1)));
  EXPECT_EQ(journal_.RestoreBreaker(options, kNoon)->Ask(CustomerId(), kNoon), BreakerAnswer::kDay);
  ASSERT_TRUE(journal_.RecordReset("wang", kNoon).ok());
  EXPECT_EQ(journal_.RestoreBreaker(options, kNoon)->Ask(CustomerId(), kNoon),
            BreakerAnswer::kAllowed);
}

TEST_F(Journal, ATripIsRememberedForDaysUntilItIsReset) {
  const BreakerOptions options;
  const EventTime later = kNoon + std::chrono::hours(100);
  ASSERT_TRUE(journal_.RecordTrip(BreakerAnswer::kDay, CustomerId(), kNoon).ok());
  ASSERT_TRUE(journal_.RecordTrip(BreakerAnswer::kCustomerDay, CustomerId("C-1"), kNoon).ok());
  EXPECT_EQ(journal_.RestoreBreaker(options, later)->Ask(CustomerId(), later), BreakerAnswer::kDay);
  ASSERT_TRUE(journal_.RecordReset("wang", later).ok());
  EXPECT_EQ(journal_.RestoreBreaker(options, later)->Ask(CustomerId("C-1"), later),
            BreakerAnswer::kAllowed);
}

TEST_F(Journal, TheFeedGetsEveryChangeOnceAndInOrder) {
  FakeFeed feed;
  Bring({S::kHeld}, AlertOf(kCaller));
  ASSERT_TRUE(journal_.events().Publish(feed).ok());
  ASSERT_TRUE(journal_.events().Publish(feed).ok());
  EXPECT_EQ(feed.seqs, (std::vector<int64_t>{1, 2}));
  EXPECT_TRUE(feed.bodies[1].starts_with(R"({"seq":2,"type":"action","time":"2026-11-24T)"));
}

TEST_F(Journal, AFeedThatFailedGetsTheSameLinesLater) {
  FakeFeed feed;
  feed.status = absl::UnavailableError("disk full");
  Propose(AlertOf(kCaller));
  EXPECT_FALSE(journal_.events().Publish(feed).ok());
  feed.status = absl::OkStatus();
  ASSERT_TRUE(journal_.events().Publish(feed).ok());
  EXPECT_EQ(feed.seqs, (std::vector<int64_t>{1}));
}

OrderStore::Cause CauseOf(const char* action) {
  return {ActionId(action),
          OrderKind::kVerifySuspension,
          {SubjectKind::kNumber, kCaller, {}},
          LineId("LINE-1"),
          CustomerId("C-1"),
          "loan",
          kNoon};
}

TEST_F(Journal, AnOrderIsOpenedWithPriorityOwnerAndClock) {
  const auto opened = orders_.OpenOrJoin(CauseOf("a1"), kNoon);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_TRUE(opened->created);
  EXPECT_EQ(opened->order.priority, 1);
  EXPECT_EQ(opened->order.owner, "duty-desk");
  EXPECT_EQ(opened->order.due, kNoon + std::chrono::hours(4));
  EXPECT_TRUE(opened->order.id.value().starts_with("WO-20261124-"));
}

TEST_F(Journal, ACustomersTotalJoinsTheOrderOfTheLineThatBrokeIt) {
  OrderStore::Cause line = CauseOf("a1");
  line.subject = {SubjectKind::kLine, CallingNumber(), "L-1"};
  line.line = LineId("L-1");
  OrderStore::Cause customer = line;
  customer.action = ActionId("a2");
  customer.subject = {SubjectKind::kCustomer, CallingNumber(), "C-1"};
  OrderStore::Cause of_another_line = customer;
  of_another_line.action = ActionId("a3");
  of_another_line.line = LineId("L-2");

  const auto first = orders_.OpenOrJoin(line, kNoon);
  const auto joined = orders_.OpenOrJoin(customer, kNoon);
  ASSERT_TRUE(first.ok() && joined.ok());
  EXPECT_TRUE(joined->joined);
  EXPECT_EQ(joined->order.id, first->order.id);
  EXPECT_TRUE(orders_.OpenOrJoin(of_another_line, kNoon)->created);
}

TEST_F(Journal, ASecondEpisodeJoinsTheOpenOrder) {
  const auto first = orders_.OpenOrJoin(CauseOf("a1"), kNoon);
  const auto second = orders_.OpenOrJoin(CauseOf("a2"), kNoon);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE(second->joined);
  EXPECT_EQ(second->order.id, first->order.id);
  EXPECT_EQ(orders_.Find(first->order.id)->value().causes,
            (std::vector{ActionId("a1"), ActionId("a2")}));
}

TEST_F(Journal, AKnownCauseChangesNothing) {
  const auto first = orders_.OpenOrJoin(CauseOf("a1"), kNoon);
  const auto again = orders_.OpenOrJoin(CauseOf("a1"), kNoon);
  EXPECT_FALSE(again->created);
  EXPECT_FALSE(again->joined);
  EXPECT_EQ(again->order.id, first->order.id);
  EXPECT_EQ(orders_.History(first->order.id)->size(), 1u);
}

TEST_F(Journal, AnOrderGoesItsWayAndThenANewOneIsOpened) {
  const WorkOrderId id = orders_.OpenOrJoin(CauseOf("a1"), kNoon)->order.id;
  using O = OrderState;
  EXPECT_EQ(orders_.Change(id, O::kAssigned, "wang", {}, "", kNoon)->owner, "wang");
  const auto verified =
      orders_.Change(id, O::kVerified, "wang", OrderOutcome::kNuisance, "heard it", kNoon);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->outcome, OrderOutcome::kNuisance);
  EXPECT_EQ(verified->owner, "duty-desk");
  const auto closed = orders_.Change(id, O::kClosed, "li", {}, "", kNoon);
  EXPECT_EQ(closed->outcome, OrderOutcome::kNuisance);
  EXPECT_TRUE(closed->owner.empty());
  EXPECT_EQ(orders_.History(id)->size(), 4u);
  EXPECT_TRUE(orders_.OpenOrJoin(CauseOf("a2"), kNoon)->created);
}

TEST_F(Journal, AnIllegalOrderChangeWritesNothing) {
  const WorkOrderId id = orders_.OpenOrJoin(CauseOf("a1"), kNoon)->order.id;
  EXPECT_TRUE(absl::IsFailedPrecondition(
      orders_.Change(id, OrderState::kClosed, "wang", {}, "", kNoon).status()));
  EXPECT_EQ(orders_.Find(id)->value().state, OrderState::kOpen);
  EXPECT_TRUE(absl::IsNotFound(
      orders_.Change(WorkOrderId("WO-0"), OrderState::kClosed, "wang", {}, "", kNoon).status()));
}

TEST_F(Journal, AnOrderIdThatIsTakenGivesTheNextOne) {
  const auto taken = MakeWorkOrderId(ActionId("a1"), kNoon, std::chrono::hours(8), 0);
  ASSERT_TRUE(orders_.OpenOrJoin(CauseOf("a0"), kNoon).ok());
  ASSERT_TRUE(database_
                  ->Execute("UPDATE work_order_cause SET work_order = 'x' WHERE 0; "
                            "PRAGMA foreign_keys = OFF; UPDATE work_order SET id = '" +
                            taken.value() + "', state = 'closed'")
                  .ok());
  const auto opened = orders_.OpenOrJoin(CauseOf("a1"), kNoon);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->order.id, MakeWorkOrderId(ActionId("a1"), kNoon, std::chrono::hours(8), 1));
}

class FeedFile : public testing::Test {
 protected:
  FeedFile() {
    char name[] = "/tmp/ringfence-feed-XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ / "actions.jsonl";
  }
  ~FeedFile() override { std::filesystem::remove_all(folder_); }

  static std::string Read(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
};

TEST_F(FeedFile, WritesALineForEachEvent) {
  auto sink = JsonlSink::Open(path_).value();
  ASSERT_TRUE(sink->Append({{1, "{\"seq\":1}"}, {2, "{\"seq\":2}"}}).ok());
  EXPECT_EQ(Read(path_), "{\"seq\":1}\n{\"seq\":2}\n");
}

TEST_F(FeedFile, ContinuesAnExistingFile) {
  ASSERT_TRUE(JsonlSink::Open(path_).value()->Append({{1, "{}"}}).ok());
  ASSERT_TRUE(JsonlSink::Open(path_).value()->Append({{2, "{}"}}).ok());
  EXPECT_EQ(Read(path_), "{}\n{}\n");
}

TEST_F(FeedFile, AfterRotationWritesIntoANewFileOfTheOldName) {
  auto sink = JsonlSink::Open(path_).value();
  ASSERT_TRUE(sink->Append({{1, "{\"seq\":1}"}}).ok());
  std::filesystem::rename(path_, folder_ / "actions.jsonl.1");
  ASSERT_TRUE(sink->Append({{2, "{\"seq\":2}"}}).ok());
  EXPECT_EQ(Read(folder_ / "actions.jsonl.1"), "{\"seq\":1}\n");
  EXPECT_EQ(Read(path_), "{\"seq\":2}\n");
}

TEST_F(FeedFile, ClosesALineThatACrashCutOff) {
  std::ofstream(path_) << "{\"seq\":1,\"ty";
  ASSERT_TRUE(JsonlSink::Open(path_).value()->Append({{1, "{\"seq\":1}"}}).ok());
  EXPECT_EQ(Read(path_), "{\"seq\":1,\"ty\n{\"seq\":1}\n");
}

TEST_F(FeedFile, AFolderThatIsMissingIsAnErrorThatNamesTheFile) {
  const auto sink = JsonlSink::Open(folder_ / "missing" / "a.jsonl");
  EXPECT_NE(sink.status().message().find("missing/a.jsonl"), std::string::npos);
}

}  // namespace
}  // namespace ringfence
