// The files of the configuration, read on where an earlier run stopped.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/file_source.h"
#include "tools/service/service_core.h"

namespace ringfence {

// One file after another goes into the core. A file that the core has a position of is read on
// behind it when it still begins with the same records; otherwise it is read as a new one, and what
// was counted before are duplicates. A file that can't be opened or read on is noted in errors().
// Not thread-safe.
class ConfiguredFiles {
 public:
  // `decode`: with the end of plausible times. The core must outlive it.
  ConfiguredFiles(std::vector<std::string> paths, LayoutChoice choice, DecodeOptions decode,
                  ServiceCore& core);

  // Reads a batch into the core and appends what was found; false when all files are at their end.
  bool Next(std::vector<Detection>& detections);

  const std::vector<absl::Status>& errors() const { return errors_; }
  // A record was read since the start.
  bool read_any() const { return read_any_; }

 private:
  absl::StatusOr<std::unique_ptr<FileSource>> OpenNext();

  std::vector<std::string> paths_;
  LayoutChoice choice_;
  DecodeOptions decode_;
  ServiceCore& core_;
  size_t next_ = 0;  // index of the file to open next
  std::unique_ptr<FileSource> source_;
  uint64_t counted_ = 0;  // records of source_ that the core has
  CdrBatch batch_;
  bool read_any_ = false;
  std::vector<absl::Status> errors_;
};

}  // namespace ringfence
