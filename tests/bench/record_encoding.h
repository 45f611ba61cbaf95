// The calls of CarrierTraffic as records on a wire or in a file.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "ingest/binary_record.h"
#include "ingest/canonical_row.h"
#include "ingest/model/cdr.h"
#include "ingest/model/fixed_record.h"
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

// The call as a binary record of the usual size.
inline absl::Status AppendBinary(const Cdr& cdr, uint64_t index, std::string& out) {
  Cdr whole = cdr;
  whole.called = CalledNumber(PhoneNumber::FromPacked(862'155'550'100));
  whole.cause = {Cause::Scheme::kQ850, 16};
  whole.record_id.Assign(absl::StrCat("r", index));
  whole.trunk.Assign(absl::StrCat("T", index % 100));
  return AppendBinaryRecord(whole, kUsualBinaryRecord, out);
}

// How records are written into messages, and what a receiver is told of it.
struct RecordEncoding {
  FormatSpec format;
  absl::Status (*append)(const Cdr& cdr, uint64_t index, std::string& out);
};

// InvalidArgument for a name that is not one of kRecordEncodings.
inline constexpr std::string_view kRecordEncodings[] = {"canonical", kBinaryFormat};
inline absl::StatusOr<RecordEncoding> FindRecordEncoding(std::string_view name) {
  FormatSpec format;
  format.format = name;
  if (name == kBinaryFormat) {
    format.header = BinaryHeader(kUsualBinaryRecord);
    return RecordEncoding{format, AppendBinary};
  }
  if (name != "canonical") return absl::InvalidArgumentError("no such encoding");
  format.header = kCanonicalHeader;
  return RecordEncoding{format, [](const Cdr& cdr, uint64_t index, std::string& out) {
                          AppendRow(cdr, index, out);
                          return absl::OkStatus();
                        }};
}

}  // namespace ringfence
