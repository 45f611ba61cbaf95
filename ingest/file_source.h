// CDRs from files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/cdr_decoder.h"
#include "ingest/cdr_source.h"
#include "ingest/record_file.h"
#include "ingest/reject_sink.h"

namespace ringfence {

// How far a file was read, for reading on behind it after a restart.
struct FilePosition {
  std::string path;
  uint64_t records = 0;      // that were read, headers and rejects included
  uint64_t offset = 0;       // of the next one in the decoded text
  uint32_t content_crc = 0;  // CRC32C of the records before it, each with '\n' behind it

  friend bool operator==(const FilePosition&, const FilePosition&) = default;
};

// The CDRs of one file. Not thread-safe.
class FileSource : public CdrSource {
 public:
  static constexpr size_t kBatchRecords = 4096;

  // An error names the file. `rejects` must outlive the source.
  static absl::StatusOr<std::unique_ptr<FileSource>> Open(const std::string& path,
                                                          const LayoutChoice& choice,
                                                          const DecodeOptions& options,
                                                          RejectSink& rejects);
  // The same over a file that is open already.
  static absl::StatusOr<std::unique_ptr<FileSource>> Over(RecordFile file,
                                                          const DecodeOptions& options,
                                                          RejectSink& rejects);

  absl::StatusOr<bool> Next(CdrBatch& batch) override;

  // Behind what Next() returned.
  FilePosition position() const;
  // Goes to the position, before the first Next(). False when the file does not begin with the same
  // records (it was replaced, cut, or its last record has been continued): then the source is used
  // up.
  absl::StatusOr<bool> Skip(const FilePosition& position);

  const RecordFile& file() const { return file_; }
  uint64_t records_read() const { return records_; }  // rejects included, headers not

 private:
  FileSource(RecordFile file, CdrDecoder decoder, RejectSink& rejects);
  void Note(std::string_view record);

  RecordFile file_;
  CdrDecoder decoder_;
  RejectSink& rejects_;
  uint64_t records_ = 0;
  uint64_t split_ = 0;  // headers included
  uint32_t content_crc_ = 0;
  absl::Status error_;  // met behind records that had to be given out first
};

// The CDRs of several files, one after another. A file that can't be opened or read on is noted in
// errors(), and reading goes on with the next. Not thread-safe.
class FileSet : public CdrSource {
 public:
  // `rejects` must outlive the source.
  FileSet(std::vector<std::string> paths, LayoutChoice choice, DecodeOptions options,
          RejectSink& rejects);

  // Never an error: those of the files are in errors().
  absl::StatusOr<bool> Next(CdrBatch& batch) override;

  const std::vector<absl::Status>& errors() const { return errors_; }
  uint64_t records_read() const;
  // Of all files together; the total is known only if every file's size is.
  Progress progress() const;
  // The file that is being read; null before the first and after the last.
  const FileSource* current() const { return source_.get(); }

 private:
  void CloseCurrent();

  std::vector<std::string> paths_;
  LayoutChoice choice_;
  DecodeOptions options_;
  RejectSink& rejects_;
  size_t next_ = 0;  // index of the file to open next
  std::unique_ptr<FileSource> source_;
  std::optional<uint64_t> total_bytes_;
  uint64_t done_bytes_ = 0;
  uint64_t done_records_ = 0;
  std::vector<absl::Status> errors_;
};

}  // namespace ringfence
