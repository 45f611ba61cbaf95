// Any bytes as delimited text, in pieces of any size: the records and fields must be those of a
// naive twin that looks at one character at a time.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ingest/text/fields.h"
#include "ingest/text/first_line.h"
#include "ingest/text/record_splitter.h"

namespace {

using namespace ringfence;

constexpr size_t kMaxRecord = 64;

struct Seen {
  std::string bytes;
  uint64_t offset = 0;
  uint64_t line = 0;
  bool unterminated = false;
  std::optional<RejectReason> fault;
  std::vector<std::string> fields;

  friend bool operator==(const Seen&, const Seen&) = default;
};

class PieceStream : public ByteStream {
 public:
  PieceStream(std::string text, size_t piece) : text_(std::move(text)), piece_(piece) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t capacity) override {
    const size_t count = text_.copy(buffer, std::min(piece_, capacity), read_);
    read_ += count;
    return count;
  }
  uint64_t raw_bytes_read() const override { return read_; }
  std::optional<uint64_t> raw_size() const override { return text_.size(); }

 private:
  std::string text_;
  size_t piece_;
  size_t read_ = 0;
};

std::vector<Seen> Split(const std::string& text, size_t piece) {
  RecordSplitter splitter(std::make_unique<PieceStream>(text, piece), {',', '"', kMaxRecord});
  FieldSplitter field_splitter(',');
  std::vector<Seen> all;
  RawRecord record;
  while (*splitter.Next(record)) {
    Seen seen = {std::string(record.bytes), record.offset, record.line,
                 record.unterminated,       record.fault,  {}};
    std::vector<std::string_view> fields;
    if (!record.fault && field_splitter.Split(record.bytes, fields)) {
      seen.fields.assign(fields.begin(), fields.end());
    }
    all.push_back(std::move(seen));
  }
  return all;
}

// Where the record that starts at `begin` ends (at its line end or at the end of the text); npos
// when a quote is wrong or never closed within the limit.
size_t NaiveEnd(const std::string& text, size_t begin, std::vector<std::string>* fields) {
  bool quoted = false, after = false, start = true;
  std::string field;
  std::vector<std::string> found;
  size_t i = begin;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += c;
        ++i;
      } else {
        quoted = false;
        after = true;
      }
      continue;
    }
    if (c == '\n') break;
    const bool line_end = c == '\r' && (i + 1 == text.size() || text[i + 1] == '\n');
    if (c == ',') {
      found.push_back(field);
      field.clear();
      start = true;
      after = false;
      continue;
    }
    if (after && !line_end) return std::string::npos;
    if (start && c == '"') {
      quoted = true;
    } else if (!line_end) {
      field += c;
    }
    start = false;
  }
  if (quoted || i - begin > kMaxRecord) return std::string::npos;
  found.push_back(field);
  if (fields != nullptr) *fields = found;
  return i;
}

std::vector<Seen> NaiveSplit(const std::string& text) {
  std::vector<Seen> all;
  size_t at = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
  uint64_t line = 1;
  while (at < text.size()) {
    Seen seen;
    seen.offset = at;
    seen.line = line;
    const size_t first_line = std::min(text.find('\n', at), text.size());
    size_t end = first_line;
    if (first_line - at > kMaxRecord) {
      seen.fault = RejectReason::kTooLong;
    } else {
      const size_t whole = NaiveEnd(text, at, &seen.fields);
      if (whole != std::string::npos) {
        end = whole;
      } else if (first_line < text.size()) {
        seen.fault = RejectReason::kQuoting;
      }
    }
    seen.unterminated = end == text.size();
    seen.bytes = text.substr(at, seen.fault == RejectReason::kTooLong ? kMaxRecord : end - at);
    if (seen.bytes.ends_with('\r') && seen.fault != RejectReason::kTooLong) seen.bytes.pop_back();
    line +=
        static_cast<uint64_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(at),
                                         text.begin() + static_cast<std::ptrdiff_t>(end), '\n')) +
        1;
    at = end + 1;
    const bool blank = seen.bytes.find_first_not_of(" \t\r") == std::string::npos;
    if (seen.fault || !blank) all.push_back(std::move(seen));
  }
  return all;
}

// The first line with something on it, of a text below the limit.
std::string NaiveFirstLine(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  for (size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    std::string line = text.substr(at, end - at);
    if (line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);
    if (line.find_first_not_of(" \t\r") != std::string::npos) return line;
  }
  return "";
}

void CompareFirstLine(const std::string& text, size_t piece) {
  PieceStream stream(text, piece);
  std::string read;
  const auto line = ReadFirstLine(stream, read);
  if (!line.ok() || *line != NaiveFirstLine(text)) std::abort();
  if (read != text.substr(0, read.size()) || read.size() != stream.raw_bytes_read()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::vector<Seen> expected = NaiveSplit(text);
  for (const size_t piece : {size_t{1}, size_t{7}, size + 1}) {
    if (Split(text, piece) != expected) std::abort();
    CompareFirstLine(text, piece);
  }
  return 0;
}
