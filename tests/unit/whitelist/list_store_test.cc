#include "whitelist/store/list_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/whitelist/samples.h"

namespace ringfence {
namespace {

using testing::HasSubstr;

const CallingNumber kA = Caller("+866315550001");
const CallingNumber kB = Caller("+866315550002");
const Actor kWang{"wang", Day(1)};

class ListStoreTest : public testing::Test {
 protected:
  uint64_t Version() { return store_->Revision().value().version; }

  std::unique_ptr<Database> database_ = Database::Open(":memory:").value();
  std::unique_ptr<ListStore> store_ = ListStore::Create(database_.get()).value();
};

TEST_F(ListStoreTest, GivesBackWhatWasPutIn) {
  VoiceLine closed = SampleLine("L-2", {});
  closed.status = LineStatus::kClosed;
  closed.daily_limit.reset();
  closed.qualification = {};
  closed.trunks = {};
  const VoiceLine line = SampleLine("L-1", {kA, kB});
  const WhitelistEntry minimal = BareEntry(kB, Day(2));
  ASSERT_TRUE(store_->PutLines({line, closed}, kWang).ok());
  ASSERT_TRUE(store_->PutEntries({SampleEntry(kA), minimal}, kWang).ok());
  const auto lists = store_->Load().value();
  EXPECT_EQ(lists->lines(), (std::vector<VoiceLine>{line, closed}));
  EXPECT_EQ(lists->entries(), (std::vector<WhitelistEntry>{SampleEntry(kA), minimal}));
  EXPECT_EQ(lists->version().version, 2u);
  EXPECT_EQ(lists->version().count, 4u);
}

TEST_F(ListStoreTest, VersionGrowsOnlyWithAChange) {
  EXPECT_EQ(Version(), 0u);
  ASSERT_TRUE(store_->PutEntries({SampleEntry(kA)}, kWang).ok());
  EXPECT_EQ(Version(), 1u);
  const auto again = store_->PutEntries({SampleEntry(kA)}, kWang).value();
  EXPECT_EQ(again.unchanged, 1u);
  EXPECT_EQ(Version(), 1u);
  ASSERT_TRUE(store_->RemoveEntry(kA, kWang, "contract ended").ok());
  EXPECT_EQ(Version(), 2u);
  EXPECT_EQ(store_->RemoveEntry(kA, kWang, "").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Version(), 2u);
}

TEST_F(ListStoreTest, EveryChangeIsInTheHistoryWithBeforeAndAfter) {
  ASSERT_TRUE(store_->PutEntries({SampleEntry(kA)}, kWang).ok());
  WhitelistEntry changed = SampleEntry(kA);
  changed.reason = "another";
  ASSERT_TRUE(store_->PutEntries({changed}, {"li", Day(2)}).ok());
  ASSERT_TRUE(store_->RemoveEntry(kA, {"zhao", Day(3)}, "complaints").ok());
  const auto history = store_->History("+866315550001", 10).value();
  ASSERT_EQ(history.size(), 3u);
  EXPECT_EQ(history[0].actor, "zhao");
  EXPECT_EQ(history[0].note, "complaints");
  EXPECT_EQ(history[0].after, "");
  EXPECT_EQ(history[0].version, 3u);
  EXPECT_EQ(history[1].at, Day(2));
  EXPECT_THAT(history[1].before, HasSubstr("reminders"));
  EXPECT_THAT(history[1].after, HasSubstr("another"));
  EXPECT_EQ(history[2].before, "");
  EXPECT_TRUE(store_->History("+866315550002", 10).value().empty());
  EXPECT_EQ(store_->History(std::nullopt, 1).value().size(), 1u);
}

TEST_F(ListStoreTest, ADryRunCountsAndChangesNothing) {
  ASSERT_TRUE(store_->PutLines({SampleLine("L-1", {kA})}, kWang).ok());
  VoiceLine changed = SampleLine("L-1", {kA});
  changed.purpose = "other";
  const auto counts =
      store_->PutLines({changed, SampleLine("L-2", {kB})}, kWang, /*dry_run=*/true).value();
  EXPECT_EQ(counts.updated, 1u);
  EXPECT_EQ(counts.added, 1u);
  EXPECT_EQ(Version(), 1u);
  EXPECT_EQ(store_->Load().value()->lines().size(), 1u);
  EXPECT_EQ(store_->History(std::nullopt, 10).value().size(), 1u);
}

TEST_F(ListStoreTest, ANumberOfAnotherLineIsRefusedAndNamed) {
  ASSERT_TRUE(store_->PutLines({SampleLine("L-1", {kA})}, kWang).ok());
  const auto status = store_->PutLines({SampleLine("L-2", {kA, kB})}, kWang).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()), HasSubstr("+866315550001"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("L-1"));
  EXPECT_EQ(Version(), 1u);
}

TEST_F(ListStoreTest, LinesOfOneImportMayExchangeNumbers) {
  ASSERT_TRUE(store_->PutLines({SampleLine("L-1", {kA}), SampleLine("L-2", {kB})}, kWang).ok());
  ASSERT_TRUE(store_->PutLines({SampleLine("L-1", {kB}), SampleLine("L-2", {kA})}, kWang).ok());
  EXPECT_EQ(store_->Load().value()->FindOwner(kA)->id, LineId("L-2"));
}

TEST_F(ListStoreTest, StatusOfALineChangesAlone) {
  ASSERT_TRUE(store_->PutLines({SampleLine("L-1", {kA})}, kWang).ok());
  ASSERT_TRUE(store_->SetLineStatus(LineId("L-1"), LineStatus::kSuspended, kWang, "R1").ok());
  EXPECT_EQ(store_->Load().value()->FindOwner(kA)->status, LineStatus::kSuspended);
  EXPECT_EQ(Version(), 2u);
  EXPECT_EQ(store_->SetLineStatus(LineId("L-9"), LineStatus::kClosed, kWang, "").code(),
            absl::StatusCode::kNotFound);
}

TEST_F(ListStoreTest, AChangeNeedsAnActor) {
  EXPECT_EQ(store_->PutEntries({SampleEntry(kA)}, {"", Day(1)}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(ListStoreTest, StoresHaveIdsOfTheirOwn) {
  auto other_database = Database::Open(":memory:").value();
  auto other = ListStore::Create(other_database.get()).value();
  EXPECT_NE(store_->Revision().value().store_id, other->Revision().value().store_id);
  EXPECT_EQ(store_->Revision().value().store_id.size(), 32u);
}

TEST_F(ListStoreTest, TenThousandLinesAreOneChange) {
  std::vector<VoiceLine> lines;
  for (int i = 0; i < 10'000; ++i) {
    lines.push_back(
        SampleLine("L-" + std::to_string(i), {Caller("+86631" + std::to_string(5'550'000 + i))}));
  }
  EXPECT_EQ(store_->PutLines(lines, kWang).value().added, 10'000u);
  EXPECT_EQ(Version(), 1u);
  EXPECT_EQ(store_->PutLines(lines, kWang).value().unchanged, 10'000u);
  EXPECT_EQ(store_->Load().value()->ledger_count(), 10'000u);
}

VoiceLine Hospital(std::vector<CallingNumber> numbers) {
  VoiceLine line = SampleLine("L-H", std::move(numbers));
  line.line_class = LineClass::kHospital;
  return line;
}

TEST_F(ListStoreTest, AnImportThatMakesAHospitalOrdinaryIsRefused) {
  ASSERT_TRUE(store_->PutLines({Hospital({kA, kB})}, kWang).ok());
  const auto status = store_->PutLines({SampleLine("L-H", {kA, kB})}, kWang).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_EQ(store_->Load().value()->lines().front().line_class, LineClass::kHospital);
}

TEST_F(ListStoreTest, AnImportThatDropsAHospitalsNumberIsRefused) {
  ASSERT_TRUE(store_->PutLines({Hospital({kA, kB})}, kWang).ok());
  EXPECT_FALSE(store_->PutLines({Hospital({kA})}, kWang).ok());
}

TEST_F(ListStoreTest, ANumberMayMoveFromOneProtectedLineToAnother) {
  ASSERT_TRUE(store_->PutLines({Hospital({kA, kB})}, kWang).ok());
  VoiceLine other = SampleLine("L-U", {kB});
  other.line_class = LineClass::kUtility;
  EXPECT_TRUE(store_->PutLines({Hospital({kA}), other}, kWang).ok());
}

TEST_F(ListStoreTest, APersonMayTakeProtectionAway) {
  ASSERT_TRUE(store_->PutLines({Hospital({kA})}, kWang).ok());
  EXPECT_TRUE(
      store_->PutLines({SampleLine("L-H", {kA})}, kWang, /*dry_run=*/false, Unprotect::kAllow)
          .ok());
}

}  // namespace
}  // namespace ringfence
