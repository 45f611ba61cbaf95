// The layouts: what is recognised, what is read from where.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/ingest/read_text.h"

namespace ringfence {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

LayoutChoice Columns(std::string columns, std::string delimiter = "") {
  LayoutChoice choice;
  choice.columns = std::move(columns);
  choice.delimiter = std::move(delimiter);
  return choice;
}

LayoutChoice Format(std::string name) {
  LayoutChoice choice;
  choice.format = std::move(name);
  return choice;
}

std::string AutoFormat(const std::string& text) {
  const auto file = RecordFile::Over(*BytesOf(text), "t", {});
  return file.ok() ? std::string(CdrFormatName(file->layout().format))
                   : std::string(file.status().message());
}

constexpr char kFlatstore[] =
    "1795482963|1795482964|1.2|a|b@x|12065550101|12025550100|127.0.0.1|1795482963.5|200|pass|tg1\n";
constexpr char kStream[] =
    "1795482900538-0\tid\tc7\tev\tfailed\trec\t1795482900.534882,,1795482900.538585,12025550155,"
    "12065550138,,486,pass,127.0.0.1,tg1\n";
constexpr char kMaster[] =
    "\"\",\"06315550100\",\"13800000000\",\"from-tg1\",\"\"\"Li \"\"\"\"Ming\"\"\"\"\"\" "
    "<06315550100>\",\"PJSIP/tg1-0000002a\",\"PJSIP/out-0000002b\",\"Dial\",\"PJSIP/x,30\","
    "\"2026-11-24 09:15:00\",\"2026-11-24 09:15:05\",\"2026-11-24 09:16:00\",60,55,\"ANSWERED\","
    "\"DOCUMENTATION\"";
constexpr char kFreeswitch[] =
    "\"Li\",\"06315550100\",\"13800000000\",\"default\",\"2026-11-24 09:15:00\",\"\","
    "\"2026-11-24 09:15:20\",\"20\",\"0\",\"NO_ANSWER\",\"3f0c2c2e-0000-4000-8000-000000000001\","
    "\"\",\"\",\"PCMA\",\"PCMA\"\n";
constexpr char kCucm[] =
    "\"cdrRecordType\",\"globalCallID_callManagerId\",\"globalCallID_callId\","
    "\"dateTimeOrigination\",\"callingPartyNumber\",\"originalCalledPartyNumber\","
    "\"finalCalledPartyNumber\",\"dateTimeConnect\",\"dateTimeDisconnect\",\"origCause_value\","
    "\"destCause_value\",\"origDeviceName\"\n"
    "INTEGER,INTEGER,INTEGER,INTEGER,VARCHAR(50),VARCHAR(50),VARCHAR(50),INTEGER,INTEGER,INTEGER,"
    "INTEGER,VARCHAR(129)\n"
    "1,2,4711,1795482900,\"06315550100\",\"13800000000\",\"13800000001\",1795482905,1795482960,0,"
    "16,\"gw-1\"\n"
    "1,2,4711,1795482960,\"06315550100\",\"13800000001\",\"13800000001\",0,1795482970,393216,0,"
    "\"gw-1\"\n";
constexpr char kJson[] =
    "{\"record_id\":\"j1\",\"calling\":\"06315550100\",\"called\":13800000000,"
    "\"setup_time\":1795482900.534882,\"answer_time\":null,\"cause\":17,\"x\":{\"y\":[1,2]}}\n";

TEST(Layout, EachIsRecognised) {
  EXPECT_EQ(AutoFormat(kFlatstore), "kamailio-flatstore");
  EXPECT_EQ(AutoFormat(kStream), "kamailio-stream");
  EXPECT_EQ(AutoFormat(std::string(kMaster) + "\n"), "asterisk");
  EXPECT_EQ(AutoFormat(kFreeswitch), "freeswitch");
  EXPECT_EQ(AutoFormat(kCucm), "cucm");
  EXPECT_EQ(AutoFormat(kJson), "json-lines");
  EXPECT_EQ(AutoFormat("setup_time;called;calling\n"), "canonical");
  EXPECT_EQ(AutoFormat("\xef\xbb\xbf\"Calling\",\"Called\",\"Setup_Time\"\r\n"), "canonical");
}

TEST(Layout, ADamagedFirstRecordDoesNotHideTheLayout) {
  EXPECT_EQ(AutoFormat(std::string("1795482963|17954\n") + kFlatstore), "kamailio-flatstore");
}

TEST(Layout, UnknownOneNamesColumnsAndFormats) {
  EXPECT_THAT(AutoFormat("when;who;whom\n1;2;3\n"),
              AllOf(HasSubstr("t: "), HasSubstr("3 columns separated by ';': when, who, whom"),
                    HasSubstr("kamailio-flatstore"), HasSubstr("--columns")));
}

TEST(Layout, WrongChoiceIsExplained) {
  EXPECT_THAT(ReadText("a\n", Format("csv")).error, HasSubstr("format 'csv' is not known"));
  EXPECT_THAT(ReadText("a,b\n", Format("canonical")).error,
              AllOf(HasSubstr("missing: calling, called, setup_time"), HasSubstr("a, b")));
  EXPECT_THAT(ReadText("a\n", Columns("calling=1,called=2")).error, HasSubstr("lacks setup_time"));
  EXPECT_THAT(ReadText("a\n", Columns("who=1")).error, HasSubstr("names no field"));
  EXPECT_THAT(ReadText("a\n", Columns("calling=0,called=1,setup_time=2")).error,
              HasSubstr("no column from 1"));
  EXPECT_THAT(ReadText("a\n", Columns("calling=x,called=1,setup_time=2")).error,
              HasSubstr("header does not have"));
  EXPECT_THAT(ReadText("a\n", Columns("calling=1,called=2,setup_time=3", "ab")).error,
              HasSubstr("delimiter"));
  EXPECT_THAT(ReadText("calling,calling,called,setup_time\n").error, HasSubstr("twice"));
}

// Else the whole file would be a header, and no record would be missed.
TEST(Layout, LinesThatEndInCarriageReturnAloneAreNotTakenForAHeader) {
  const std::string text =
      "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk\r"
      "r1,+8613800000001,+8613800000002,1795482900,,,16,T0\r";
  for (const LayoutChoice& choice : {LayoutChoice(), Format("canonical"),
                                     Columns("calling=calling,called=called,"
                                             "setup_time=setup_time")}) {
    EXPECT_THAT(ReadText(text, choice).error, HasSubstr("carriage return alone")) << choice.format;
  }
}

TEST(Layout, ReceiverMakesTheSameDecoderFromTheParts) {
  const auto file = RecordFile::Over(*BytesOf(kCucm), "t", {});
  const Layout& layout = file->layout();
  const auto again = LayoutOf(CdrFormatName(layout.format), layout.header, layout.columns,
                              std::string(1, layout.delimiter));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, layout);
  EXPECT_FALSE(LayoutOf("auto", "", "", "").ok());
}

