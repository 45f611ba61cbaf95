// The chain of hashes over the tables of history.
#include "whitelist/store/audit_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingest/model/status_macros.h"
#include "tests/unit/whitelist/samples.h"
#include "whitelist/store/list_store.h"
#include "whitelist/store/sha256.h"

namespace ringfence {
namespace {

using testing::HasSubstr;

constexpr HistoryTable kNotes{"note", "at, text"};

class AuditChain : public testing::Test {
 protected:
  AuditChain() {
    Do("CREATE TABLE note(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER, text TEXT)");
  }

  void Do(std::string_view sql) {
    const absl::Status done = database_->Execute(sql);
    ASSERT_TRUE(done.ok()) << done;
  }
  void Cover() { ASSERT_TRUE(CoverHistory(*database_, kNotes).ok()); }
  absl::Status Insert(int64_t at, std::string_view text) {
    RF_ASSIGN_OR_RETURN(Statement insert,
                        database_->Prepare("INSERT INTO note(at, text) VALUES(?, ?)"));
    RF_RETURN_IF_ERROR(insert.Bind(1, at).Bind(2, text).Run());
    return SealNewest(*database_, kNotes);
  }
  void Note(int64_t at, std::string_view text) {
    const absl::Status noted = database_->Transaction([&] { return Insert(at, text); });
    ASSERT_TRUE(noted.ok()) << noted;
  }
  absl::Status SealAgain(int64_t row) {
    // What SealNewest takes for the newest row.
    RF_RETURN_IF_ERROR(database_->Execute("CREATE TEMP TABLE last(id INTEGER PRIMARY KEY)"));
    RF_ASSIGN_OR_RETURN(Statement insert, database_->Prepare("INSERT INTO last VALUES(?)"));
    RF_RETURN_IF_ERROR(insert.Bind(1, row).Run());
    return SealNewest(*database_, kNotes);
  }
  absl::StatusOr<ChainHead> Verify(std::optional<std::string> head = std::nullopt) {
    return VerifyChain(*database_, std::move(head));
  }
  std::string Fault(std::optional<std::string> head = std::nullopt) {
    const auto verdict = Verify(std::move(head));
    EXPECT_EQ(verdict.status().code(), absl::StatusCode::kDataLoss) << verdict.status();
    return std::string(verdict.status().message());
  }

