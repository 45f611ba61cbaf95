// Splits a byte stream into records: lines, quoted records that hold line ends, or records of one
// size.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest/model/reject_reason.h"
#include "ingest/text/byte_stream.h"

namespace ringfence {

inline constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

struct RecordRules {
  static constexpr char kNoQuotes = '\0';

  char delimiter = ',';
  // A field that starts with it may hold delimiters, line ends and the quote itself, doubled.
  char quote = '"';
  // Longer records are skipped to their end in bounded memory and reported as one fault.
  size_t max_bytes = 64 * 1024;
  // Not 0: every record has so many bytes, none of them is a line end, and all else is not used.
  // At most max_bytes.
  size_t fixed_bytes = 0;
};

// One record, without its line end (LF or CRLF) and without a byte order mark.
struct RawRecord {
  std::string_view bytes;  // of a record that is too long: its beginning
  uint64_t offset = 0;     // of the first byte in the decoded text
  uint64_t line = 0;    // from 1; line ends inside quotes count. Of one size: the record's number
  uint64_t length = 0;  // in bytes, also of what is not in `bytes`
  // The stream ended without a line end: the record may be cut off. One of a fixed size is.
  bool unterminated = false;
  std::optional<RejectReason> fault;  // kTooLong, kQuoting, kTruncated (the stream failed)
};

// Where a quote is wrong (not closed, or followed by text), only the line that it stands in is
// faulty: splitting goes on with the next line. Not thread-safe.
class RecordSplitter {
 public:
  // Of a record that is too long, as many bytes are given out.
  static constexpr size_t kKeptOfLongRecord = 4096;

  RecordSplitter(std::unique_ptr<ByteStream> stream, RecordRules rules);
  // Over text in memory, which is not copied and must outlive the records.
  RecordSplitter(std::string_view text, RecordRules rules);
  // Over a part of a text, from `offset` on, where a record begins; lines count from 1 again. The
  // text failed with `error` behind the part, unless it is OK.
  RecordSplitter(std::string_view part, RecordRules rules, uint64_t offset,
                 absl::Status error = absl::OkStatus());
  // `data_` may point into `buffer_`.
  RecordSplitter(const RecordSplitter&) = delete;
  RecordSplitter& operator=(const RecordSplitter&) = delete;
  RecordSplitter(RecordSplitter&&) = default;
  RecordSplitter& operator=(RecordSplitter&&) = default;

  // The next record, blank lines are none; false at the end. The views live until the next call.
  // After an error of the stream: what stood between the last line end and the error has been
  // returned as an unterminated record, then the error is returned once, then false.
  absl::StatusOr<bool> Next(RawRecord& record);

  // What is at hand of the text behind the last record; may be cut anywhere. Lines at its front can
  // be taken without Next(), by Skip(). Empty when there is nothing, or when records may be so
  // short that a line could be too long for one.
  std::string_view Rest();
  // The first `size` bytes of Rest() were so many records of one line each, line ends included.
  void Skip(size_t size, size_t records) {
    begin_ += size;
    offset_ += size;
    line_ += records;
  }

  // Of the next record's first byte in the decoded text.
  uint64_t offset() const { return offset_; }
  uint64_t line() const { return line_; }  // of the same
  // Not for text in memory.
  const ByteStream& stream() const { return *stream_; }

 private:
  struct Extent {
    size_t end = 0;   // of the record, without its line end
    size_t next = 0;  // where the next record starts
    uint64_t lines = 1;
    bool terminated = true;
    bool bad_quote = false;
  };

  bool NextLine(RawRecord& record);
  bool NextFixed(RawRecord& record);
  bool SkipByteOrderMark();
  bool FindLine(size_t from, Extent& extent);
  bool FindRecord(Extent& extent);
  bool ContinueQuoted(Extent& extent);
  void SkipLongRecord(RawRecord& record);
  void Take(const Extent& extent, RawRecord& record);
  // Reads more behind what the buffer holds; false at the end of the stream, on an error and when
  // the buffer holds a whole record's limit already.
  bool Fill();
  std::string_view Text(size_t from, size_t to) const { return {data_ + from, to - from}; }

  std::unique_ptr<ByteStream> stream_;  // null: text in memory
  RecordRules rules_;
  std::vector<char> buffer_;  // empty: likewise
  const char* data_;          // buffer_, or the text in memory
  std::string kept_;          // the beginning of a record that was too long
  size_t begin_ = 0;          // of the current record in data_
  size_t end_ = 0;            // of the bytes in data_
  uint64_t offset_ = 0;       // of data_[begin_] in the text
  uint64_t line_ = 1;
  bool started_ = false;
  bool ended_ = false;
  absl::Status error_;
};

}  // namespace ringfence