TEST(Canonical, ColumnsComeInAnyOrderAndOthersAreIgnored) {
  const ReadResult read = ReadText(
      "trunk;note;setup_time;called;calling\n"
      "tg1;\"a;b\";1795482900;10086;06315550100\n");
  EXPECT_THAT(read.cdrs, ElementsAre("+866315550100 > 10086 11-24T01:15:00.000 - - 0 tg1 "));
}

TEST(KamailioFlatstore, AssertedIdentityOutranksTheCaller) {
  const ReadResult read = ReadText(kFlatstore, {}, TestOptions(NumberStyle::kE164));
  EXPECT_THAT(read.cdrs, ElementsAre("+12025550100 > +12065550101 11-24T01:16:03.000 "
                                     "11-24T01:16:03.500 11-24T01:16:04.000 sip200 tg1 a"));
}

TEST(KamailioFlatstore, OtherColumnCountIsAReject) {
  const ReadResult read =
      ReadText(std::string(kFlatstore) + "1|2|3\n", {}, TestOptions(NumberStyle::kE164));
  EXPECT_THAT(read.rejects, ElementsAre(HasSubstr("2 columns: has 3 columns; 12 are expected")));
}

TEST(KamailioStream, FieldsComeInAnyOrderAndTheCallerStandsInForNoIdentity) {
  const std::string other =
      "1795482900538-1\trec\t1795482900.5,1795482901.25,1795482902.5,12025550155,12065550138,"
      "12025550199,200,pass,127.0.0.1,tg2\tnew\tfield\tid\tc8\n";
  const ReadResult read = ReadText(kStream + other, {}, TestOptions(NumberStyle::kE164));
  EXPECT_THAT(
      read.cdrs,
      ElementsAre("+12025550155 > +12065550138 11-24T01:15:00.534 - 11-24T01:15:00.538 sip486 tg1 "
                  "c7",
                  "+12025550199 > +12065550138 11-24T01:15:00.500 11-24T01:15:01.250 "
                  "11-24T01:15:02.500 sip200 tg2 c8"));
}

