#include "ingest/record_file.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr size_t kLookBytes = 64 * 1024;
constexpr size_t kLookRecords = 16;

// What `text` holds at its beginning, as lines; the last may be cut.
std::vector<std::string_view> FirstLines(std::string_view text) {
  if (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < kLookRecords) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) lines.push_back(line);
  }
  return lines;
}

// Reads until there is something to judge; a pipe is not waited for longer than its first lines.
absl::StatusOr<std::string> Look(ByteStream& stream) {
  std::string text;
  while (text.size() < kLookBytes && FirstLines(text).size() < 2) {
    const size_t before = text.size();
    text.resize(kLookBytes);
    const absl::StatusOr<size_t> count = stream.Read(text.data() + before, kLookBytes - before);
    text.resize(before + (count.ok() ? *count : 0));
    // With something to judge, the error comes again when reading gets there.
    if (!count.ok() && text.empty()) return count.status();
    if (!count.ok() || *count == 0) break;
  }
  return text;
}

absl::StatusOr<LaidOutText> LayOut(std::unique_ptr<ByteStream> stream, const std::string& name,
                                   const LayoutChoice& choice) {
  RF_ASSIGN_OR_RETURN(std::string text, Look(*stream));
  const std::vector<std::string_view> lines = FirstLines(text);
  const bool blank = lines.empty() && text.size() < kLookBytes;  // as far as the input goes
  LaidOutText result;
  if (!blank) {
    absl::StatusOr<Layout> found = FindLayout(choice, lines);
    if (!found.ok()) {
      return absl::Status(found.status().code(),
                          absl::StrCat(name, ": ", found.status().message()));
    }
    result.layout = *std::move(found);
  }
  result.name = name;
  result.stream = Unread(std::move(text), std::move(stream));
  return result;
}

}  // namespace

std::optional<uint64_t> TotalBytes(const std::vector<std::string>& paths) {
  uint64_t total = 0;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path == "-" || std::filesystem::is_fifo(path, error)) return std::nullopt;
    const uintmax_t size = std::filesystem::file_size(path, error);
    if (!error) total += size;  // one that can't be read will be an error, not bytes
  }
  return total;
}

Layout DecodableLayout(Layout found) {
  if (found == Layout{}) found.header = "calling,called,setup_time";
  return found;
}

absl::StatusOr<LaidOutText> OpenLaidOut(const std::string& path, const LayoutChoice& choice) {
  RF_ASSIGN_OR_RETURN(std::unique_ptr<ByteStream> stream, OpenBytes(path));
  return LayOut(std::move(stream), path == "-" ? "standard input" : path, choice);
}

RecordFile::RecordFile(std::unique_ptr<ByteStream> stream, std::string name, Layout layout,
                       size_t max_record_bytes)
    : name_(std::move(name)),
      layout_(std::move(layout)),
      records_(std::move(stream), layout_.Rules(max_record_bytes)),
      header_expected_(!layout_.header.empty()),
      lines_(layout_.record_bytes() == 0) {}

absl::StatusOr<RecordFile> RecordFile::Open(const std::string& path, const LayoutChoice& choice,
                                            size_t max_record_bytes) {
  RF_ASSIGN_OR_RETURN(LaidOutText text, OpenLaidOut(path, choice));
  return RecordFile(std::move(text.stream), std::move(text.name), std::move(text.layout),
                    max_record_bytes);
}

absl::StatusOr<RecordFile> RecordFile::Over(std::unique_ptr<ByteStream> stream,
                                            const std::string& name, const LayoutChoice& choice,
                                            size_t max_record_bytes) {
  RF_ASSIGN_OR_RETURN(LaidOutText text, LayOut(std::move(stream), name, choice));
  return RecordFile(std::move(text.stream), std::move(text.name), std::move(text.layout),
                    max_record_bytes);
}

RecordFile RecordFile::Of(std::unique_ptr<ByteStream> stream, const std::string& name,
                          Layout layout, size_t max_record_bytes) {
  return RecordFile(std::move(stream), name, std::move(layout), max_record_bytes);
}

absl::StatusOr<bool> RecordFile::Next(RawRecord& record) {
  RF_ASSIGN_OR_RETURN(bool more, records_.Next(record));
  if (header_expected_ && more) {
    header_expected_ = false;
    if (layout_.IsHeader(record.bytes)) {
      RF_ASSIGN_OR_RETURN(more, records_.Next(record));
    }
  }
  return more;
}

std::string_view RecordFile::WithoutLineEnd(std::string_view line) const {
  if (!lines_) return line;
  line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Progress RecordFile::progress() const {
  return {records_.stream().raw_bytes_read(), records_.stream().raw_size()};
}

}  // namespace ringfence
