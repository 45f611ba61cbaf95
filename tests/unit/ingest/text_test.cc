#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ingest/text/byte_stream.h"
#include "ingest/text/delimited_reader.h"
#include "ingest/text/encoding.h"
#include "ingest/text/first_line.h"
#include "ingest/text/record_splitter.h"
#include "tests/unit/ingest/compressed.h"

namespace ringfence {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Numbered(int rows) {
  std::string text;
  for (int i = 0; i < rows; ++i) text += "row," + std::to_string(i) + "\n";
  return text;
}

// All bytes; the error's message is appended after "!".
std::string ReadAll(ByteStream& stream, size_t step = 4096) {
  std::string out;
  std::string buffer(step, '\0');
  for (;;) {
    const auto count = stream.Read(buffer.data(), buffer.size());
    if (!count.ok()) return out + "!" + std::string(count.status().message());
    if (*count == 0) return out;
    out.append(buffer, 0, *count);
  }
}

std::string ReadAll(const std::string& bytes, size_t step = 4096) {
  const auto stream = BytesOf(bytes, "test.cdr");
  return stream.ok() ? ReadAll(**stream, step) : "!" + std::string(stream.status().message());
}

// Gives its text in pieces of a few bytes, then an error.
class FailingStream : public ByteStream {
 public:
  FailingStream(std::string text, size_t piece) : text_(std::move(text)), piece_(piece) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t capacity) override {
    if (read_ == text_.size()) return absl::DataLossError("the disk is gone");
    const size_t count = text_.copy(buffer, std::min(piece_, capacity), read_);
    read_ += count;
    return count;
  }
  uint64_t raw_bytes_read() const override { return read_; }
  std::optional<uint64_t> raw_size() const override { return std::nullopt; }

 private:
  std::string text_;
  size_t piece_;
  size_t read_ = 0;
};

struct Seen {
  std::string text;
  uint64_t line;
  uint64_t offset;
  std::string fault;
};

std::vector<Seen> Records(std::unique_ptr<ByteStream> stream, RecordRules rules = {}) {
  RecordSplitter splitter(std::move(stream), rules);
  std::vector<Seen> seen;
  RawRecord record;
  for (;;) {
    const auto more = splitter.Next(record);
    if (!more.ok()) {
      seen.push_back({std::string(more.status().message()), 0, 0, "error"});
      continue;
    }
    if (!*more) return seen;
    seen.push_back({std::string(record.bytes), record.line, record.offset,
                    record.fault          ? std::string(RejectReasonName(*record.fault))
                    : record.unterminated ? "unterminated"
                                          : ""});
  }
}

std::vector<Seen> Records(const std::string& text, RecordRules rules = {}) {
  return Records(*BytesOf(text), rules);
}

std::vector<std::string> Fields(const std::string& record, char delimiter = ',') {
  FieldSplitter splitter(delimiter);
  std::vector<std::string_view> fields;
  if (!splitter.Split(record, fields)) return {"wrong"};
  return {fields.begin(), fields.end()};
}

TEST(ByteStream, GivesPlainGzipAndZstdAlike) {
  const std::string text = Numbered(50000);
  for (const size_t step : {1u << 20, 4096u, 7u}) {
    EXPECT_EQ(ReadAll(text, step), text);
    EXPECT_EQ(ReadAll(Gzip(text), step), text);
    EXPECT_EQ(ReadAll(Zstd(text), step), text);
  }
}

TEST(ByteStream, ConcatenatedMembersAreOneText) {
  EXPECT_EQ(ReadAll(Gzip("a\n") + Gzip("b\n") + Gzip("")), "a\nb\n");
  EXPECT_EQ(ReadAll(Zstd("a\n") + Zstd("b\n")), "a\nb\n");
}

TEST(ByteStream, ZeroPaddingAfterGzipIsIgnored) {
  EXPECT_EQ(ReadAll(Gzip("a\n") + std::string(512, '\0')), "a\n");
}

