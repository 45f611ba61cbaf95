#include "ingest/text/delimited_reader.h"

#include <utility>

#include "ingest/model/status_macros.h"

namespace ringfence {

absl::StatusOr<DelimitedReader> DelimitedReader::Open(const std::string& path, RecordRules rules) {
  RF_ASSIGN_OR_RETURN(auto stream, OpenBytes(path));
  return DelimitedReader(std::move(stream), rules);
}

DelimitedReader::DelimitedReader(std::unique_ptr<ByteStream> stream, RecordRules rules)
    : records_(std::move(stream), rules), fields_(rules.delimiter, rules.quote) {}

absl::StatusOr<bool> DelimitedReader::Next(Row& row) {
  RF_ASSIGN_OR_RETURN(const bool more, records_.Next(record_));
  row.fields.clear();
  if (!more) return false;
  row.line = record_.line;
  row.offset = record_.offset;
  row.bytes = record_.bytes;
  row.fault = record_.fault;
  if (!row.fault && !fields_.Split(record_.bytes, row.fields)) {
    row.fault = record_.unterminated ? RejectReason::kTruncated : RejectReason::kQuoting;
    row.fields.clear();
  }
  return true;
}

}  // namespace ringfence
