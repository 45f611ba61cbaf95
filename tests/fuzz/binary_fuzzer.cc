// Any bytes as binary records: each is one valid CDR or one reject, in the quick way as in the
// plain one, and what was read can be written and read again.
#include <cstdint>
#include <string>

#include "ingest/binary_record.h"
#include "ingest/file_source.h"
#include "ingest/text/decompress.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/seen_records.h"

namespace {

using namespace ringfence;

DecodeOptions Options() {
  DecodeOptions options{*NumberPlan::Create({}), absl::UTCTimeZone()};
  options.not_after = FromUnixMicros(1'900'000'000'000'000);
  return options;
}

void CheckCdr(const Cdr& cdr, const DecodeOptions& options) {
  const auto normal = [&](PhoneNumber number) {
    const auto read = options.numbers.Normalise(number.ToString());
    return read.ok() && *read == number;
  };
  MustHold(normal(cdr.calling.number()) && normal(cdr.called.number()));
  const EventTime answer = cdr.answer.value_or(cdr.setup);
  const EventTime release = cdr.release.value_or(answer);
  MustHold(options.not_before <= cdr.setup && cdr.setup <= answer && answer <= release &&
           release <= options.not_after);
  MustHold(IsDefined(cdr.cause));
}

// Written again with room for all of it, the call is the same.
void CheckAgain(const Cdr& cdr, const DecodeOptions& options) {
  constexpr size_t kMost = 512;
  CdrBatch batch;
  {
    std::string record;
    // GBK may have become longer.
    if (cdr.record_id.value().size() + cdr.trunk.value().size() > 400) return;
    MustHold(AppendBinaryRecord(cdr, kMost, record).ok() && record.size() == kMost);
    auto decoder =
        CdrDecoder::Create(*LayoutOf(kBinaryFormat, BinaryHeader(kMost), "", ""), options);
    CdrBatchWriter writer(batch);
    Seen none;
    SeeingSink rejects(none);
    const RawRecord raw{.bytes = record,
                        .offset = 0,
                        .line = 1,
                        .length = kMost,
                        .unterminated = false,
                        .fault = {}};
    MustHold(decoder->Decode(raw, kSeenName, writer, rejects) == CdrDecoder::Result::kCdr);
    writer.Finish();
  }
  Seen again;
  See(batch, again);
  batch.cdrs[0] = cdr;
  Seen before;
  See(batch, before);
  MustHold(again == before);
}

void ReadAs(const std::string& text, size_t record_bytes) {
  const DecodeOptions options = Options();
  const Layout layout = *LayoutOf(kBinaryFormat, BinaryHeader(record_bytes), "", "");
  const Seen expected = ReadPlainly(text, layout, options, kLeastRecordLimit);
  MustHold(expected.records == expected.cdrs.size() + expected.rejects.size());
  Seen seen;
  SeeingSink sink(seen);
  auto source = FileSource::Over(RecordFile::Of(*BytesOf(text), kSeenName, layout), options, sink);
  MustHold(source.ok());
  CdrBatch batch;
  for (;;) {
    const auto more = (*source)->Next(batch);
    MustHold(more.ok());
    if (!*more) break;
    See(batch, seen);
    for (const Cdr& cdr : batch.cdrs) {
      CheckCdr(cdr, options);
      CheckAgain(cdr, options);
    }
  }
  MustHold((*source)->records_read() == expected.records);
  MustHold(seen.cdrs == expected.cdrs && seen.rejects == expected.rejects);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (CompressionOf(text) != Compression::kNone) return 0;
  for (const size_t record_bytes : {size_t{96}, size_t{128}}) ReadAs(text, record_bytes);
  return 0;
}