TEST(ByteStream, EmptyAndShortInputIsText) {
  EXPECT_EQ(ReadAll(""), "");
  EXPECT_EQ(ReadAll("\x1f"), "\x1f");
  EXPECT_EQ(ReadAll(Gzip("")), "");
}

TEST(ByteStream, CutOffArchiveGivesItsTextThenAnErrorWithThePlace) {
  const std::string text = Numbered(50000);
  for (const std::string& whole : {Gzip(text), Zstd(text)}) {
    for (const size_t size : {whole.size() / 2, whole.size() - 1}) {
      const std::string read = ReadAll(whole.substr(0, size));
      const size_t at = read.find('!');
      ASSERT_NE(at, std::string::npos);
      EXPECT_EQ(read.substr(0, at), text.substr(0, at));
      EXPECT_THAT(read.substr(at), HasSubstr("test.cdr: the file is cut off"));
    }
  }
}

TEST(ByteStream, DamagedArchiveIsAnError) {
  std::string gzip = Gzip(Numbered(50000));
  gzip[gzip.size() / 2] = static_cast<char>(gzip[gzip.size() / 2] ^ 0x55);
  EXPECT_THAT(ReadAll(gzip), HasSubstr("!test.cdr: "));
  EXPECT_THAT(ReadAll(Gzip("a") + "garbage"), HasSubstr("!test.cdr: "));
}

TEST(ByteStream, FilesThatCannotBeReadAreErrorsWithThePath) {
  const auto missing = OpenBytes("/nonexistent/x.csv");
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("/nonexistent/x.csv"));
  EXPECT_EQ(OpenBytes("/tmp").status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(ByteStream, FileKnowsItsSizeAndProgress) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("rf_text_" + std::to_string(getpid()));
  std::ofstream(path) << "hello\n";
  auto stream = OpenBytes(path);
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_EQ((*stream)->raw_size(), 6u);
  EXPECT_LE((*stream)->raw_bytes_read(), 6u);
  EXPECT_EQ(ReadAll(**stream), "hello\n");
  EXPECT_EQ((*stream)->raw_bytes_read(), 6u);
  std::filesystem::remove(path);
}

std::string FirstLineOf(const std::string& text) {
  std::string read;
  return ReadFirstLine(**BytesOf(text), read).value();
}

TEST(FirstLine, IsTheFirstThatIsNotBlank) { EXPECT_EQ(FirstLineOf("\n \r\na,b\nc,d\n"), "a,b"); }

TEST(FirstLine, HasNoByteOrderMark) {
  EXPECT_EQ(FirstLineOf("\xef\xbb\xbf"
                        "a,b\n"),
            "a,b");
  EXPECT_EQ(FirstLineOf("\xef\xbb\xbf"
                        "a,b"),
            "a,b");  // nor at the end of the input
}

TEST(FirstLine, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(FirstLineOf(""), "");
  EXPECT_EQ(FirstLineOf("\n\n"), "");
}

TEST(FirstLine, LosesNothingThatItRead) {
  auto stream = *BytesOf("a,b\nc,d\n");
  std::string read;
  ASSERT_TRUE(ReadFirstLine(*stream, read).ok());
  EXPECT_EQ(ReadAll(*Unread(read, std::move(stream))), "a,b\nc,d\n");
}

TEST(RecordSplitter, LinesEndWithLfOrCrlfAndBlankOnesAreSkipped) {
  const auto seen = Records("a,b\r\n\n  \r\nc,d\n");
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].text, "a,b");
  EXPECT_EQ(seen[1].text, "c,d");
  EXPECT_EQ(seen[1].line, 4u);
  EXPECT_EQ(seen[1].offset, 10u);
}

TEST(RecordSplitter, ByteOrderMarkIsNoPartOfTheFirstRecord) {
  const auto seen = Records(
      "\xef\xbb\xbf"
      "a\nb\n");
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].text, "a");
  EXPECT_EQ(seen[0].offset, 3u);
  EXPECT_EQ(seen[1].offset, 5u);
  EXPECT_TRUE(Records("\xef\xbb\xbf").empty());
}