  std::unique_ptr<Database> database_ = Database::Open(":memory:").value();
};

TEST(Sha256Fields, IsSha256OfEachFieldAfterItsLength) {
  Sha256Fields hash;
  hash.Add("abc");
  // printf '\3\0\0\0\0\0\0\0abc' | sha256sum
  EXPECT_EQ(hash.Finish(), "ce91dc5eec0139adf091900d225971d6ad246a845bad791b5693a9d0d55dd391");
}

TEST(Sha256Fields, KnowsWhereAFieldEnds) {
  Sha256Fields one;
  one.Add("ab");
  one.Add("c");
  Sha256Fields other;
  other.Add("a");
  other.Add("bc");
  EXPECT_NE(one.Finish(), other.Finish());
}

TEST_F(AuditChain, GrowsByOneEntryWithEachRow) {
  Cover();
  const int64_t before = Verify()->entries;
  Note(1, "one");
  Note(2, "two");
  const auto verdict = Verify();
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->entries, before + 2);
  EXPECT_EQ(verdict->hash, ReadChainHead(*database_)->hash);
}

TEST_F(AuditChain, IsPartOfTheTransactionOfTheChange) {
  Cover();
  const std::string head = Verify()->hash;
  const absl::Status undone = database_->Transaction([&]() -> absl::Status {
    RF_RETURN_IF_ERROR(Insert(1, "one"));
    return absl::CancelledError("undone");
  });
  EXPECT_TRUE(absl::IsCancelled(undone));
  EXPECT_EQ(Verify()->hash, head);
}

TEST_F(AuditChain, SameHistoryHasTheSameHead) {
  Cover();
  Note(1, "one");
  auto again = Database::Open(":memory:").value();
  std::swap(again, database_);
  Do("CREATE TABLE note(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER, text TEXT)");
  Cover();
  Note(1, "one");
  EXPECT_EQ(Verify()->hash, ReadChainHead(*again)->hash);
}

TEST_F(AuditChain, NamesTheRowThatWasChanged) {
  Cover();
  Note(1, "one");
  Note(2, "two");
  Note(3, "three");
  Do("UPDATE note SET text = 'twO' WHERE id = 2");
  EXPECT_THAT(Fault(), HasSubstr("note row 2"));
}

TEST_F(AuditChain, SeesATextAfterAZeroByte) {
  Cover();
  Note(1, std::string_view("a\0b", 3));
  Do("UPDATE note SET text = CAST(x'610063' AS TEXT)");
  EXPECT_THAT(Fault(), HasSubstr("was changed"));
}

TEST_F(AuditChain, TellsANumberFromItsText) {
  Do("DROP TABLE note");
  Do("CREATE TABLE note(id INTEGER PRIMARY KEY AUTOINCREMENT, at, text)");
  Cover();
  Note(7, "x");
  Do("UPDATE note SET at = '7'");
  EXPECT_THAT(Fault(), HasSubstr("was changed"));
}

TEST_F(AuditChain, NamesTheRowThatIsGone) {
  Cover();
  Note(1, "one");
  Note(2, "two");
  Do("DELETE FROM note WHERE id = 1");
  EXPECT_THAT(Fault(), HasSubstr("note row 1): the row is gone"));
}

TEST_F(AuditChain, NamesTheRowThatWasPutIn) {
  Cover();
  Note(1, "one");
  Do("INSERT INTO note(at, text) VALUES(2, 'two')");
  EXPECT_THAT(Fault(), HasSubstr("note row 2 was never sealed"));
}

TEST_F(AuditChain, SeesARowInATableThatHadNone) {
  Cover();
  Do("INSERT INTO note(at, text) VALUES(2, 'two')");
  EXPECT_THAT(Fault(), HasSubstr("note row 1 was never sealed"));
}

// With the right hash: its maker can compute it, but not make the row come twice.
TEST_F(AuditChain, RowThatIsSealedTwiceIsNotWhole) {
  Cover();
  Note(1, "one");
  ASSERT_TRUE(SealAgain(1).ok());
  EXPECT_THAT(Fault(), HasSubstr("note row 1"));
}

TEST_F(AuditChain, NamesTheMissingEntry) {
  Cover();
  Note(1, "one");
  Note(2, "two");
  Do("DELETE FROM audit_entry WHERE place = 2");
  EXPECT_THAT(Fault(), HasSubstr("entry 2 is missing"));
}

// Row and entry taken away together leave a whole, shorter chain: only a kept head tells.
TEST_F(AuditChain, KeptHeadShowsThatTheEndWasCutOff) {
  Cover();
  Note(1, "one");
  Note(2, "two");
  const std::string head = Verify()->hash;
  Do("DELETE FROM note WHERE id = 2");
  Do("DELETE FROM audit_entry WHERE place = (SELECT max(place) FROM audit_entry)");
  EXPECT_TRUE(Verify().ok());
  EXPECT_THAT(Fault(head), HasSubstr("the end was cut off"));
}

TEST_F(AuditChain, KeptHeadOfAnEarlierDayIsFound) {
  Cover();
  Note(1, "one");
  const std::string head = Verify()->hash;
  Note(2, "two");
  EXPECT_TRUE(Verify(head).ok());
}

TEST_F(AuditChain, GoesOnAfterItsEndWasCutOffAndStillShowsIt) {
  Cover();
  Note(1, "one");
  const std::string head = Verify()->hash;
  Do("DELETE FROM note WHERE id = 1");
  Do("DELETE FROM audit_entry WHERE place = (SELECT max(place) FROM audit_entry)");
  Note(1, "another");
  EXPECT_THAT(Fault(head), HasSubstr("no entry has the hash"));
}

TEST_F(AuditChain, TakesInWhatWasThereBeforeOnce) {
  Do("INSERT INTO note(at, text) VALUES(1, 'old')");
  Cover();
  EXPECT_TRUE(Verify().ok());
  Do("INSERT INTO note(at, text) VALUES(2, 'put in')");
  Cover();
  EXPECT_THAT(Fault(), HasSubstr("note row 2 was never sealed"));
}

TEST_F(AuditChain, ColumnThatIsAddedIsSealedFromThenOn) {
  Cover();
  Note(1, "one");
  Do("ALTER TABLE note ADD COLUMN who TEXT");
  constexpr HistoryTable kWider{"note", "at, text, who"};
  ASSERT_TRUE(CoverHistory(*database_, kWider).ok());
  Do("INSERT INTO note(at, text, who) VALUES(2, 'two', 'li')");
  ASSERT_TRUE(SealNewest(*database_, kWider).ok());
  ASSERT_TRUE(Verify().ok()) << Verify().status();
  Do("UPDATE note SET who = 'wang' WHERE id = 2");
  EXPECT_THAT(Fault(), HasSubstr("note row 2"));
}

// The names go into SQL: a file that was made to harm must not have it run.
TEST_F(AuditChain, NameThatIsNoneIsNotPutIntoSql) {
  Cover();
  Do("UPDATE audited_table SET name = 'note; DROP TABLE note'");
  EXPECT_FALSE(Verify().ok());
  Do("UPDATE audit_entry SET audited = 1");
  EXPECT_THAT(Fault(), HasSubstr("audited_table holds"));
}

TEST_F(AuditChain, FileWithoutOneIsNotWhole) {
  EXPECT_TRUE(absl::IsNotFound(Verify().status()));
  Cover();
  Do("DELETE FROM audit_entry; DELETE FROM audited_table");
  EXPECT_THAT(Fault(), HasSubstr("no entries"));
}

TEST_F(AuditChain, HoldsChangesOfTheLists) {
  auto store = ListStore::Create(database_.get()).value();
  const Actor li{"li", Day(0)};
  ASSERT_TRUE(store->PutEntries({SampleEntry(Caller("+866315550001"))}, li).ok());
  ASSERT_TRUE(store->PutLines({SampleLine("L-1", {Caller("+866315550002")})}, li).ok());
  ASSERT_TRUE(store->RemoveEntry(Caller("+866315550001"), li, "left").ok());
  std::vector<std::string> subjects;
  const absl::Status read = ReadChain(*database_, [&](const ChainEntry& entry) {
    if (entry.table == "list_change") subjects.push_back(entry.values.at(4).text);
    return true;
  });
  ASSERT_TRUE(read.ok()) << read;
  EXPECT_THAT(subjects, testing::ElementsAre("+866315550001", "L-1", "+866315550001"));
  EXPECT_TRUE(Verify().ok());
}

}  // namespace
}  // namespace ringfence
