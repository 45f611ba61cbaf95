// Every input is a replayable log with positions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest/model/cdr.h"

namespace ringfence {

// Where in a log reading stands: the first byte and record that have not been returned yet.
struct Position {
  std::string source;   // file name as given, or the sender's name
  uint64_t offset = 0;  // bytes of the decoded (decompressed) text
  uint64_t record = 0;  // records read, rejects included
};

struct CdrBatch {
  std::vector<Cdr> cdrs;
  Position end;             // after the last record of this batch
  uint64_t duplicates = 0;  // that somebody has taken out of `cdrs`
};

// A stream of valid CDRs. What is not valid has gone to the RejectSink that the source was made
// with. Not thread-safe.
class CdrSource {
 public:
  virtual ~CdrSource() = default;

  // Replaces the content of `batch` (its memory is reused) with the next records, in the order of
  // the log; false at the end of the log, then the batch is empty. A batch may be empty before the
  // end. An error says file and place; what was returned before it stays valid.
  virtual absl::StatusOr<bool> Next(CdrBatch& batch) = 0;
};

}  // namespace ringfence