TEST(RecordSplitter, QuotedLineEndsBelongToTheRecord) {
  const auto seen = Records("a,\"x\ny\r\n,\"\"z\",b\nc\n");
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].text, "a,\"x\ny\r\n,\"\"z\",b");
  EXPECT_EQ(seen[1].text, "c");
  EXPECT_EQ(seen[1].line, 4u);
}

TEST(RecordSplitter, QuotedRecordMayEndWithTheStream) {
  const auto seen = Records("a,\"x\ny\"");
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].text, "a,\"x\ny\"");
  EXPECT_EQ(seen[0].fault, "unterminated");
}

TEST(RecordSplitter, OneStrayQuoteCostsOneLine) {
  const auto seen = Records("\"a,b\nc,d\ne,f\n");
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].fault, "quoting");
  EXPECT_EQ(seen[0].text, "\"a,b");
  EXPECT_EQ(seen[1].text, "c,d");
  EXPECT_EQ(seen[1].fault, "");
}

TEST(RecordSplitter, TextAfterAClosingQuoteIsAFault) {
  const auto seen = Records("\"a\"x,b\nc\n");
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].fault, "quoting");
  EXPECT_EQ(seen[1].text, "c");
}

TEST(RecordSplitter, QuoteInsideAFieldIsAnOrdinaryCharacter) {
  const auto seen = Records("5\" screen,b\nc\n");
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].text, "5\" screen,b");
}

TEST(RecordSplitter, HundredMegabyteLineIsOneFaultAndReadingGoesOn) {
  const size_t length = 100 * 1000 * 1000;
  const auto seen = Records("a\n" + std::string(length, 'x') + "\nb\n");
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[1].fault, "too-long");
  EXPECT_EQ(seen[1].text.size(), 4096u);
  EXPECT_EQ(seen[2].text, "b");
  EXPECT_EQ(seen[2].line, 3u);
  EXPECT_EQ(seen[2].offset, length + 3);
}

TEST(RecordSplitter, LimitIsInclusive) {
  const RecordRules rules = {.delimiter = ',', .quote = '"', .max_bytes = 8};
  const auto seen = Records("12345678\n123456789\n12345678", rules);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].fault, "");
  EXPECT_EQ(seen[1].fault, "too-long");
  EXPECT_EQ(seen[2].fault, "unterminated");
}

TEST(RecordSplitter, OverlongLastLineIsReportedOnce) {
  const RecordRules rules = {.delimiter = ',', .quote = '"', .max_bytes = 8};
  const auto seen = Records("a\n" + std::string(400000, 'x'), rules);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[1].fault, "too-long");
}

TEST(RecordSplitter, PiecesOfAnySizeGiveTheSameRecords) {
  const std::string text = "a,\"x\ny\",b\r\n\"bad\nc,d\n\"e\"\"\nf\"\n";
  const auto whole = Records(text + "\n");
  for (size_t piece = 1; piece < text.size(); ++piece) {
    auto seen = Records(std::make_unique<FailingStream>(text, piece));
    ASSERT_EQ(seen.back().fault, "error");
    seen.pop_back();
    ASSERT_EQ(seen.size(), whole.size());
    for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].text, whole[i].text);
  }
}

TEST(RecordSplitter, ErrorOfTheStreamComesAfterTheRecordsBeforeIt) {
  const auto seen = Records(std::make_unique<FailingStream>("a\nb,179548", 3));
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].text, "a");
  EXPECT_EQ(seen[1].text, "b,179548");
  EXPECT_EQ(seen[1].fault, "truncated");
  EXPECT_EQ(seen[2].text, "the disk is gone");
}

TEST(RecordSplitter, RecordsOfOneSizeAreCountedOffWhateverTheyHold) {
  const auto seen = Records("\xef\xbb\xbf\n\n\n \"\"   x", {.fixed_bytes = 3});
  ASSERT_EQ(seen.size(), 5u);
  EXPECT_EQ(seen[0].text, "\xef\xbb\xbf");
  EXPECT_EQ(seen[1].text, "\n\n\n");
  EXPECT_EQ(seen[2].text, " \"\"");
  EXPECT_EQ(seen[3].text, "   ");
  EXPECT_EQ(seen[4].text, "x");
}

