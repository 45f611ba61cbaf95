#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "ingest/model/time_text.h"
#include "tests/unit/whitelist/samples.h"
#include "whitelist/csv/ledger_csv.h"
#include "whitelist/csv/whitelist_csv.h"
#include "whitelist/files/list_files.h"
#include "whitelist/store/list_store.h"

namespace ringfence {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const NumberPlan& Plan() {
  static const NumberPlan plan = NumberPlan::Create({.area = "631"}).value();
  return plan;
}

CsvOptions Options() {
  return {.plan = &Plan(), .zone = LoadTimeZone("Asia/Shanghai").value(), .default_added = Day(0)};
}

absl::StatusOr<LedgerCsv> ReadLedger(std::string text) {
  return ReadLedgerCsv(BytesOf(std::move(text)).value(), Options());
}

absl::StatusOr<WhitelistCsv> ReadWhitelist(std::string text) {
  return ReadWhitelistCsv(BytesOf(std::move(text)).value(), Options());
}

EventTime At(std::string_view text) { return ParseTime(text, Options().zone).value(); }

std::vector<std::string> Described(const CsvFaults& faults) {
  std::vector<std::string> texts;
  for (const CsvFault& fault : faults.kept()) {
    texts.push_back(std::to_string(fault.line) + " " + fault.column + " " + fault.value);
  }
  return texts;
}

std::vector<std::string> Numbers(const VoiceLine& line) {
  std::vector<std::string> texts;
  for (const CallingNumber number : line.numbers) texts.push_back(number.ToString());
  return texts;
}

TEST(LedgerCsv, ReadsRangesListsAndSeveralRowsOfOneLine) {
  const auto csv = ReadLedger(
      "line_id,number,customer_id,daily_limit\n"
      "L1,06315550100..06315550102;0631-5550110,C1,300\n"
      "L2,+8663155502 00,C2,\n"
      "L1,06315550105,,300\n");
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_THAT(Described(csv->faults), IsEmpty());
  ASSERT_EQ(csv->lines.size(), 2u);
  EXPECT_THAT(Numbers(csv->lines[0]), ElementsAre("+866315550100", "+866315550101", "+866315550102",
                                                  "+866315550105", "+866315550110"));
  EXPECT_EQ(csv->lines[0].daily_limit, 300u);
  EXPECT_FALSE(csv->lines[1].daily_limit.has_value());
}

TEST(LedgerCsv, ReadsChineseColumnsAndValuesWithByteOrderMark) {
  const auto csv = ReadLedger(
      "\xEF\xBB\xBF专线编号,号码,客户名称,行业,类别,时段,合同到期日,是否录音,录音天数,中继,状态,"
      "备注\r\n"
      "专线1,06315550100,测试医院,医疗,医院,08:00-20:00,2026年12月31日,是,60,TG2；TG1,正常,x\r\n");
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_THAT(Described(csv->faults), IsEmpty());
  const VoiceLine& line = csv->lines.at(0);
  EXPECT_EQ(line.id, LineId("专线1"));
  EXPECT_EQ(line.customer, CustomerId("测试医院"));
  EXPECT_EQ(line.line_class, LineClass::kHospital);
  EXPECT_EQ(line.contract.expires, At("2027-01-01T00:00:00+08:00"));
  EXPECT_TRUE(line.recording_duty);
  EXPECT_EQ(line.recording_days, 60u);
  EXPECT_EQ(line.trunks, (std::vector<TrunkGroupId>{TrunkGroupId("TG1"), TrunkGroupId("TG2")}));
}

TEST(LedgerCsv, ReadsGbk) {
  const auto csv = ReadLedger(
      "line_id,number,\xBF\xCD\xBB\xA7\xC3\xFB\xB3\xC6\n"
      "L1,06315550100,\xB2\xE2\xCA\xD4\n");
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_EQ(csv->lines.at(0).customer_name, "测试");
}

TEST(LedgerCsv, ListsEveryFaultInOneGo) {
  const auto csv = ReadLedger(
      "line_id,number,customer_id,daily_limit,class,hours,status,contract_expires,recording_duty\n"
      "L1,abc,C1,many,bank,8-20,gone,never,perhaps\n"
      ",06315550100,C1,,,,,,\n"
      "L2,06315550101..06315550100,C1,,,,,,\n"
      "L3,06315550100..06315590100,C1,,,,,,\n"
      "L4,06315550105,C1,,,,,,\n"
      "L5,06315550105,,,,,,,\n"
      "L4,06315550106,C2,,,,,,\n"
      "L6,,C1,,,,,,\n");
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_THAT(Described(csv->faults),
              testing::UnorderedElementsAre(
                  "2 class bank", "2 hours 8-20", "2 daily_limit many", "2 contract_expires never",
                  "2 recording_duty perhaps", "2 status gone", "2 number abc", "3 line_id ",
                  "4 number 06315550101..06315550100", "5 number 06315550100..06315590100",
                  "7 customer_id ", "7 number +866315550105", "8 customer_id C2", "9  ", "7  "));
  const auto status = csv->faults.ToStatus("ledger.csv");
  EXPECT_THAT(std::string(status.message()), HasSubstr("ledger.csv:2: class 'bank': must be"));
}

TEST(LedgerCsv, AnUnknownColumnIsAnErrorThatNamesTheColumns) {
  const auto status = ReadLedger("line_id,number,daily_limt\nL1,1,2\n").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("daily_limt"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("daily_limit"));
}

TEST(WhitelistCsv, ABareListOfNumbersIsOne) {
  const auto csv = ReadWhitelist("06315550100\n10086\n+8613800000001\n");
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_THAT(Described(csv->faults), IsEmpty());
  ASSERT_EQ(csv->entries.size(), 3u);
  EXPECT_EQ(csv->entries[0].number.ToString(), "+866315550100");
  EXPECT_EQ(csv->entries[0].added, Day(0));
  EXPECT_FALSE(csv->entries[0].expires.has_value());
}

TEST(WhitelistCsv, ADayOfExpiryIsTheLastDay) {
  const auto csv = ReadWhitelist("号码,到期日,生效日期\n06315550100,2027/3/31,2026-01-01\n");
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_EQ(csv->entries.at(0).expires, At("2027-04-01T00:00:00+08:00"));
  EXPECT_EQ(csv->entries.at(0).added, At("2026-01-01T00:00:00+08:00"));
}

TEST(WhitelistCsv, ADayThatIsNotInTheCalendarIsCalledSo) {
  for (const std::string_view day : {"2026-02-30", "2026/13/1", "2026年2月29日", "1800-01-01"}) {
    const auto time = ParseTimeCell(day, true, CsvOptions());
    EXPECT_THAT(std::string(time.status().message()), HasSubstr("is no day between")) << day;
  }
}

TEST(WhitelistCsv, AnEntryThatHasExpiredIsReadAndStandsNoMore) {
  const auto csv = ReadWhitelist("number,expires\n06315550100,2020-01-01\n");
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_THAT(Described(csv->faults), IsEmpty());
  EXPECT_FALSE(csv->entries.at(0).StandsAt(Day(0)));
}

TEST(WhitelistCsv, ARowThatComesTwiceUnchangedIsOneEntry) {
  const auto csv = ReadWhitelist("number,expires\n06315550100,\n+86 631 5550100,\n");
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_THAT(Described(csv->faults), IsEmpty());
  EXPECT_EQ(csv->entries.size(), 1u);
}

TEST(WhitelistCsv, RowsThatStartWithAHashAreComments) {
  const auto csv = ReadWhitelist("# of March\n06315550100\n#06315550101\n06315550102\n");
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_THAT(Described(csv->faults), IsEmpty());
  EXPECT_EQ(csv->entries.size(), 2u);
}

TEST(WhitelistCsv, FaultsNameRowAndCell) {
  const auto csv = ReadWhitelist(
      "number,expires\n06315550100,soon\n9.12678E+11,\n06315550101,\n06315550101,2027-01-01\n"
      "06315550102,,extra\n\"06315550103,\n06315550104,\n");
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_THAT(Described(csv->faults), ElementsAre("2 expires soon", "3 number 9.12678E+11",
                                                  "5 number 06315550101", "6  ", "7  "));
}

TEST(WhitelistCsv, AnEmptyFileIsNoListAndAHeaderIs) {
  EXPECT_EQ(ReadWhitelist("").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReadWhitelist("\n\n").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(ReadWhitelist("number\n").value().entries.empty());
}

TEST(WhitelistCsv, AnotherKindOfFileIsRefused) {
  EXPECT_FALSE(ReadWhitelist("caller,callee,start\n1,2,3\n").ok());
  EXPECT_FALSE(ReadWhitelist(std::string("\x00\x01\x02\xFF\xFE", 5)).ok());
  EXPECT_FALSE(ReadWhitelist("hello\n06315550100\n").ok());
}

// import(export(x)) == x.
class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  VoiceLine Line(int id) {
    VoiceLine line = SampleLine("L-" + std::to_string(id) + Text(), {});
    line.customer = CustomerId("C" + Text());
    line.customer_name = Text();
    line.purpose = Text();
    line.industry = Text();
    line.line_class = static_cast<LineClass>(Below(5));
    line.status = static_cast<LineStatus>(Below(4));
    line.hours = {static_cast<uint16_t>(Below(700)), static_cast<uint16_t>(701 + Below(740))};
    if (Below(3) == 0) line.daily_limit.reset();
    line.qualification = {Text(), Time()};
    line.contract = {Text(), Time()};
    line.recording_duty = Below(2) == 0;
    line.recording_days = static_cast<uint32_t>(Below(400));
    line.trunks.clear();
    for (size_t i = 0; i < Below(4); ++i) line.trunks.emplace_back("T" + std::to_string(i));
    const size_t count = 1 + Below(Below(5) == 0 ? 3000 : 8);
    for (size_t i = 0; i < count; ++i) {
      next_ += 1 + (Below(3) == 0 ? Below(5) : 0);
      line.numbers.push_back(Caller("+86631" + std::to_string(next_)));
    }
    return line;
  }

  WhitelistEntry Entry() {
    WhitelistEntry entry = SampleEntry(Caller("+86631" + std::to_string(++next_)));
    entry.scope = Text();
    entry.reason = Text();
    entry.evidence = Text();
    entry.requester = Text();
    entry.approver = Text();
    entry.added = Day(0) - std::chrono::milliseconds(Below(1'000'000'000));
    entry.expires = Time();
    return entry;
  }

 private:
  size_t Below(size_t bound) { return random_() % bound; }

  std::optional<EventTime> Time() {
    if (Below(3) == 0) return std::nullopt;
    return Day(1) + std::chrono::milliseconds(Below(100'000'000'000));
  }

  std::string Text() {
    static constexpr std::string_view kPieces[] = {"a",  ",",  "\"", "客户", ";",   "..", "=1+1",
                                                   "\\", "'x", "𠀀", "#",    "b c", "；", "0631"};
    std::string text;
    for (size_t i = Below(5); i > 0; --i) text += kPieces[Below(std::size(kPieces))];
    return text;
  }

  std::mt19937_64 random_;
  uint64_t next_ = 5'550'000;
};

TEST(Csv, WhatIsExportedIsImportedEqual) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    Generator generator(seed);
    std::vector<VoiceLine> lines;
    std::vector<WhitelistEntry> entries;
    for (int i = 0; i < 4; ++i) lines.push_back(generator.Line(i));
    for (int i = 0; i < 10; ++i) entries.push_back(generator.Entry());
    const auto ledger = ReadLedger(WriteLedgerCsv(lines, Options().zone));
    ASSERT_TRUE(ledger.ok()) << ledger.status();
    EXPECT_THAT(Described(ledger->faults), IsEmpty()) << "seed " << seed;
    ASSERT_EQ(ledger->lines, lines) << "seed " << seed;
    const auto whitelist = ReadWhitelist(WriteWhitelistCsv(entries, Options().zone));
    ASSERT_TRUE(whitelist.ok()) << whitelist.status();
    EXPECT_THAT(Described(whitelist->faults), IsEmpty()) << "seed " << seed;
    ASSERT_EQ(whitelist->entries, entries) << "seed " << seed;
  }
}

TEST(WhitelistCsv, ImportingAgainKeepsSinceWhenEntriesStand) {
  const auto stored = Lists::Create(1, {}, {BareEntry(Caller("+866315550100"), Day(-5))}).value();
  auto csv = ReadWhitelist("06315550100\n06315550101\n").value();
  KeepAdded(*stored, Day(0), csv.entries);
  EXPECT_EQ(csv.entries[0].added, Day(-5));
  EXPECT_EQ(csv.entries[1].added, Day(0));
}

class ListFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/ringfence-lists-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string File(const std::string& name, const std::string& text) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  std::string directory_;
};

TEST_F(ListFilesTest, CombinesTwoFiles) {
  const auto lists =
      LoadListFiles({.ledger = File("l.csv", "line_id,number,customer_id\nL1,06315550100,C1\n"),
                     .whitelist = File("w.csv", "06315550101\n")},
                    Options());
  ASSERT_TRUE(lists.ok()) << lists.status();
  EXPECT_EQ((*lists)->FindOwner(Caller("+866315550100"))->id, LineId("L1"));
  EXPECT_TRUE((*lists)->Lookup(Caller("+866315550101"), Day(1)).whitelisted);
  EXPECT_EQ((*lists)->version().version, 0u);
}

TEST_F(ListFilesTest, AStoreIsRecognised) {
  const std::string path = directory_ + "/any.name";
  {
    auto database = Database::Open(path).value();
    auto store = ListStore::Create(database.get()).value();
    ASSERT_TRUE(
        store->PutLines({SampleLine("L-1", {Caller("+866315550100")})}, {"x", Day(0)}).ok());
    ASSERT_TRUE(store->PutEntries({SampleEntry(Caller("+866315550100"))}, {"x", Day(0)}).ok());
  }
  const auto lists = LoadListFiles({.ledger = "", .whitelist = path}, Options());
  ASSERT_TRUE(lists.ok()) << lists.status();
  EXPECT_EQ((*lists)->whitelist_count(), 1u);
  EXPECT_EQ((*lists)->ledger_count(), 1u);
}

TEST_F(ListFilesTest, AnyFaultRefusesTheWholeAndNamesTheFile) {
  const auto status =
      LoadListFiles({.ledger = "", .whitelist = File("w.csv", "06315550101\nx\n")}, Options())
          .status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("w.csv:2: number 'x'"));
  EXPECT_FALSE(LoadListFiles({.ledger = "", .whitelist = directory_ + "/none"}, Options()).ok());
  EXPECT_FALSE(LoadListFiles({.ledger = "", .whitelist = File("e.csv", "")}, Options()).ok());
  EXPECT_FALSE(LoadListFiles({.ledger = "", .whitelist = directory_}, Options()).ok());
}

}  // namespace
}  // namespace ringfence
