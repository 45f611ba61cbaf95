// The records of one file as text, with the layout they are in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest/layout.h"
#include "ingest/text/record_splitter.h"

namespace ringfence {

// How far a source has come in the bytes as they are stored (compressed, perhaps).
struct Progress {
  uint64_t bytes = 0;
  std::optional<uint64_t> total;  // none for a pipe
};

// The bytes of all files as they are stored; none when one of them is a pipe. A file that can't be
// read counts as empty.
std::optional<uint64_t> TotalBytes(const std::vector<std::string>& paths);

// A text with the layout of its records.
struct LaidOutText {
  std::unique_ptr<ByteStream> stream;
  std::string name;
  Layout layout;  // Layout{}: there is nothing but blank lines
};

// Opens the file, or standard input ("-"), and finds its layout from its beginning. An error names
// the file: one of OpenBytes() or of FindLayout(). An empty file is no error.
absl::StatusOr<LaidOutText> OpenLaidOut(const std::string& path, const LayoutChoice& choice);

// One that a decoder can be made for: that of an empty text lacks a header.
Layout DecodableLayout(Layout found);

// A file, standard input ("-"), or any byte stream, split into records; its header is taken off.
// Not thread-safe.
class RecordFile {
 public:
  static constexpr size_t kMaxRecordBytes = 64 * 1024;

  // As OpenLaidOut(). An empty file has no records.
  static absl::StatusOr<RecordFile> Open(const std::string& path, const LayoutChoice& choice,
                                         size_t max_record_bytes = kMaxRecordBytes);
  static absl::StatusOr<RecordFile> Over(std::unique_ptr<ByteStream> stream,
                                         const std::string& name, const LayoutChoice& choice,
                                         size_t max_record_bytes = kMaxRecordBytes);

  // Without a look at its beginning: the layout is known.
  static RecordFile Of(std::unique_ptr<ByteStream> stream, const std::string& name, Layout layout,
                       size_t max_record_bytes = kMaxRecordBytes);

  // As RecordSplitter::Next, without the header.
  absl::StatusOr<bool> Next(RawRecord& record);

  // As of RecordSplitter, behind the header.
  std::string_view Rest() { return header_expected_ ? std::string_view() : records_.Rest(); }
  void Skip(size_t size, size_t records) { records_.Skip(size, records); }

  // A record that was taken by Skip(), as Next() gives it.
  std::string_view WithoutLineEnd(std::string_view line) const;

  const Layout& layout() const { return layout_; }
  const std::string& name() const { return name_; }
  uint64_t offset() const { return records_.offset(); }  // of the next record
  Progress progress() const;

 private:
  RecordFile(std::unique_ptr<ByteStream> stream, std::string name, Layout layout,
             size_t max_record_bytes);

  std::string name_;
  Layout layout_;
  RecordSplitter records_;
  bool header_expected_;
  bool lines_;  // records are lines, not of one size
};

}  // namespace ringfence
