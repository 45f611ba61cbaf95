// All that reading a file says, as text that can be compared; and the plain way to read it, with
// which the quick ones are compared.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/file_source.h"
#include "ingest/model/status_macros.h"

namespace ringfence {

inline constexpr char kSeenName[] = "seen.cdr";
inline constexpr size_t kLeastRecordLimit = 1024;  // with which the quick way goes

// In order.
struct Seen {
  std::vector<std::string> cdrs;
  std::vector<std::string> rejects;
  uint64_t records = 0;
  uint64_t end = 0;

  friend bool operator==(const Seen&, const Seen&) = default;
};

class SeeingSink : public RejectSink {
 public:
  explicit SeeingSink(Seen& seen) : seen_(seen) {}
  void OnReject(const Reject& reject) override {
    seen_.rejects.push_back(absl::StrCat(
        reject.line, " ", reject.offset, " ", std::string(RejectReasonName(reject.reason)), " ",
        reject.length, " ", reject.detail, " ", std::string(reject.bytes)));
  }

 private:
  Seen& seen_;
};

inline void See(const CdrBatch& batch, Seen& seen) {
  const auto micros = [](MaybeTime time) {
    return time ? absl::StrCat(ToUnixMicros(*time)) : std::string("-");
  };
  for (const Cdr& cdr : batch.cdrs) {
    seen.cdrs.push_back(absl::StrCat(cdr.key.high, " ", cdr.key.low, " ", cdr.calling.ToString(),
                                     " ", cdr.called.ToString(), " ", micros(cdr.setup), " ",
                                     micros(cdr.answer), " ", micros(cdr.release), " ",
                                     static_cast<int>(cdr.cause.scheme), " ", cdr.cause.code, " ",
                                     cdr.trunk.value(), " ", cdr.record_id.value()));
  }
}

inline absl::Status SeeAll(CdrSource& source, Seen& seen) {
  CdrBatch batch;
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool more, source.Next(batch));
    if (!more) break;
    See(batch, seen);
    seen.end = batch.end.offset;
  }
  if (seen.cdrs.empty() && seen.rejects.empty()) seen.end = 0;  // there need not be a batch
  return absl::OkStatus();
}

// What is compared with: records split off one by one, each given to CdrDecoder::Decode().
inline Seen ReadPlainly(const std::string& text, const Layout& layout, const DecodeOptions& options,
                        size_t record_limit) {
  Seen seen;
  SeeingSink sink(seen);
  auto decoder = *CdrDecoder::Create(layout, options);
  RecordSplitter records(text, layout.Rules(record_limit));
  CdrBatch batch;
  CdrBatchWriter writer(batch);
  RawRecord record;
  bool header_expected = !layout.header.empty();
  while (*records.Next(record)) {
    if (std::exchange(header_expected, false) && layout.IsHeader(record.bytes)) continue;
    const CdrDecoder::Result result = decoder.Decode(record, kSeenName, writer, sink);
    if (result != CdrDecoder::Result::kSkipped) ++seen.records;
  }
  writer.Finish();
  See(batch, seen);
  if (!seen.cdrs.empty() || !seen.rejects.empty()) seen.end = records.offset();
  return seen;
}

}  // namespace ringfence
