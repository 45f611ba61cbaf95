#include "ingest/client/record_text.h"

#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr uint64_t kMostBlankBytes = 64 * 1024;

}  // namespace

absl::StatusOr<bool> RecordText::Append(std::string& out) {
  do {
    RF_ASSIGN_OR_RETURN(bool more, file_.Next(record_));
    if (!more) return false;
    // A record that the file's damage cut off; the error comes next.
  } while (record_.fault == RejectReason::kTruncated);

  const uint64_t blank = record_.offset - expected_.value_or(record_.offset);
  const bool keep_blank = blank <= kMostBlankBytes;
  offset_ = record_.offset - (keep_blank ? blank : 0);
  resized_ = false;
  if (keep_blank) out.append(blank, '\n');
  out.append(record_.bytes);
  if (record_.fault == RejectReason::kTooLong) {
    out.append(kMaxRecordBytes + 1 - record_.bytes.size(), ' ');
    resized_ = true;
    ++cut_;
  } else if (record_.length > record_.bytes.size()) {
    out.push_back('\r');
  }
  out.push_back('\n');
  expected_ = record_.offset + record_.length + 1;
  ++records_;
  return true;
}

}  // namespace ringfence
