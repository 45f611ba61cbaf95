// Rows of a delimited file (CSV and its relatives): the simple way in.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest/model/reject_reason.h"
#include "ingest/text/byte_stream.h"
#include "ingest/text/fields.h"
#include "ingest/text/record_splitter.h"

namespace ringfence {

struct Row {
  std::vector<std::string_view> fields;  // empty when there is a fault
  uint64_t line = 0;                     // from 1
  uint64_t offset = 0;                   // of the first byte in the decoded text
  std::string_view bytes;                // the row as it stands in the file
  std::optional<RejectReason> fault;     // kTooLong, kQuoting or kTruncated
};

// Not thread-safe.
//
//   RF_ASSIGN_OR_RETURN(DelimitedReader reader, DelimitedReader::Open(path));
//   Row row;
//   for (;;) {
//     RF_ASSIGN_OR_RETURN(const bool more, reader.Next(row));
//     if (!more) break;
//     …
//   }
class DelimitedReader {
 public:
  // A file as OpenBytes() takes it.
  static absl::StatusOr<DelimitedReader> Open(const std::string& path, RecordRules rules = {});

  explicit DelimitedReader(std::unique_ptr<ByteStream> stream, RecordRules rules = {});

  // The next row that is not blank; false at the end. Views live until the next call. A row with a
  // fault is returned as one, and reading can go on. An error is the stream's.
  absl::StatusOr<bool> Next(Row& row);

 private:
  RecordSplitter records_;
  FieldSplitter fields_;
  RawRecord record_;
};

}  // namespace ringfence
