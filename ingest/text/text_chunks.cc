#include "ingest/text/text_chunks.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ringfence {

ChunkCutter::ChunkCutter(std::unique_ptr<ByteStream> stream, RecordRules rules, size_t chunk_bytes)
    : stream_(std::move(stream)),
      rules_(rules),
      chunk_bytes_(std::max(chunk_bytes, 2 * rules.max_bytes)) {}

bool ChunkCutter::Next(TextChunk& chunk) {
  chunk.long_record = 0;
  chunk.first = !std::exchange(started_, true);
  Fill(chunk);
  if (chunk.first) SkipByteOrderMark(chunk);
  chunk.offset = offset_;
  chunk.error = absl::OkStatus();
  if (ended_) {
    chunk.error = std::exchange(error_, absl::OkStatus());
    offset_ += chunk.size;
    return chunk.size > 0 || !chunk.error.ok();
  }
  const size_t cut = FindCut(chunk.text());
  if (cut == 0) {
    SkipLongRecord(chunk);
    return true;
  }
  carried_.assign(chunk.buffer.begin() + static_cast<ptrdiff_t>(cut),
                  chunk.buffer.begin() + static_cast<ptrdiff_t>(chunk.size));
  chunk.size = cut;
  offset_ += cut;
  return true;
}

void ChunkCutter::Fill(TextChunk& chunk) {
  chunk.buffer.resize(std::max(chunk_bytes_, chunk.buffer.size()));
  std::copy(carried_.begin(), carried_.end(), chunk.buffer.begin());
  chunk.size = carried_.size();
  carried_.clear();
  while (!ended_ && chunk.size < chunk_bytes_) {
    Read(chunk.buffer.data() + chunk.size, chunk_bytes_ - chunk.size, chunk.size);
  }
}

void ChunkCutter::Read(char* to, size_t capacity, size_t& size) {
  const absl::StatusOr<size_t> count = stream_->Read(to, capacity);
  if (!count.ok()) error_ = count.status();
  ended_ = !count.ok() || *count == 0;
  if (!ended_) size += *count;
}

void ChunkCutter::SkipByteOrderMark(TextChunk& chunk) {
  if (rules_.fixed_bytes != 0 || !chunk.text().starts_with(kUtf8Mark)) return;
  chunk.size -= kUtf8Mark.size();
  std::memmove(chunk.buffer.data(), chunk.buffer.data() + kUtf8Mark.size(), chunk.size);
  offset_ = kUtf8Mark.size();
}

size_t ChunkCutter::FindCut(std::string_view text) const {
  if (rules_.fixed_bytes != 0) return text.size() - text.size() % rules_.fixed_bytes;
  if (rules_.quote != RecordRules::kNoQuotes) {
    const size_t quote = text.find(rules_.quote);
    if (quote != std::string_view::npos) return FindCutWithQuotes(text, quote);
  }
  return text.rfind('\n') + 1;  // npos + 1 is 0
}

size_t ChunkCutter::FindCutWithQuotes(std::string_view text, size_t first_quote) const {
  size_t cut = text.rfind('\n', first_quote) + 1;
  RecordSplitter records(text.substr(cut), rules_, cut);
  RawRecord record;
  for (;;) {
    const absl::StatusOr<bool> more = records.Next(record);
    if (!more.ok() || !*more) return cut;
    // A quote that is open here may be closed by what follows, as long as that is near enough.
    const bool open =
        record.fault == RejectReason::kQuoting && text.size() - record.offset <= rules_.max_bytes;
    if (record.unterminated || open) return cut;
    cut = records.offset();
  }
}

// As RecordSplitter::SkipLongRecord: the record is one fault, however long it is.
void ChunkCutter::SkipLongRecord(TextChunk& chunk) {
  chunk.long_record = chunk.size;
  chunk.size = std::min(RecordSplitter::kKeptOfLongRecord, rules_.max_bytes);
  std::vector<char> read(chunk_bytes_);
  for (;;) {
    size_t size = 0;
    Read(read.data(), read.size(), size);
    if (ended_) break;
    const auto line_end =
        std::find(read.begin(), read.begin() + static_cast<ptrdiff_t>(size), '\n');
    chunk.long_record += static_cast<size_t>(line_end - read.begin());
    if (line_end == read.begin() + static_cast<ptrdiff_t>(size)) continue;
    carried_.assign(line_end + 1, read.begin() + static_cast<ptrdiff_t>(size));
    ++offset_;
    break;
  }
  offset_ += chunk.long_record;
}

}  // namespace ringfence
