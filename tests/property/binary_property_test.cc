// Binary records against the text that they were made from: the same CDRs, keys and rejects. And
// the ways to read a file of them against each other.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "ingest/binary_record.h"
#include "ingest/client/binary_translator.h"
#include "tests/property/cdr_rows.h"

namespace ringfence {
namespace {

struct Shape {
  const char* format;
  const char* header;
  std::string (Rows::*row)();
};

const Shape kShapes[] = {
    {"canonical", "record_id,calling,called,setup_time,answer_time,release_time,cause,trunk",
     &Rows::Canonical},
    {"kamailio-flatstore", "", &Rows::Flatstore},
    {"asterisk", "", &Rows::Asterisk},
};

class BinaryRecords : public ReadersAgree {
 protected:
  static constexpr size_t kBytes = 512;

  // As Seen, without what the text's place and bytes are.
  struct Reading {
    Seen seen;
    SeeingSink sink{seen};
    CdrBatch batch;

    std::string Take(CdrDecoder& decoder, const RawRecord& record) {
      CdrBatchWriter writer(batch);
      ReasonSink reason;
      const auto result = decoder.Decode(record, kSeenName, writer, reason);
      writer.Finish();
      seen.cdrs.clear();
      See(batch, seen);
      if (result == CdrDecoder::Result::kSkipped) return "skipped";
      return result == CdrDecoder::Result::kCdr ? seen.cdrs.at(0) : reason.name;
    }
  };
  class ReasonSink : public RejectSink {
   public:
    void OnReject(const Reject& reject) override { name = RejectReasonName(reject.reason); }
    std::string name;
  };
};

TEST_F(BinaryRecords, SayWhatTheTextSaysThatTheyWereMadeFrom) {
  size_t calls = 0, rejects = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    Rows rows(seed);
    const Shape& shape = kShapes[seed % std::size(kShapes)];
    const Layout layout = *LayoutOf(shape.format, shape.header, "", "");
    DecodeOptions options = Options(seed % 2 == 0 ? NumberStyle::kAuto : NumberStyle::kE164);
    CdrDecoder text = *CdrDecoder::Create(layout, options);
    CdrDecoder binary =
        *CdrDecoder::Create(*LayoutOf(kBinaryFormat, BinaryHeader(kBytes), "", ""), options);
    BinaryTranslator translator = *BinaryTranslator::Create(layout, {kBytes, options});
    for (int i = 0; i < 200; ++i) {
      std::string row = (rows.*shape.row)();
      rows.Damage(row);
      const RawRecord record{.bytes = row,
                             .offset = 0,
                             .line = 1,
                             .length = row.size(),
                             .unterminated = i % 50 == 0,
                             .fault = {}};
      std::string made;
      const auto taken = translator.Take(record, made);
      if (!taken.ok()) continue;  // a trunk of more than any record has room for
      Reading plain, translated;
      const std::string expected = plain.Take(text, record);
      ASSERT_EQ(*taken, expected != "skipped") << row;
      if (!*taken) continue;
      ASSERT_EQ(made.size(), kBytes);
      const RawRecord again{.bytes = made,
                            .offset = 0,
                            .line = 1,
                            .length = kBytes,
                            .unterminated = false,
                            .fault = {}};
      ASSERT_EQ(translated.Take(binary, again), expected) << row;
      ++(expected.find(' ') == std::string::npos ? rejects : calls);
    }
  }
  EXPECT_GT(calls, 5'000u);
  EXPECT_GT(rejects, 5'000u);
}

// An id that is cut keeps its identity, however short the record.
TEST_F(BinaryRecords, OfAnySizeKeepTheIdentityOfTheirCall) {
  Rows rows(7);
  const DecodeOptions options = Options(NumberStyle::kAuto);
  for (int i = 0; i < 20'000; ++i) {
    Cdr cdr;
    cdr.calling = CallingNumber(*PhoneNumber::International("866315550001"));
    cdr.called = CalledNumber(*PhoneNumber::ShortCode("10086"));
    cdr.setup = FromUnixMicros(1'795'482'900'000'000 + i);
    cdr.record_id.Assign(std::string(rows.Below(200), 'x') + std::to_string(i));
    cdr.trunk.Assign(std::string(rows.Below(32), 't'));
    cdr.key = KeyOfId(cdr.record_id.value(), rows.Below(2) == 0 ? nullptr : &cdr.calling);
    const size_t bytes = 96 + 32 * rows.Below(14);
    std::string record;
    ASSERT_TRUE(AppendBinaryRecord(cdr, bytes, record).ok());
    CdrDecoder decoder =
        *CdrDecoder::Create(*LayoutOf(kBinaryFormat, BinaryHeader(bytes), "", ""), options);
    CdrBatch batch;
    CdrBatchWriter writer(batch);
    ASSERT_EQ(decoder.DecodeQuickly(record, writer).records, 1u);
    ASSERT_EQ(batch.cdrs[0].key, cdr.key);
    ASSERT_EQ(batch.cdrs[0].trunk, cdr.trunk);
    ASSERT_TRUE(cdr.record_id.value().starts_with(batch.cdrs[0].record_id.value()));
  }
}

TEST_F(BinaryRecords, AreReadAlikeInEveryWayWhateverTheirDamage) {
  size_t calls = 0, rejects = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    Rows rows(seed);
    const size_t bytes = 96 + 32 * rows.Below(14);
    const DecodeOptions options = Options(NumberStyle::kAuto);
    BinaryTranslator translator = *BinaryTranslator::Create(
        *LayoutOf(kShapes[0].format, kShapes[0].header, "", ""), {bytes, options});
    std::string text = BinaryHeaderRecord(bytes);
    for (size_t count = rows.Below(60); count > 0; --count) {
      const std::string row = rows.Canonical();
      std::string record;
      const RawRecord raw{.bytes = row,
                          .offset = 0,
                          .line = 1,
                          .length = row.size(),
                          .unterminated = false,
                          .fault = {}};
      ASSERT_TRUE(translator.Take(raw, record).ok());
      if (rows.Below(3) == 0) {
        record[rows.Below(bytes)] = static_cast<char>(rows.Below(256));
      }
      if (rows.Below(30) == 0) record = BinaryHeaderRecord(bytes);
      text += record;
    }
    if (rows.Below(3) == 0) text.resize(text.size() - rows.Below(bytes));
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Seen seen;
    ASSERT_NO_FATAL_FAILURE(ExpectAgreement(text, {}, options, seen));
    calls += seen.cdrs.size();
    rejects += seen.rejects.size();
  }
  EXPECT_GT(calls, 1'000u);
  EXPECT_GT(rejects, 500u);
}

}  // namespace
}  // namespace ringfence
