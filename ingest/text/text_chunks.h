// Cuts a byte stream into chunks of whole records, for threads that split and decode them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "ingest/text/byte_stream.h"
#include "ingest/text/record_splitter.h"

namespace ringfence {

// RecordSplitter over the chunks one after another gives the records that it gives over the stream.
struct TextChunk {
  std::vector<char> buffer;  // at least `size` bytes; its memory is used again
  size_t size = 0;
  uint64_t offset = 0;  // of its first byte in the decoded text
  bool first = false;   // of the stream
  // Not 0: the text is the beginning of a record that has so many bytes, too many for a chunk.
  uint64_t long_record = 0;
  // The stream failed behind the text, which may end inside a record.
  absl::Status error;

  std::string_view text() const { return {buffer.data(), size}; }
};

// Not thread-safe. Where quotes make it hard to tell a record's end from a line's, the records are
// split here, too; without a quote in a chunk it is a search for the last line end.
class ChunkCutter {
 public:
  // A chunk is as large as `chunk_bytes`, and large enough to judge any record that rules allow.
  ChunkCutter(std::unique_ptr<ByteStream> stream, RecordRules rules, size_t chunk_bytes);

  // The next chunk; false at the end. A chunk has a text or an error, or both.
  bool Next(TextChunk& chunk);

  const ByteStream& stream() const { return *stream_; }

 private:
  void Fill(TextChunk& chunk);
  void Read(char* to, size_t capacity, size_t& size);
  void SkipByteOrderMark(TextChunk& chunk);
  // Where the last record ends that is whole and would be whole whatever follows; 0: the first
  // record does not end within the chunk.
  size_t FindCut(std::string_view text) const;
  size_t FindCutWithQuotes(std::string_view text, size_t first_quote) const;
  void SkipLongRecord(TextChunk& chunk);

  std::unique_ptr<ByteStream> stream_;
  RecordRules rules_;
  size_t chunk_bytes_;
  std::vector<char> carried_;  // behind the last cut
  uint64_t offset_ = 0;        // of the next chunk
  bool started_ = false;
  bool ended_ = false;  // the stream
  absl::Status error_;  // of the stream; given out once
};

}  // namespace ringfence