TEST(KamailioStream, DamagedEntryIsAReject) {
  const ReadResult read =
      ReadText(std::string(kStream) + "1-0\tid\tx\trec\n1-0\tid\tx\n1-0\tid\tx\trec\t1,2\n",
               Format("kamailio-stream"), TestOptions(NumberStyle::kE164));
  EXPECT_THAT(read.rejects, ElementsAre(HasSubstr("columns"), HasSubstr("rec needs 10"),
                                        HasSubstr("rec needs 10")));
}

TEST(Asterisk, SixteenColumnsHaveNoId) {
  const ReadResult read = ReadText(std::string(kMaster) + "\n");
  EXPECT_THAT(read.cdrs,
              ElementsAre("+866315550100 > +8613800000000 11-24T01:15:00.000 11-24T01:15:05.000 "
                          "11-24T01:16:00.000 q16 tg1 "));
}

TEST(Asterisk, IdIsTheLinkedIdElseTheUniqueId) {
  const std::string row = kMaster;
  const ReadResult read = ReadText(row + ",\"1795482900.17\",\"\"\n" + row + ",\"note\"\n" + row +
                                   ",\"1795482900.18\",\"\",\"\",\"pbx1-1795482900.17\",\"3\"\n");
  ASSERT_THAT(read.cdrs, SizeIs(3));
  EXPECT_THAT(read.cdrs[0], HasSubstr("tg1 1795482900.17"));
  EXPECT_TRUE(read.cdrs[1].ends_with("tg1 ")) << read.cdrs[1];
  EXPECT_THAT(read.cdrs[2], HasSubstr("tg1 pbx1-1795482900.17"));
}

TEST(Asterisk, RowsOfOneCallAreOneAttemptOfTheirCaller) {
  std::string other_called = kMaster;
  other_called.replace(other_called.find("13800000000"), 11, "13800000001");
  std::string other_caller = kMaster;
  other_caller.replace(other_caller.find("06315550100"), 11, "06315550199");
  const std::string ids = ",\"1795482900.18\",\"\",\"\",\"1795482900.17\",\"3\"\n";
  const ReadResult read = ReadText(kMaster + ids + other_called + ids + other_caller + ids);
  ASSERT_THAT(read.keys, SizeIs(3));
  EXPECT_EQ(read.keys[0], read.keys[1]);
  EXPECT_NE(read.keys[0], read.keys[2]);
}

TEST(Asterisk, CustomLayoutUnderTheSameFileNameIsRecognised) {
  const ReadResult read = ReadText(
      "\"\"\"Li\"\" <06315550100>\",\"06315550100\",\"13800000000\",\"ctx\",\"SIP/tg2-00000001\","
      "\"\",\"Dial\",\"\",\"2026-11-24 09:15:00\",\"\",\"2026-11-24 09:15:30\",\"30\",\"0\","
      "\"BUSY\",\"DOCUMENTATION\",\"\",\"1795482900.17\",\"\"\n");
  EXPECT_THAT(read.cdrs,
              ElementsAre("+866315550100 > +8613800000000 11-24T01:15:00.000 - 11-24T01:15:30.000 "
                          "q17 tg2 1795482900.17"));
}

TEST(Asterisk, NumberComesFromClidWhereSrcHasNone) {
  std::string row = kMaster;
  row.replace(row.find("06315550100"), 11, "");
  EXPECT_THAT(ReadText(row + "\n").cdrs, ElementsAre(HasSubstr("+866315550100 > ")));
}

TEST(Asterisk, NamesThatAreNotUtf8DoNotMatter) {
  std::string row = kMaster;
  row.replace(row.find("Ming"), 4, "\xff\xfe");
  EXPECT_THAT(ReadText(row + "\n").cdrs, SizeIs(1));
}

