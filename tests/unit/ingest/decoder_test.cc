// What the decoder promises whatever the layout: validity, rejects, keys, bad input.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/ingest/compressed.h"
#include "tests/unit/ingest/read_text.h"

namespace ringfence {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kHeader[] =
    "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk\n";
constexpr char kRow[] = "r1,06315550100,13800000000,1795482900.5,1795482905,1795482960,16,tg1\n";
constexpr char kShown[] =
    "+866315550100 > +8613800000000 11-24T01:15:00.500 11-24T01:15:05.000 11-24T01:16:00.000 q16 "
    "tg1 r1";

// The one reject that a row gives.
std::string RejectOf(const std::string& row) {
  const ReadResult read = ReadText(std::string(kHeader) + row + "\n");
  EXPECT_THAT(read.rejects, SizeIs(1)) << row << ' ' << read.error;
  EXPECT_THAT(read.cdrs, IsEmpty()) << row;
  EXPECT_EQ(read.records, 1u) << row;
  return read.rejects.empty() ? "" : read.rejects[0];
}

TEST(CdrDecoder, ValidRecordBecomesACdr) {
  const ReadResult read = ReadText(std::string(kHeader) + kRow);
  EXPECT_THAT(read.cdrs, ElementsAre(kShown));
  EXPECT_THAT(read.rejects, IsEmpty());
  EXPECT_EQ(read.records, 1u);
}

TEST(CdrDecoder, EachFaultHasItsReason) {
  EXPECT_THAT(RejectOf("r,9.12678E+11,13800000000,1795482900,,,,"),
              "2 calling-number: calling '9.12678E+11' looks like a spreadsheet's number; its last "
              "digits are lost");
  EXPECT_THAT(RejectOf("r,,13800000000,1795482900,,,,"), HasSubstr("2 missing-field: the calling"));
  EXPECT_THAT(RejectOf("r,10086,,1795482900,,,,"), HasSubstr("missing-field: the called"));
  EXPECT_THAT(RejectOf("r,10086,10010,,,,,"), HasSubstr("missing-field: the setup"));
  EXPECT_THAT(RejectOf("r,10086,alice,1795482900,,,,"), HasSubstr("called-number"));
  EXPECT_THAT(RejectOf("r,anonymous,10010,1795482900,,,,"), HasSubstr("is withheld"));
  EXPECT_THAT(RejectOf("r,10086,10010,2026-13-01 00:00:00,,,,"), HasSubstr("time: setup_time"));
  EXPECT_THAT(RejectOf("r,10086,10010,2026-11-24 25:00:00,,,,"), HasSubstr("hour"));
  EXPECT_THAT(RejectOf("r,10086,10010,1795482900,,,999,"), HasSubstr("cause: cause '999'"));
  EXPECT_THAT(RejectOf("r,10086,10010,1795482900,,,ok,"), HasSubstr("cause"));
  EXPECT_THAT(RejectOf("r,10086,10010,1795482900,,,,,extra"), HasSubstr("columns: has 9"));
  EXPECT_THAT(RejectOf("r,10086"), HasSubstr("columns: has 2"));
  EXPECT_THAT(RejectOf("r,\"10086\"x,10010,1795482900"), HasSubstr("quoting"));
  EXPECT_THAT(RejectOf(std::string("r,100\0", 6) + "86,10010,1795482900"), HasSubstr("binary"));
}

TEST(CdrDecoder, TimesOf1970And2099AreImplausible) {
  EXPECT_THAT(RejectOf("r,10086,10010,0,,,,"),
              HasSubstr("implausible-time: setup_time '0' is before 2000-01-01"));
  EXPECT_THAT(RejectOf("r,10086,10010,1970-01-02T00:00:00Z,,,,"), HasSubstr("implausible-time"));
  EXPECT_THAT(RejectOf("r,10086,10010,2099-01-01 00:00:00,,,,"), HasSubstr("is after 2030"));
  EXPECT_THAT(RejectOf("r,10086,10010,1795482900,,2099-01-01 00:00:00,,"),
              HasSubstr("implausible-time: release_time"));
}

TEST(CdrDecoder, BoundsOfPlausibleTimeAreInclusive) {
  const std::string row = ",10086,10010,";
  const ReadResult read = ReadText(kHeader + row + "2000-01-01T00:00:00Z,,,,\n" + row +
                                   "1900000000,,,,\n" + row + "1900000000.000001,,,,\n");
  EXPECT_THAT(read.cdrs, SizeIs(2));
  EXPECT_THAT(read.rejects, SizeIs(1));
}

TEST(CdrDecoder, TimesOutOfOrderAreRejected) {
  EXPECT_THAT(RejectOf("r,10086,10010,1795482900,1795482890,,,"), HasSubstr("time-order: answer"));
  EXPECT_THAT(RejectOf("r,10086,10010,1795482900,,1795482890,,"), HasSubstr("time-order: release"));
  EXPECT_THAT(RejectOf("r,10086,10010,1795482900.5,1795482900.25,,,"), HasSubstr("time-order"));
}

TEST(CdrDecoder, WholeSecondsMayLagBehindFractions) {
  const ReadResult read =
      ReadText(std::string(kHeader) + "r,10086,10010,1795482900,1795482901.527,1795482901,,\n");
  EXPECT_THAT(read.cdrs, ElementsAre(HasSubstr("01:15:01.527 11-24T01:15:01.527")));
}

TEST(CdrDecoder, MissingOptionalTrailingColumnsAreEmpty) {
  const ReadResult read = ReadText(std::string(kHeader) + "r,10086,10010,1795482900\n");
  EXPECT_THAT(read.cdrs, ElementsAre("10086 > 10010 11-24T01:15:00.000 - - 0  r"));
}

TEST(CdrDecoder, CauseZeroIsNone) {
  const ReadResult read = ReadText(std::string(kHeader) + "r,10086,10010,1795482900,,,0,\n" +
                                   "r,10086,10010,1795482900,,,603,\n");
  EXPECT_THAT(read.cdrs, ElementsAre(HasSubstr(" - - 0 "), HasSubstr(" sip603 ")));
}

TEST(CdrDecoder, LastRecordWithoutLineEndIsReadWhenWhole) {
  std::string text = std::string(kHeader) + kRow;
  text.pop_back();
  EXPECT_THAT(ReadText(text).cdrs, ElementsAre(kShown));
}

// The file is cut at every byte of its second row: never a wrong number or time.
TEST(CdrDecoder, CutOffLastRecordIsARejectOrWhole) {
  const std::string text = std::string(kHeader) + kRow + kRow;
  const size_t second = sizeof(kHeader) - 1 + sizeof(kRow) - 1;
  for (size_t size = second + 1; size < text.size(); ++size) {
    const ReadResult read = ReadText(text.substr(0, size));
    ASSERT_EQ(read.cdrs.size() + read.rejects.size(), 2u) << size;
    if (!read.rejects.empty()) {
      EXPECT_THAT(read.rejects[0], HasSubstr("3 truncated")) << size;
    } else {
      EXPECT_GE(size, text.rfind(',') + 1) << "only the trunk may be cut";
    }
  }
}

TEST(CdrDecoder, RepeatedHeaderIsNoRecord) {
  const ReadResult read = ReadText(std::string(kHeader) + kRow + kHeader + kRow);
  EXPECT_THAT(read.cdrs, SizeIs(2));
  EXPECT_EQ(read.records, 2u);
  EXPECT_THAT(read.rejects, IsEmpty());
}

TEST(CdrDecoder, SameIdIsTheSameKeyWhateverElseDiffers) {
  const ReadResult read = ReadText(std::string(kHeader) + "r,10086,10010,1795482900,,,,\n" +
                                   "r,10086,10010,1795482905,,,,x\ns,10086,10010,1795482900,,,,\n");
  ASSERT_THAT(read.keys, SizeIs(3));
  EXPECT_EQ(read.keys[0], read.keys[1]);
  EXPECT_NE(read.keys[0], read.keys[2]);
}

TEST(CdrDecoder, WithoutAnIdTheFiveFieldsAreTheKey) {
  const std::string base = ",10086,10010,1795482900,,1795482990,16,t\n";
  const ReadResult read = ReadText(
      kHeader + base + ",+8610086,10010,2026-11-24T01:15:00Z,1795482950,1795482990,17,t\n" +
      ",10000,10010,1795482900,,1795482990,16,t\n" + ",10086,10011,1795482900,,1795482990,16,t\n" +
      ",10086,10010,1795482901,,1795482990,16,t\n" + ",10086,10010,1795482900,,1795482991,16,t\n" +
      ",10086,10010,1795482900,,1795482990,16,u\n");
  ASSERT_THAT(read.keys, SizeIs(7)) << testing::PrintToString(read.rejects);
  EXPECT_EQ(read.keys[0], read.keys[1]) << "answer and cause are no part of it";
  for (size_t i = 2; i < read.keys.size(); ++i) EXPECT_NE(read.keys[0], read.keys[i]) << i;
}

TEST(CdrDecoder, GbkTextBecomesUtf8) {
  const ReadResult read =
      ReadText(std::string(kHeader) + "r,10086,10010,1795482900,,,,\xcd\xfe\xba\xa3\n");
  EXPECT_THAT(read.cdrs, ElementsAre(HasSubstr(" 威海 r")));
}

TEST(CdrDecoder, RejectNamesSourceOffsetAndLine) {
  const ReadResult read = ReadText(std::string(kHeader) + kRow + "bad\n" + kRow);
  ASSERT_THAT(read.raw_rejects, SizeIs(1));
  EXPECT_EQ(read.sources[0], "test.cdr");
  EXPECT_EQ(read.raw_rejects[0].line, 3u);
  EXPECT_EQ(read.raw_rejects[0].offset, sizeof(kHeader) - 1 + sizeof(kRow) - 1);
  EXPECT_THAT(read.cdrs, SizeIs(2));
}

TEST(FileSource, HundredMegabyteLineIsOneReject) {
  const ReadResult read =
      ReadText(std::string(kHeader) + kRow + std::string(100'000'000, '7') + "\n" + kRow);
  EXPECT_THAT(read.cdrs, ElementsAre(kShown, kShown));
  EXPECT_THAT(read.rejects, ElementsAre(HasSubstr("3 too-long")));
  EXPECT_EQ(read.raw_rejects[0].length, 100'000'000u);
  EXPECT_EQ(read.records, 3u);
}

TEST(FileSource, TruncatedGzipGivesItsRecordsARejectAndAnError) {
  std::string text = kHeader;
  for (int i = 0; i < 5000; ++i) {
    text += "r" + std::to_string(i * 7919) + ",06315550100,13800000000,1795482900,,,16,tg1\n";
  }
  const std::string gzip = Gzip(text);
  const ReadResult read = ReadText(gzip.substr(0, gzip.size() / 2));
  EXPECT_GT(read.cdrs.size(), 1000u);
  EXPECT_LT(read.cdrs.size(), 5000u);
  ASSERT_LE(read.rejects.size(), 1u);
  EXPECT_EQ(read.records, read.cdrs.size() + read.rejects.size());
  EXPECT_THAT(read.error, HasSubstr("test.cdr: the file is cut off"));
}

TEST(FileSource, GzipAndZstdReadAsThePlainFileDoes) {
  const std::string text = std::string(kHeader) + kRow;
  EXPECT_THAT(ReadText(Gzip(text)).cdrs, ElementsAre(kShown));
  EXPECT_THAT(ReadText(Zstd(text)).cdrs, ElementsAre(kShown));
}

TEST(FileSource, EmptyInputHasNoRecordsAndIsNoError) {
  for (const char* text : {"", "\n\n", "\xef\xbb\xbf"}) {
    const ReadResult read = ReadText(text);
    EXPECT_EQ(read.error, "") << text;
    EXPECT_EQ(read.records, 0u);
  }
}

TEST(FileSource, BinaryInputIsAClearError) {
  const ReadResult read =
      ReadText(std::string("\x7f"
                           "ELF\x02\x01\x01\0\0\0\0\0\x03\0>\0",
                           16));
  EXPECT_THAT(read.error, HasSubstr("test.cdr: the input is binary"));
}

TEST(FileSource, BinaryInputInANamedFormatIsRejects) {
  std::string bytes;
  for (int i = 0; i < 100000; ++i) bytes.push_back(static_cast<char>(i * 7919 >> 3));
  LayoutChoice choice;
  choice.format = "asterisk";
  const ReadResult read = ReadText(bytes, choice);
  EXPECT_THAT(read.cdrs, IsEmpty());
  EXPECT_EQ(read.records, read.rejects.size());
}

// After the first batches the strings of a batch are used again where they are.
TEST(FileSource, BatchMemoryIsUsedAgain) {
  std::string text = kHeader;
  for (int i = 0; i < 10000; ++i) {
    text += "a-rather-long-record-id-" + std::to_string(i) + ",10086,10010,1795482900,,,,\n";
  }
  ReadResult result;
  KeepingSink sink(result);
  auto source = *FileSource::Over(*RecordFile::Over(*BytesOf(text), "t", {}), TestOptions(), sink);
  CdrBatch batch;
  ASSERT_TRUE(*source->Next(batch));
  const Cdr* first = batch.cdrs.data();
  const char* id = batch.cdrs[7].record_id.value().data();
  ASSERT_TRUE(*source->Next(batch));
  EXPECT_EQ(batch.cdrs.data(), first);
  EXPECT_EQ(batch.cdrs[7].record_id.value().data(), id);
  EXPECT_EQ(batch.end.record, 2 * FileSource::kBatchRecords);
}

TEST(FileSet, UnreadableFileAmongGoodOnesIsNotedAndSkipped) {
  const std::string good = testing::TempDir() + "rf_good_" + std::to_string(getpid()) + ".csv";
  const std::string cut = testing::TempDir() + "rf_cut_" + std::to_string(getpid()) + ".csv.gz";
  const std::string text = std::string(kHeader) + kRow;
  const std::string gzip = Gzip(text);
  for (const auto& [path, bytes] :
       {std::pair(good, text), std::pair(cut, gzip.substr(0, gzip.size() - 4))}) {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    std::fwrite(bytes.data(), 1, bytes.size(), file);
    std::fclose(file);
  }
  ReadResult result;
  KeepingSink sink(result);
  FileSet files({good, "/nonexistent.csv", cut, testing::TempDir(), good}, {}, TestOptions(), sink);
  ReadSource(files, result);
  EXPECT_EQ(result.error, "");
  EXPECT_THAT(result.cdrs, ElementsAre(kShown, kShown, kShown));
  EXPECT_EQ(files.records_read(), 3u);
  ASSERT_THAT(files.errors(), SizeIs(3));
  EXPECT_THAT(std::string(files.errors()[0].message()), HasSubstr("/nonexistent.csv"));
  EXPECT_THAT(std::string(files.errors()[1].message()), HasSubstr("cut off"));
  EXPECT_THAT(std::string(files.errors()[2].message()), HasSubstr("is a directory"));
  EXPECT_EQ(files.progress().bytes, 2 * text.size() + gzip.size() - 4);
  std::remove(good.c_str());
  std::remove(cut.c_str());
}

}  // namespace
}  // namespace ringfence
