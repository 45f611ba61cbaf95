// Reads CDR text into short lines that tests compare.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ingest/file_source.h"

namespace ringfence {

struct ReadResult {
  std::vector<std::string> cdrs;     // "+86… > 10086 setup answer release cause trunk id"
  std::vector<RecordKey> keys;       // of the same
  std::vector<std::string> rejects;  // "line reason: detail"
  std::vector<Reject> raw_rejects;   // without `bytes` and `source`, which views into the reader
  std::vector<std::string> sources;  // of the rejects
  std::string error;                 // of opening or reading; empty: none
  uint64_t records = 0;
};

inline std::string Show(const Cdr& cdr) {
  const absl::TimeZone zone = absl::UTCTimeZone();
  const auto time = [&](MaybeTime value) {
    return value ? FormatTime(*value, zone).substr(5, 18) : std::string("-");
  };
  const char* schemes[] = {"", "q", "sip"};
  return absl::StrCat(cdr.calling.ToString(), " > ", cdr.called.ToString(), " ", time(cdr.setup),
                      " ", time(cdr.answer), " ", time(cdr.release), " ",
                      schemes[static_cast<int>(cdr.cause.scheme)], cdr.cause.code, " ",
                      cdr.trunk.value(), " ", cdr.record_id.value());
}

class KeepingSink : public RejectSink {
 public:
  explicit KeepingSink(ReadResult& result) : result_(result) {}
  void OnReject(const Reject& reject) override {
    result_.rejects.push_back(absl::StrCat(
        reject.line, " ", std::string(RejectReasonName(reject.reason)), ": ", reject.detail));
    result_.raw_rejects.push_back(reject);
    result_.raw_rejects.back().bytes = {};
    result_.raw_rejects.back().source = {};
    result_.sources.emplace_back(reject.source);
  }

 private:
  ReadResult& result_;
};

inline DecodeOptions TestOptions(NumberStyle style = NumberStyle::kAuto) {
  NumberPlanOptions numbers;
  numbers.area = "631";
  numbers.style = style;
  DecodeOptions options{*NumberPlan::Create(numbers), *LoadTimeZone("Asia/Shanghai")};
  options.not_after = FromUnixMicros(1'900'000'000'000'000);
  return options;
}

inline void ReadSource(CdrSource& source, ReadResult& result) {
  CdrBatch batch;
  for (;;) {
    const auto more = source.Next(batch);
    if (!more.ok()) result.error = std::string(more.status().message());
    if (!more.ok() || !*more) return;
    for (const Cdr& cdr : batch.cdrs) {
      result.cdrs.push_back(Show(cdr));
      result.keys.push_back(cdr.key);
    }
  }
}

inline ReadResult ReadText(const std::string& text, const LayoutChoice& choice = {},
                           const DecodeOptions& options = TestOptions()) {
  ReadResult result;
  KeepingSink sink(result);
  auto file = RecordFile::Over(*BytesOf(text, "test.cdr"), "test.cdr", choice);
  if (!file.ok()) {
    result.error = std::string(file.status().message());
    return result;
  }
  auto source = FileSource::Over(*std::move(file), options, sink);
  if (!source.ok()) {
    result.error = std::string(source.status().message());
    return result;
  }
  ReadSource(**source, result);
  result.records = (*source)->records_read();
  return result;
}

}  // namespace ringfence
