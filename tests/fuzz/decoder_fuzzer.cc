// Any bytes as a CDR file, in every layout: each record ends as one CDR or one reject, each CDR is
// valid, and the quick way says what the plain one says.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "ingest/file_source.h"
#include "ingest/text/decompress.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/seen_records.h"

namespace {

using namespace ringfence;

class CountingSink : public RejectSink {
 public:
  void OnReject(const Reject& reject) override {
    if (reject.detail.empty()) std::abort();
    ++count;
  }
  uint64_t count = 0;
};

void CheckCdr(const Cdr& cdr, const DecodeOptions& options) {
  const bool valid = !cdr.calling.number().empty() && !cdr.called.number().empty() &&
                     cdr.setup >= options.not_before && cdr.setup <= options.not_after &&
                     (!cdr.answer || *cdr.answer >= cdr.setup) &&
                     (!cdr.release || *cdr.release >= cdr.answer.value_or(cdr.setup));
  if (!valid) std::abort();
}

void ReadAs(const std::string& text, const LayoutChoice& choice) {
  const DecodeOptions options{*NumberPlan::Create({}), absl::UTCTimeZone()};
  auto bytes = BytesOf(text);
  if (!bytes.ok()) return;
  auto file = RecordFile::Over(*std::move(bytes), "fuzz", choice);
  if (!file.ok()) return;
  CountingSink sink;
  auto source = FileSource::Over(*std::move(file), options, sink);
  if (!source.ok()) std::abort();  // a layout that was found can be decoded
  CdrBatch batch;
  uint64_t cdrs = 0;
  for (;;) {
    const auto more = (*source)->Next(batch);
    if (!more.ok() || !*more) break;
    for (const Cdr& cdr : batch.cdrs) CheckCdr(cdr, options);
    cdrs += batch.cdrs.size();
  }
  if (cdrs + sink.count != (*source)->records_read()) std::abort();
}

void CompareWays(const std::string& text, const LayoutChoice& choice) {
  DecodeOptions options{*NumberPlan::Create({}), absl::UTCTimeZone()};
  auto file = RecordFile::Over(*BytesOf(text), kSeenName, choice, kLeastRecordLimit);
  if (!file.ok() || file->layout() == Layout{}) return;
  const Seen expected = ReadPlainly(text, file->layout(), options, kLeastRecordLimit);
  Seen seen;
  SeeingSink sink(seen);
  auto source = FileSource::Over(*std::move(file), options, sink);
  MustHold(source.ok() && SeeAll(**source, seen).ok());
  seen.records = (*source)->records_read();
  MustHold(seen == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  LayoutChoice choice;
  const bool packed = CompressionOf(text) != Compression::kNone;
  const auto read = [&] {
    ReadAs(text, choice);
    if (!packed) CompareWays(text, choice);
  };
  read();
  for (const char* format : {"canonical", "kamailio-flatstore", "kamailio-stream", "asterisk",
                             "freeswitch", "cucm", "json-lines", "binary"}) {
    choice.format = format;
    read();
  }
  choice.format = "auto";
  choice.columns = "calling=2,called=3,setup_time=4,cause=7";
  read();
  return 0;
}
