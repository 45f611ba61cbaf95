#include "ingest/client/record_text.h"

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr uint64_t kMostBlankBytes = 64 * 1024;

}  // namespace

absl::StatusOr<bool> RecordText::Append(std::string& out) {
  if (translator_) return AppendTranslated(out);
  do {
    RF_ASSIGN_OR_RETURN(bool more, file_.Next(record_));
    if (!more) return false;
    // A record that the file's damage cut off; the error comes next.
  } while (record_.fault == RejectReason::kTruncated);
  if (file_.layout().record_bytes() > 0) {
    offset_ = record_.offset;
    out.append(record_.bytes);
  } else {
    AppendLine(out);
  }
  ++records_;
  return true;
}

void RecordText::AppendLine(std::string& out) {
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
}

absl::StatusOr<bool> RecordText::AppendTranslated(std::string& out) {
  for (;;) {
    if (const size_t line = translator_->TakeQuickly(file_.Rest(), out)) {
      file_.Skip(line, 1);
      break;
    }
    RF_ASSIGN_OR_RETURN(const bool more, file_.Next(record_));
    if (!more) return false;
    if (record_.fault == RejectReason::kTruncated) continue;
    const absl::StatusOr<bool> taken = translator_->Take(record_, out);
    if (!taken.ok()) {
      return absl::Status(taken.status().code(), absl::StrCat(file_.name(), ", line ", record_.line,
                                                              ": ", taken.status().message()));
    }
    if (!*taken) continue;  // a header
    if (record_.length > kMaxRecordBytes) ++cut_;
    break;
  }
  offset_ = (records_ + 1) * translator_->record_bytes();  // behind the header
  ++records_;
  return true;
}

}  // namespace ringfence