TEST(RecordSplitter, RecordOfOneSizeThatTheStreamFailedInIsAFault) {
  const auto seen = Records(std::make_unique<FailingStream>("aaab", 1), {.fixed_bytes = 3});
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].text, "aaa");
  EXPECT_EQ(seen[1].text, "b");
  EXPECT_EQ(seen[1].fault, "truncated");
  EXPECT_EQ(seen[2].text, "the disk is gone");
}

TEST(FieldSplitter, FieldsAreSplitAndUnquoted) {
  EXPECT_THAT(Fields("a,b,c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Fields("a,,"), ElementsAre("a", "", ""));
  EXPECT_THAT(Fields(""), ElementsAre(""));
  EXPECT_THAT(Fields("\"a,b\",\"say \"\"hi\"\"\",\"\""), ElementsAre("a,b", "say \"hi\"", ""));
  EXPECT_THAT(Fields("\"\"\"\",\"\"\"x\"\"\""), ElementsAre("\"", "\"x\""));
  EXPECT_THAT(Fields("a|\"b|c\"", '|'), ElementsAre("a", "b|c"));
  EXPECT_THAT(Fields("\"a\","), ElementsAre("a", ""));
  EXPECT_THAT(Fields("a\"b,c"), ElementsAre("a\"b", "c"));
}

TEST(FieldSplitter, WrongQuotesAreRefused) {
  for (const char* record : {"\"a", "\"a\"b", "\"a\"\"", "a,\"b\" ,c", "\""}) {
    EXPECT_THAT(Fields(record), ElementsAre("wrong")) << record;
  }
}

TEST(DelimitedReader, GivesRowsWithPlaces) {
  DelimitedReader reader(
      *BytesOf("\xef\xbb\xbf"
               "h1,h2\r\n\"a\nb\",c\n\"x\"y\nd,e"));
  Row row;
  ASSERT_TRUE(*reader.Next(row));
  EXPECT_THAT(row.fields, ElementsAre("h1", "h2"));
  ASSERT_TRUE(*reader.Next(row));
  EXPECT_THAT(row.fields, ElementsAre("a\nb", "c"));
  EXPECT_EQ(row.line, 2u);
  ASSERT_TRUE(*reader.Next(row));
  EXPECT_EQ(row.fault, RejectReason::kQuoting);
  EXPECT_EQ(row.line, 4u);
  ASSERT_TRUE(*reader.Next(row));
  EXPECT_THAT(row.fields, ElementsAre("d", "e"));
  EXPECT_FALSE(*reader.Next(row));
  EXPECT_FALSE(*reader.Next(row));
}

TEST(Encoding, Utf8IsCheckedStrictly) {
  EXPECT_TRUE(IsUtf8("威海 ok"));
  EXPECT_TRUE(IsUtf8("\xf0\x9f\x93\x9e"));
  for (const char* text : {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff",
                           "\xe5\xa8", "\x80"}) {
    EXPECT_FALSE(IsUtf8(text));
  }
}

TEST(Encoding, GbkBecomesUtf8) {
  EXPECT_EQ(*ToUtf8("\xcd\xfe\xba\xa3"), "威海");
  EXPECT_EQ(*ToUtf8("威海"), "威海");
  EXPECT_EQ(ToUtf8("\xff\xff").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Encoding, CsvFieldsAreQuotedWhenNeeded) {
  const std::vector<std::string_view> row = {"a", "b,c", "say \"hi\"", "x\ny", ""};
  std::string out;
  AppendCsvRow(out, row);
  EXPECT_EQ(out, "a,\"b,c\",\"say \"\"hi\"\"\",\"x\ny\",\n");
}

TEST(Encoding, JsonStringsAreEscaped) {
  std::string out;
  AppendJsonString(out, std::string_view("a\"\\\n\x01"
                                         "威\0",
                                         9));
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\u0001威\\u0000\"");
}

}  // namespace
}  // namespace ringfence
