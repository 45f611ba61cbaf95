#include "whitelist/store/database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace ringfence {
namespace {

std::unique_ptr<Database> InMemory() { return Database::Open(":memory:").value(); }

class DatabaseFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/ringfence-db-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::string Path() const { return directory_ + "/test.db"; }

  std::string directory_;
};

TEST(Database, KeepsTextWithNulBytesAndTellsEmptyFromNull) {
  auto database = InMemory();
  ASSERT_TRUE(database->Execute("CREATE TABLE t(a TEXT, b TEXT, c TEXT)").ok());
  auto insert = database->Prepare("INSERT INTO t VALUES(?, ?, ?)").value();
  const std::string text("a\0b", 3);
  ASSERT_TRUE(insert.Bind(1, text).Bind(2, std::string_view()).BindNull(3).Run().ok());
  auto select = database->Prepare("SELECT a, b, c FROM t").value();
  ASSERT_TRUE(select.Step().value());
  EXPECT_EQ(select.Text(0), text);
  EXPECT_FALSE(select.IsNull(1));
  EXPECT_TRUE(select.IsNull(2));
  EXPECT_FALSE(select.Step().value());
}

TEST_F(DatabaseFile, IntegrityOfAWholeFileHoldsAndADamagedPageIsNamed) {
  auto database = Database::Open(Path()).value();
  ASSERT_TRUE(database->Execute("CREATE TABLE t(a TEXT); CREATE INDEX i ON t(a)").ok());
  auto insert = database->Prepare("INSERT INTO t VALUES(?)").value();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(insert.Bind(1, std::string(100, 'x')).Run().ok());
  EXPECT_TRUE(database->CheckIntegrity().ok());
  ASSERT_TRUE(database
                  ->Execute("PRAGMA writable_schema=ON; "
                            "UPDATE sqlite_schema SET rootpage=2 WHERE name='i'")
                  .ok());
  database = Database::Open(Path()).value();
  EXPECT_EQ(database->CheckIntegrity().code(), absl::StatusCode::kDataLoss);
}

TEST(Database, BindErrorSurfacesInStepAndIsForgottenAfter) {
  auto database = InMemory();
  auto select = database->Prepare("SELECT ?").value();
  EXPECT_FALSE(select.Bind(7, int64_t{1}).Step().ok());
  EXPECT_TRUE(select.Bind(1, int64_t{1}).Step().value());
  EXPECT_EQ(select.Int(0), 1);
}

TEST(Database, FailedTransactionLeavesNothing) {
  auto database = InMemory();
  ASSERT_TRUE(database->Execute("CREATE TABLE t(a)").ok());
  const auto status = database->Transaction([&]() -> absl::Status {
    EXPECT_TRUE(database->Execute("INSERT INTO t VALUES(1)").ok());
    return absl::InternalError("no");
  });
  EXPECT_EQ(status.message(), "no");
  auto count = database->Prepare("SELECT count(*) FROM t").value();
  ASSERT_TRUE(count.Step().value());
  EXPECT_EQ(count.Int(0), 0);
}

TEST(Database, FailedInnerTransactionRollsBackTheOuterOne) {
  auto database = InMemory();
  ASSERT_TRUE(database->Execute("CREATE TABLE t(a)").ok());
  const auto status = database->Transaction([&]() -> absl::Status {
    (void)database->Transaction([&] { return database->Execute("INSERT INTO t VALUES(1)"); });
    (void)database->Transaction([] { return absl::InternalError("swallowed"); });
    return absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  auto count = database->Prepare("SELECT count(*) FROM t").value();
  ASSERT_TRUE(count.Step().value());
  EXPECT_EQ(count.Int(0), 0);
}

TEST(Database, ConstraintIsFailedPrecondition) {
  auto database = InMemory();
  ASSERT_TRUE(database->Execute("CREATE TABLE t(a INTEGER PRIMARY KEY)").ok());
  ASSERT_TRUE(database->Execute("INSERT INTO t VALUES(1)").ok());
  const auto status = database->Execute("INSERT INTO t VALUES(1)");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
}

TEST(Database, ErrorNamesTheStatement) {
  const auto status = InMemory()->Prepare("SELECT nonsense FROM nowhere").status();
  EXPECT_NE(std::string(status.message()).find("nowhere"), std::string::npos);
}

TEST(Database, MigrateRunsEachStepOnce) {
  auto database = InMemory();
  const std::array<std::string_view, 1> first = {"CREATE TABLE a(x)"};
  const std::array<std::string_view, 2> both = {"CREATE TABLE a(x)", "CREATE TABLE b(x)"};
  ASSERT_TRUE(database->Migrate("part", first).ok());
  ASSERT_TRUE(database->Migrate("part", both).ok());
  ASSERT_TRUE(database->Migrate("part", both).ok());
  EXPECT_TRUE(database->Execute("INSERT INTO b VALUES(1)").ok());
  EXPECT_EQ(database->Migrate("part", first).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(Database, FailedMigrationStepIsRunAgainNextTime) {
  auto database = InMemory();
  const std::array<std::string_view, 1> bad = {"CREATE TABLE a(x); CREATE TABLE a(x)"};
  const std::array<std::string_view, 1> good = {"CREATE TABLE a(x)"};
  EXPECT_FALSE(database->Migrate("part", bad).ok());
  EXPECT_TRUE(database->Migrate("part", good).ok());
}

TEST_F(DatabaseFile, IsReadableByItsOwnerAlone) {
  auto database = Database::Open(Path()).value();
  ASSERT_TRUE(database->Execute("CREATE TABLE t(a)").ok());
  struct stat info = {};
  ASSERT_EQ(stat(Path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(stat((Path() + "-wal").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(DatabaseFile, WhatOneConnectionCommitsTheOtherSees) {
  auto one = Database::Open(Path()).value();
  auto two = Database::Open(Path()).value();
  ASSERT_TRUE(one->Execute("CREATE TABLE t(a); INSERT INTO t VALUES(7)").ok());
  auto select = two->Prepare("SELECT a FROM t").value();
  ASSERT_TRUE(select.Step().value());
  EXPECT_EQ(select.Int(0), 7);
}

TEST_F(DatabaseFile, AFileThatIsNoDatabaseIsDataLoss) {
  std::ofstream(Path()) << std::string(5000, 'x');
  EXPECT_EQ(Database::Open(Path()).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(DatabaseFile, ReadOnlyDoesNotMakeOrChangeTheFile) {
  EXPECT_EQ(Database::Open(Path(), Database::Mode::kReadOnly).status().code(),
            absl::StatusCode::kNotFound);
  ASSERT_TRUE(Database::Open(Path()).value()->Execute("CREATE TABLE t(a)").ok());
  auto database = Database::Open(Path(), Database::Mode::kReadOnly).value();
  EXPECT_FALSE(database->Execute("INSERT INTO t VALUES(1)").ok());
}

TEST_F(DatabaseFile, AMissingDirectoryIsNamed) {
  const auto status = Database::Open(directory_ + "/none/test.db").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(std::string(status.message()).find("/none/test.db"), std::string::npos);
}

}  // namespace
}  // namespace ringfence
