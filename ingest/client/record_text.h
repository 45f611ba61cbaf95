// The records of a file as the bytes that are shipped. Internal to ingest/client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "ingest/client/binary_translator.h"
#include "ingest/record_file.h"

namespace ringfence {

// The text of a record, and of all before it, is the same whenever the file is read, and however it
// is cut into batches: the checksum that decides whether a file may be resumed depends on that.
class RecordText {
 public:
  // Longer records are replaced by their beginning, filled up with spaces.
  static constexpr size_t kMaxRecordBytes = 1024 * 1024;

  explicit RecordText(RecordFile file) : file_(std::move(file)) {}
  // Each record as a binary one, whatever layout the file has.
  RecordText(RecordFile file, BinaryTranslator translator)
      : file_(std::move(file)), translator_(std::move(translator)) {}

  // Appends the next record as it stands in the file, with its line end; blank lines in front of it
  // become line feeds. False at the end. The error of a damaged file comes behind its last whole
  // record. InvalidArgument, with the line: the record can't be a binary one.
  absl::StatusOr<bool> Append(std::string& out);

  // Of the record appended last: the place of its text in the file, or in the file that the
  // translated records would be; and whether that text has another length than the file's (nothing
  // may follow it in a batch, or offsets would be wrong).
  uint64_t offset() const { return offset_; }
  bool resized() const { return resized_; }

  uint64_t records() const { return records_; }
  uint64_t cut() const { return cut_; }
  const RecordFile& file() const { return file_; }

 private:
  void AppendLine(std::string& out);
  absl::StatusOr<bool> AppendTranslated(std::string& out);

  RecordFile file_;
  std::optional<BinaryTranslator> translator_;
  RawRecord record_;
  std::optional<uint64_t> expected_;  // where the next record begins if no blank line is between
  uint64_t offset_ = 0;
  bool resized_ = false;
  uint64_t records_ = 0;
  uint64_t cut_ = 0;
};

}  // namespace ringfence
