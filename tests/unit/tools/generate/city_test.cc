#include "tools/generate/city.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "ingest/model/number_plan.h"
#include "ingest/text/byte_stream.h"
#include "tools/generate/lists_csv.h"
#include "whitelist/csv/ledger_csv.h"
#include "whitelist/csv/whitelist_csv.h"

namespace ringfence::generate {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

CityOptions Small() {
  CityOptions options;
  options.subscribers = 500;
  return options;
}

TEST(City, RefusesOptionsOutOfRangeAndSaysWhich) {
  CityOptions options = Small();
  options.days = 0;
  EXPECT_THAT(City::Build(options).status().ToString(), HasSubstr("days is 0; 1 to 366"));
  options = Small();
  options.subscribers = 1;
  EXPECT_THAT(City::Build(options).status().ToString(), HasSubstr("subscribers is 1"));
  options = Small();
  options.start = std::chrono::year(2026) / 2 / 30;
  EXPECT_THAT(City::Build(options).status().ToString(), HasSubstr("not a calendar day"));
  options = Small();
  options.imperfections.duplicates = 900'000;
  EXPECT_FALSE(City::Build(options).ok());
}

TEST(City, ThatIsTooSmallForItsRolesSaysHowManyRowsItNeeds) {
  CityOptions options = Small();
  options.target_rows = 1'000;
  EXPECT_THAT(City::Build(options).status().ToString(), HasSubstr("at least"));
}

TEST(City, HasEveryRoleAndNoNumberTwice) {
  CityOptions options = Small();
  options.days = 2;
  const City city = *City::Build(options);
  std::set<Role> roles;
  std::set<PhoneNumber> numbers;
  for (const Caller& caller : city.callers()) {
    roles.insert(caller.role);
    EXPECT_TRUE(numbers.insert(caller.number).second) << caller.number.ToString();
  }
  EXPECT_EQ(roles.size(), static_cast<size_t>(kRoleCount));
}

TEST(City, OfTensOfMillionsOfRowsStaysWithinItsLandlines) {
  CityOptions options;
  options.target_rows = 10'000'000;
  const City city = *City::Build(options);
  std::set<PhoneNumber> numbers;
  for (const Caller& caller : city.callers()) numbers.insert(caller.number);
  EXPECT_EQ(numbers.size(), city.callers().size());
}

TEST(City, NumbersOfALineAreConsecutiveCallers) {
  const City city = *City::Build(Small());
  for (uint32_t i = 0; i < city.lines().size(); ++i) {
    const Line& line = city.lines()[i];
    ASSERT_GT(line.numbers, 0u);
    for (uint32_t n = 0; n < line.numbers; ++n) {
      EXPECT_EQ(city.callers()[line.first_caller + n].line, i);
    }
  }
}

TEST(LedgerCsv, HoldsRangesSingleNumbersAndQuotedNames) {
  const std::string csv = LedgerCsv(*City::Build(Small()));
  EXPECT_THAT(csv, StartsWith("line_id,number,customer_id,"));
  EXPECT_THAT(csv,
              HasSubstr("WH-00001,+866315550000..+866315550002,C-00001,威海示例医院,预约挂号"));
  EXPECT_THAT(csv, HasSubstr("12345;+86631555"));
  EXPECT_THAT(csv, HasSubstr(",hospital,00:00-24:00,15000,"));
}

class ImportOfLists : public testing::Test {
 protected:
  ImportOfLists() { options_.plan = &plan_; }

  NumberPlan plan_ = *NumberPlan::Create({});
  CsvOptions options_{nullptr, absl::FixedTimeZone(8 * 3600), {}};
  City city_ = *City::Build(Small());
};

TEST_F(ImportOfLists, ReadsEveryLineOfTheLedger) {
  const auto read = ReadLedgerCsv(*BytesOf(LedgerCsv(city_)), options_);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(read->faults.empty()) << read->faults.ToStatus("ledger.csv");
  ASSERT_EQ(read->lines.size(), city_.lines().size());
  for (size_t i = 0; i < read->lines.size(); ++i) {
    const VoiceLine& line = read->lines[i];
    EXPECT_EQ(line.id.value(), city_.lines()[i].id);
    EXPECT_EQ(line.numbers.size(), city_.lines()[i].numbers);
    EXPECT_EQ(line.trunks.size(), city_.lines()[i].trunk_count);
    EXPECT_EQ(line.daily_limit, city_.lines()[i].daily_limit);
    EXPECT_EQ(line.customer_name, city_.lines()[i].customer_name);
    EXPECT_EQ(CheckLine(line), absl::OkStatus());
  }
}

TEST_F(ImportOfLists, FindsTheApprovalsThatStand) {
  const auto read = ReadWhitelistCsv(*BytesOf(WhitelistCsv(city_)), options_);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(read->faults.empty()) << read->faults.ToStatus("whitelist.csv");
  ASSERT_EQ(read->entries.size(), city_.whitelist().size());
  int standing = 0;
  for (size_t i = 0; i < read->entries.size(); ++i) {
    const Caller& caller = city_.callers()[city_.whitelist()[i].caller];
    EXPECT_EQ(read->entries[i].number.number(), caller.number);
    EXPECT_EQ(read->entries[i].StandsAt(city_.start()), caller.whitelisted);
    standing += caller.whitelisted ? 1 : 0;
  }
  EXPECT_GT(standing, 0);
  EXPECT_LT(standing, static_cast<int>(read->entries.size()));
}

TEST(WhitelistCsv, HoldsStandingAndExpiredEntries) {
  const std::string csv = WhitelistCsv(*City::Build(Small()));
  EXPECT_THAT(csv, StartsWith("number,scope,reason,evidence,requester,approver,added,expires\n"));
  EXPECT_THAT(csv, HasSubstr("2026-01-22\n"));  // 40 days before the run
  EXPECT_THAT(csv, HasSubstr("2029-03-02\n"));
}

}  // namespace
}  // namespace ringfence::generate
