// The calls of CarrierTraffic as records on a wire or in a file.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "ingest/canonical_row.h"
#include "ingest/model/cdr.h"
#include "ingest/transport/stream.h"

namespace ringfence {

// A canonical row with its line end. `index` makes the record's id; times are Unix seconds, which
// every peer reads without a conversion.
inline void AppendRow(const Cdr& cdr, uint64_t index, std::string& out) {
  const auto seconds = [](EventTime time) { return ToUnixMicros(time) / 1'000'000; };
  absl::StrAppend(&out, "r", index, ",", cdr.calling.ToString(), ",+862155550100,",
                  seconds(cdr.setup), ",", seconds(*cdr.answer), ",", seconds(*cdr.release),
                  ",16,T", index % 100, "\n");
}

// How records are written into messages, and what a receiver is told of it.
struct RecordEncoding {
  FormatSpec format;
  absl::Status (*append)(const Cdr& cdr, uint64_t index, std::string& out);
};

// InvalidArgument for a name that is not one of kRecordEncodings.
inline constexpr std::string_view kRecordEncodings[] = {"canonical"};
inline absl::StatusOr<RecordEncoding> FindRecordEncoding(std::string_view name) {
  if (name != "canonical") return absl::InvalidArgumentError("no such encoding");
  FormatSpec format;
  format.format = "canonical";
  format.header = kCanonicalHeader;
  return RecordEncoding{format, [](const Cdr& cdr, uint64_t index, std::string& out) {
                          AppendRow(cdr, index, out);
                          return absl::OkStatus();
                        }};
}

}  // namespace ringfence
