// Binary records: what is written, what is read, and what is refused.
#include <cstring>
#include <limits>
#include <string>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ingest/binary_record.h"
#include "tests/unit/ingest/compressed.h"
#include "tests/unit/ingest/read_text.h"

namespace ringfence {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr size_t kSampleBytes = 96;
constexpr char kSampleShown[] =
    "+866315550100 > +8613800000000 11-24T01:15:00.123 11-24T01:15:04.500 11-24T01:16:00.000 q16 "
    "tg1 c-1";

Cdr SampleCall() {
  constexpr int64_t kSecond = 1'000'000;
  constexpr int64_t kSetup = 1'795'482'900 * kSecond;
  Cdr cdr;
  cdr.calling = CallingNumber(*PhoneNumber::International("866315550100"));
  cdr.called = CalledNumber(*PhoneNumber::International("8613800000000"));
  cdr.setup = FromUnixMicros(kSetup + 123'000);
  cdr.answer = FromUnixMicros(kSetup + 4'500'000);
  cdr.release = FromUnixMicros(kSetup + 60 * kSecond);
  cdr.cause = {Cause::Scheme::kQ850, 16};
  cdr.trunk.Assign("tg1");
  cdr.record_id.Assign("c-1");
  return cdr;
}

std::string RecordOf(const Cdr& cdr, size_t bytes = kSampleBytes) {
  std::string record;
  const absl::Status appended = AppendBinaryRecord(cdr, bytes, record);
  EXPECT_TRUE(appended.ok()) << appended;
  return record;
}

ReadResult ReadRecords(const std::string& records, size_t bytes = kSampleBytes) {
  return ReadText(BinaryHeaderRecord(bytes) + records);
}

// The sample with other bytes at a place.
template <typename Integer>
std::string With(size_t at, Integer value) {
  std::string record = RecordOf(SampleCall());
  std::memcpy(record.data() + at, &value, sizeof(value));
  return record;
}

// The one reject that a record gives.
std::string RejectOfBinary(const std::string& record) {
  const ReadResult read = ReadRecords(record);
  EXPECT_THAT(read.rejects, SizeIs(1)) << read.error;
  EXPECT_THAT(read.cdrs, IsEmpty());
  EXPECT_EQ(read.records, 1u);
  return read.rejects.empty() ? "" : read.rejects[0];
}

TEST(BinaryRecord, GivesTheCallBackThatItWasMadeFrom) {
  const ReadResult read = ReadRecords(RecordOf(SampleCall()));
  EXPECT_THAT(read.cdrs, ElementsAre(kSampleShown));
  EXPECT_THAT(read.rejects, IsEmpty());
}

TEST(BinaryRecord, IsByteForByteAsDocumented) {
  const std::string hex =
      "943d6eb4c9000000003a7d8ed5070000784d7670fb6006002017b970fb60060000f40774fb600600"
      "1000010003000300632d317467310000";
  EXPECT_EQ(absl::BytesToHexString(RecordOf(SampleCall())), hex + std::string(80, '0'));
}

TEST(BinaryRecord, HasTheKeyOfTheSameCallAsText) {
  const ReadResult text = ReadText(
      "record_id,calling,called,setup_time,release_time,trunk\n"
      "c-1,+866315550100,13800000000,1795482900.123,1795482960,tg1\n"
      ",+866315550100,13800000000,1795482900.123,1795482960,tg1\n");
  Cdr cdr = SampleCall();
  std::string records = RecordOf(cdr);
  cdr.record_id.Assign("");
  records += RecordOf(cdr);
  EXPECT_EQ(ReadRecords(records).keys, text.keys);
}

TEST(BinaryRecord, TimesThatAreMissingAreNone) {
  Cdr cdr = SampleCall();
  cdr.answer.reset();
  cdr.release.reset();
  cdr.cause = {};
  EXPECT_THAT(ReadRecords(RecordOf(cdr)).cdrs,
              ElementsAre("+866315550100 > +8613800000000 11-24T01:15:00.123 - - 0 tg1 c-1"));
}

TEST(BinaryRecord, LongIdIsCutAndKeepsItsKey) {
  Cdr cdr = SampleCall();
  cdr.record_id.Assign(std::string(200, 'i'));
  const ReadResult read = ReadRecords(RecordOf(cdr));
  ASSERT_THAT(read.cdrs, SizeIs(1)) << read.rejects[0];
  EXPECT_THAT(read.cdrs[0], testing::EndsWith("q16 tg1 " + std::string(29, 'i')));
  EXPECT_EQ(read.keys[0], KeyOfId(cdr.record_id.value(), nullptr));
}

TEST(BinaryRecord, LongIdIsCutBetweenCharacters) {
  Cdr cdr = SampleCall();
  cdr.trunk.Assign("");
  cdr.record_id.Assign(std::string(31, 'i') + "呼叫呼叫呼叫");
  const ReadResult read = ReadRecords(RecordOf(cdr));
  ASSERT_THAT(read.cdrs, SizeIs(1));
  EXPECT_THAT(read.cdrs[0], testing::EndsWith(" " + std::string(31, 'i')));
}

TEST(BinaryRecord, IdentityOfIdAndCallerIsKept) {
  Cdr cdr = SampleCall();
  cdr.key = KeyOfId("c-1", &cdr.calling);
  EXPECT_THAT(ReadRecords(RecordOf(cdr)).keys, ElementsAre(cdr.key));
}

TEST(BinaryRecord, KeyOfNoFieldStandsInTheRecord) {
  Cdr cdr = SampleCall();
  cdr.key = {1, 2};  // of the id in GBK, say
  const ReadResult read = ReadRecords(RecordOf(cdr));
  EXPECT_THAT(read.cdrs, ElementsAre(kSampleShown));
  EXPECT_THAT(read.keys, ElementsAre(cdr.key));
}

TEST(BinaryRecord, TrunkThatDoesNotFitIsRefusedWithTheSizeThatItNeeds) {
  Cdr cdr = SampleCall();
  cdr.trunk.Assign(std::string(50, 't'));
  std::string out = "before";
  const absl::Status refused = AppendBinaryRecord(cdr, kSampleBytes, out);
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(out, "before");
  EXPECT_THAT(refused.message(), HasSubstr("take records of 128 bytes"));
  EXPECT_TRUE(AppendBinaryRecord(cdr, 128, out).ok());
  cdr.trunk.Assign(std::string(500, 't'));
  EXPECT_THAT(AppendBinaryRecord(cdr, 128, out).message(), HasSubstr("as text"));
}

TEST(BinaryRecord, WhatIsNoValidCallIsNotWritten) {
  const auto refused = [](auto change) {
    Cdr cdr = SampleCall();
    change(cdr);
    std::string out;
    return !AppendBinaryRecord(cdr, kSampleBytes, out).ok() && out.empty();
  };
  EXPECT_TRUE(refused([](Cdr& cdr) { cdr.calling = {}; }));
  EXPECT_TRUE(refused([](Cdr& cdr) { cdr.called = {}; }));
  EXPECT_TRUE(refused([](Cdr& cdr) { cdr.answer = cdr.setup - Duration(1); }));
  EXPECT_TRUE(refused([](Cdr& cdr) { cdr.release = cdr.setup; }));
  EXPECT_TRUE(refused([](Cdr& cdr) { cdr.cause = {Cause::Scheme::kSip, 100}; }));
  EXPECT_TRUE(refused([](Cdr& cdr) { cdr.trunk.Assign(std::string(1, '\0')); }));
}

TEST(BinaryDecoder, EachFaultHasItsReason) {
  using namespace binary;
  EXPECT_THAT(RejectOfBinary(With<uint64_t>(kCallingAt, 0)),
              "2 missing-field: the calling number is empty");
  EXPECT_THAT(RejectOfBinary(With<uint64_t>(kCalledAt, 0)),
              "2 missing-field: the called number is empty");
  EXPECT_THAT(RejectOfBinary(With<int64_t>(kSetupAt, kNoTime)),
              "2 missing-field: the setup time is empty");
  EXPECT_THAT(RejectOfBinary(With<uint64_t>(kCallingAt, 8'610'086)),
              "2 calling-number: calling '+8610086' is no number in its one form");
  EXPECT_THAT(RejectOfBinary(With<uint64_t>(kCalledAt, 1'000'000'000'000'000)),
              "2 called-number: called '1000000000000000' is no packed number");
  EXPECT_THAT(RejectOfBinary(With<int64_t>(kSetupAt, 1)),
              HasSubstr("implausible-time: setup_time '1970-01-01T08:00:00.000+08:00' is "
                        "before 2000-01-01"));
  EXPECT_THAT(RejectOfBinary(With<int64_t>(kReleaseAt, 4'000'000'000'000'000)),
              HasSubstr("implausible-time: release_time"));
  EXPECT_THAT(RejectOfBinary(With<int64_t>(kAnswerAt, 1'795'482'890'500'000)),
              HasSubstr("time-order: answer_time"));
  EXPECT_THAT(RejectOfBinary(With<uint16_t>(kCauseAt, 128)),
              "2 cause: cause 128 of scheme 1 is not defined");
  EXPECT_THAT(RejectOfBinary(With<uint8_t>(kSchemeAt, 0)), HasSubstr("cause 16 of scheme 0"));
  EXPECT_THAT(RejectOfBinary(With<uint8_t>(kSchemeAt, 3)), HasSubstr("cause 16 of scheme 3"));
  EXPECT_THAT(RejectOfBinary(With<uint8_t>(kKindAt, 4)),
              HasSubstr("layout: a record of an unknown"));
  EXPECT_THAT(RejectOfBinary(With<uint16_t>(kIdBytesAt, 46)),
              "2 layout: id and trunk are longer than the record");
  EXPECT_THAT(RejectOfBinary(With<uint16_t>(kTrunkBytesAt, 2)),
              "2 layout: behind id and trunk are not zeros");
  EXPECT_THAT(RejectOfBinary(With<uint8_t>(kSampleBytes - 1, 1)),
              HasSubstr("layout: behind id and trunk"));
  EXPECT_THAT(RejectOfBinary(With<uint8_t>(kTextAt, 7)), HasSubstr("binary: "));
}

TEST(BinaryDecoder, EmptyKeyIsRefused) {
  Cdr cdr = SampleCall();
  cdr.key = {1, 2};
  std::string record = RecordOf(cdr);
  record.replace(binary::kTextAt, 16, 16, '\0');
  EXPECT_EQ(RejectOfBinary(record), "2 layout: the key is empty");
}

TEST(BinaryDecoder, ExtremeTimesAreRefusedNotComputedWith) {
  for (const int64_t time : {std::numeric_limits<int64_t>::max(), binary::kNoTime + 1}) {
    for (const size_t at : {binary::kSetupAt, binary::kAnswerAt, binary::kReleaseAt}) {
      EXPECT_THAT(RejectOfBinary(With<int64_t>(at, time)), HasSubstr("implausible-time"));
    }
  }
}

TEST(BinaryDecoder, WholeSecondsMayLagBehindFractionsAsInText) {
  const ReadResult read =
      ReadRecords(With<int64_t>(binary::kAnswerAt, int64_t{1'795'482'900} * 1'000'000));
  ASSERT_THAT(read.cdrs, SizeIs(1));
  EXPECT_THAT(read.cdrs[0], HasSubstr("01:15:00.123 11-24T01:15:00.123"));
}

TEST(BinaryDecoder, IdInGbkIsShownAsText) {
  std::string record = RecordOf(SampleCall());
  record.replace(binary::kTextAt, 6, "\xba\xf4\xbd\xd0gg");  // 呼叫
  record[binary::kIdBytesAt] = 4;
  record[binary::kTrunkBytesAt] = 2;
  const ReadResult read = ReadRecords(record);
  ASSERT_THAT(read.cdrs, SizeIs(1));
  EXPECT_THAT(read.cdrs[0], testing::EndsWith("gg 呼叫"));
  EXPECT_EQ(read.keys[0], KeyOfId("\xba\xf4\xbd\xd0", nullptr));
}

TEST(BinaryDecoder, UnreadRecordIsARejectWithItsReasonBytesAndLength) {
  std::string record;
  AppendUnreadRecord(RejectReason::kCalledNumber, "r,10086,alice", 13, kSampleBytes, record);
  const ReadResult read = ReadRecords(record);
  EXPECT_THAT(read.rejects, ElementsAre("2 called-number: the sender could not read it: the called "
                                        "number can't be normalised"));
  EXPECT_EQ(read.raw_rejects[0].length, 13u);
  EXPECT_FALSE(read.raw_rejects[0].binary);
}

TEST(BinaryDecoder, UnreadRecordKeepsWhatThereIsRoomForAndTheWholeLength) {
  std::string record;
  AppendUnreadRecord(RejectReason::kTooLong, std::string(4'096, 'x'), 70'000, kSampleBytes, record);
  EXPECT_EQ(record.size(), kSampleBytes);
  const ReadResult read = ReadRecords(record);
  EXPECT_THAT(read.rejects, ElementsAre(HasSubstr("2 too-long: ")));
  EXPECT_EQ(read.raw_rejects[0].length, 70'000u);
}

TEST(BinaryDecoder, UnreadRecordThatIsNotBuiltSoIsRefused) {
  std::string record;
  AppendUnreadRecord(RejectReason::kPoison, "r", 1, kSampleBytes, record);
  EXPECT_THAT(RejectOfBinary(record), HasSubstr("layout"));
  record.clear();
  AppendUnreadRecord(RejectReason::kTime, "r", 1, kSampleBytes, record);
  record[binary::kSetupAt] = 1;
  EXPECT_THAT(RejectOfBinary(record), HasSubstr("layout"));
}

TEST(BinaryFile, IsRecognisedByItsHeaderAndRejectsSayWhereTheyStand) {
  const ReadResult read = ReadRecords(RecordOf(SampleCall()) + With<uint16_t>(binary::kCauseAt, 0));
  EXPECT_THAT(read.cdrs, ElementsAre(kSampleShown));
  EXPECT_THAT(read.rejects, ElementsAre(HasSubstr("3 cause")));
  EXPECT_EQ(read.raw_rejects[0].offset, 2 * kSampleBytes);
  EXPECT_EQ(read.raw_rejects[0].length, kSampleBytes);
  EXPECT_TRUE(read.raw_rejects[0].binary);
}

TEST(BinaryFile, MayBeJoinedCompressedAndHoldLineEndsAnywhere) {
  std::string text;
  for (int i = 0; i < 10; ++i) {
    Cdr cdr = SampleCall();
    cdr.setup = FromUnixMicros(1'795'482'900'000'000 + 0x0A0A0A + i);
    cdr.record_id.Assign("\n");
    text += BinaryHeaderRecord(kSampleBytes) + RecordOf(cdr);
  }
  for (const std::string& bytes : {text, Gzip(text)}) {
    const ReadResult read = ReadText(bytes);
    EXPECT_THAT(read.cdrs, SizeIs(10)) << read.error;
    EXPECT_EQ(read.records, 10u);
  }
}

TEST(BinaryFile, GoesOnAtAPosition) {
  std::string records;
  for (size_t i = 0; i < FileSource::kBatchRecords + 10; ++i) {
    Cdr cdr = SampleCall();
    cdr.record_id.Assign(std::to_string(i));
    records += i % 100 == 0 ? std::string(kSampleBytes, '\0') : RecordOf(cdr);
  }
  const std::string text = BinaryHeaderRecord(kSampleBytes) + records;
  ReadResult result;
  KeepingSink sink(result);
  const auto open = [&](const std::string& bytes) {
    return FileSource::Over(*RecordFile::Over(*BytesOf(bytes), "test.cdr", {}), TestOptions(), sink)
        .value();
  };
  const auto first = open(text);
  CdrBatch batch;
  ASSERT_TRUE(*first->Next(batch));
  const auto again = open(text);
  ASSERT_TRUE(*again->Skip(first->position()));
  ASSERT_TRUE(*again->Next(batch));
  EXPECT_EQ(batch.cdrs.size(), 9u);  // and a reject
  EXPECT_EQ(batch.cdrs[0].record_id.value(), std::to_string(FileSource::kBatchRecords));
  std::string other = text;
  other[3 * kSampleBytes - 1] = 'x';
  EXPECT_FALSE(*open(other)->Skip(first->position()));
}

TEST(BinaryFile, CutRecordAtTheEndIsTruncated) {
  const std::string record = RecordOf(SampleCall());
  const ReadResult read = ReadRecords(record + record.substr(0, kSampleBytes - 1));
  EXPECT_THAT(read.cdrs, SizeIs(1));
  EXPECT_THAT(read.rejects, ElementsAre("3 truncated: the input ends inside the record"));
}

TEST(BinaryFile, RecordsThatBeginLikeAByteOrderMarkAreNotMoved) {
  std::string record = RecordOf(SampleCall());
  record.replace(0, 3, "\xef\xbb\xbf");
  const ReadResult read = ReadRecords(record + RecordOf(SampleCall()));
  EXPECT_THAT(read.cdrs, ElementsAre(kSampleShown));
  EXPECT_THAT(read.rejects, SizeIs(1));
}

TEST(BinaryFile, OfAVersionOrSizeNotKnownHereIsNamed) {
  for (const char* header : {"ringfence-binary 2 128", "ringfence-binary 1 100",
                             "ringfence-binary 1 0128", "ringfence-binary 1 64",
                             "ringfence-binary 1 99999999999999999999", "ringfence-binary 1 "}) {
    const ReadResult read = ReadText(std::string(header) + "\n" + std::string(500, '\0'));
    EXPECT_THAT(read.error, HasSubstr("needs a header such as 'ringfence-binary 1 128'")) << header;
  }
}

TEST(BinaryFile, WithoutItsHeaderIsNotRead) {
  const std::string record = RecordOf(SampleCall());
  EXPECT_THAT(ReadText(record).error, HasSubstr("the input is binary"));
  EXPECT_THAT(ReadText(record, {.format = "binary"}).error, HasSubstr("the input is binary"));
}

}  // namespace
}  // namespace ringfence
