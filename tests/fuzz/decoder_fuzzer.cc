// Any bytes as a CDR file, in every layout: each record ends as one CDR or one reject, and each CDR
// is valid.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "ingest/file_source.h"

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  LayoutChoice choice;
  ReadAs(text, choice);
  for (const char* format : {"canonical", "kamailio-flatstore", "kamailio-stream", "asterisk",
                             "freeswitch", "cucm", "json-lines"}) {
    choice.format = format;
    ReadAs(text, choice);
  }
  choice.format = "auto";
  choice.columns = "calling=2,called=3,setup_time=4,cause=7";
  ReadAs(text, choice);
  return 0;
}