TEST(Freeswitch, UnansweredCallHasNoAnswer) {
  EXPECT_THAT(ReadText(kFreeswitch).cdrs,
              ElementsAre("+866315550100 > +8613800000000 11-24T01:15:00.000 - 11-24T01:15:20.000 "
                          "q19  3f0c2c2e-0000-4000-8000-000000000001"));
}

TEST(Freeswitch, DamagedTimesAreStillRead) {
  std::string row = kFreeswitch;
  row.replace(row.find("2026-11-24 09:15:00"), 19, "2026/11/24 9:15");
  EXPECT_THAT(ReadText(row).cdrs, ElementsAre(HasSubstr("11-24T01:15:00.000 - ")));
}

TEST(Cucm, TypesRowIsSkippedAndRowsOfOneCallShareTheirKey) {
  const ReadResult read = ReadText(kCucm);
  EXPECT_THAT(read.cdrs,
              ElementsAre("+866315550100 > +8613800000000 11-24T01:15:00.000 11-24T01:15:05.000 "
                          "11-24T01:16:00.000 q16 gw-1 2-4711",
                          "+866315550100 > +8613800000001 11-24T01:16:00.000 - 11-24T01:16:10.000 "
                          "0 gw-1 2-4711"));
  EXPECT_EQ(read.records, 2u);
  EXPECT_EQ(read.keys[0], read.keys[1]);
}

TEST(JsonLines, NumbersAndNullsAreRead) {
  EXPECT_THAT(ReadText(kJson).cdrs,
              ElementsAre("+866315550100 > +8613800000000 11-24T01:15:00.534 - - q17  j1"));
}

TEST(JsonLines, WhatIsNoObjectIsAReject) {
  const std::string good = kJson;
  const ReadResult read =
      ReadText(good + "[1]\n{\"calling\":}\n{\"calling\":[]}\n{} {}\n{\"a\":1\nnull\n{}\n" +
               "{\"calling\":\"\xcd\xfe\"}\n" + good);
  EXPECT_THAT(read.cdrs, SizeIs(2));
  ASSERT_THAT(read.rejects, SizeIs(8));
  for (const size_t i : {0u, 1u, 2u, 3u, 4u, 5u, 7u}) {
    EXPECT_THAT(read.rejects[i], HasSubstr(" json: ")) << i;
  }
  EXPECT_THAT(read.rejects[6], HasSubstr("missing-field"));
}

// simdjson takes what begins with n for null; asking its value then is an error, not an exception.
TEST(JsonLines, WhatOnlyBeginsLikeNullIsAReject) {
  const std::string good = kJson;
  const ReadResult read = ReadText(good + "{\"calling\":nulL}\n{\"cause\":nul" + good);
  EXPECT_THAT(read.cdrs, SizeIs(1));
  ASSERT_THAT(read.rejects, SizeIs(2));
  EXPECT_THAT(read.rejects[0], HasSubstr(" json: "));
  EXPECT_THAT(read.rejects[1], HasSubstr(" json: "));
}

TEST(Columns, NumbersAndNamesMapAnyLayout) {
  const ReadResult by_number =
      ReadText("1795482900|x|10086|10010\n", Columns("setup_time=1,calling=3,called=4", "|"));
  EXPECT_THAT(by_number.cdrs, ElementsAre("10086 > 10010 11-24T01:15:00.000 - - 0  "));
  const ReadResult by_name = ReadText("When\tA-Nr\tB-Nr\n1795482900\t10086\t10010\n",
                                      Columns("setup_time=when, calling=a-nr, called=3", "tab"));
  EXPECT_THAT(by_name.cdrs, ElementsAre("10086 > 10010 11-24T01:15:00.000 - - 0  "))
      << by_name.error;
  EXPECT_EQ(by_name.records, 1u);
}

TEST(Columns, HeaderOfAnUnnamedMappingIsSkippedOnRequest) {
  const std::string text = "t,a,b\n1795482900,10086,10010\n";
  EXPECT_THAT(ReadText(text, Columns("setup_time=1,calling=2,called=3")).rejects, SizeIs(1));
  EXPECT_THAT(ReadText(text, Columns("setup_time=1,calling=2,called=3,header=yes")).rejects,
              IsEmpty());
}

}  // namespace
}  // namespace ringfence
