#include "ingest/text/record_splitter.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "ingest/text/fields.h"
#include "ingest/text/plain_rows.h"

namespace ringfence {
namespace {

constexpr size_t kReadBytes = 256 * 1024;

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r") == text.npos; }

}  // namespace

RecordSplitter::RecordSplitter(std::unique_ptr<ByteStream> stream, RecordRules rules)
    : stream_(std::move(stream)),
      rules_(rules),
      buffer_(rules.max_bytes + kReadBytes),
      data_(buffer_.data()) {}

RecordSplitter::RecordSplitter(std::string_view text, RecordRules rules)
    : rules_(rules), data_(text.data()), end_(text.size()), ended_(true) {}

RecordSplitter::RecordSplitter(std::string_view part, RecordRules rules, uint64_t offset,
                               absl::Status error)
    : RecordSplitter(part, rules) {
  started_ = true;
  offset_ = offset;
  error_ = std::move(error);
}

absl::StatusOr<bool> RecordSplitter::Next(RawRecord& record) {
  if (!started_) {
    started_ = true;
    SkipByteOrderMark();
  }
  if (rules_.fixed_bytes != 0 ? NextFixed(record) : NextLine(record)) return true;
  if (!error_.ok()) return std::exchange(error_, absl::OkStatus());
  return false;
}

bool RecordSplitter::NextLine(RawRecord& record) {
  for (;;) {
    Extent extent;
    if (!FindRecord(extent)) {
      if (end_ - begin_ > rules_.max_bytes) {
        SkipLongRecord(record);
        return true;
      }
      if (end_ == begin_) return false;
      extent = {end_, end_, 1, false, false};  // the last line has no end
    }
    Take(extent, record);
    if (record.fault || !IsBlank(record.bytes)) return true;
  }
}

bool RecordSplitter::NextFixed(RawRecord& record) {
  while (end_ - begin_ < rules_.fixed_bytes && Fill()) {
  }
  const size_t size = std::min(end_ - begin_, rules_.fixed_bytes);
  if (size == 0) return false;
  record = {Text(begin_, begin_ + size), offset_, line_, size, size < rules_.fixed_bytes, {}};
  if (record.unterminated && !error_.ok()) record.fault = RejectReason::kTruncated;
  Skip(size, 1);
  return true;
}

std::string_view RecordSplitter::Rest() {
  if (!started_) {
    started_ = true;
    SkipByteOrderMark();
  }
  return rules_.max_bytes < PlainRows::kMostBytes ? std::string_view() : Text(begin_, end_);
}

bool RecordSplitter::SkipByteOrderMark() {
  if (rules_.fixed_bytes != 0) return false;
  while (end_ - begin_ < kUtf8Mark.size() && Fill()) {
  }
  if (!Text(begin_, end_).starts_with(kUtf8Mark)) return false;
  begin_ += kUtf8Mark.size();
  offset_ += kUtf8Mark.size();
  return true;
}

// The line that starts at begin_, looking for its end from `from` on (relative to begin_).
bool RecordSplitter::FindLine(size_t from, Extent& extent) {
  for (;;) {
    const size_t start = begin_ + from;
    const void* found = start < end_ ? std::memchr(data_ + start, '\n', end_ - start) : nullptr;
    if (found != nullptr) {
      extent.end = static_cast<size_t>(static_cast<const char*>(found) - data_);
      extent.next = extent.end + 1;
      return extent.end - begin_ <= rules_.max_bytes;
    }
    from = end_ - begin_;
    if (!Fill()) return false;
  }
}

bool RecordSplitter::FindRecord(Extent& extent) {
  if (!FindLine(0, extent)) return false;
  if (rules_.quote == RecordRules::kNoQuotes) return true;
  if (std::memchr(data_ + begin_, rules_.quote, extent.end - begin_) == nullptr) {
    return true;
  }
  return ContinueQuoted(extent);
}

// The first line holds a quote: takes lines in until every quote is closed. If that never happens
// within the limit, the record is the first line alone, as a fault.
bool RecordSplitter::ContinueQuoted(Extent& extent) {
  const size_t first_end = extent.end - begin_;
  QuoteScanner scanner(rules_.delimiter, rules_.quote);
  size_t scanned = 0;
  uint64_t lines = 1;
  for (;;) {
    const QuoteScanner::State state = scanner.Scan(Text(begin_ + scanned, extent.end));
    extent.lines = lines++;
    if (state == QuoteScanner::State::kClosed) return true;
    if (state == QuoteScanner::State::kWrong || !extent.terminated) break;
    scanned = extent.end - begin_;
    if (FindLine(scanned + 1, extent)) continue;
    if (end_ - begin_ > rules_.max_bytes) break;
    extent.end = extent.next = end_;  // the stream ends here
    extent.terminated = false;
  }
  extent = {begin_ + first_end, begin_ + first_end + 1, 1, true, true};
  return true;
}

void RecordSplitter::Take(const Extent& extent, RawRecord& record) {
  record.bytes = Text(begin_, extent.end);
  record.length = record.bytes.size();
  if (record.bytes.ends_with('\r')) record.bytes.remove_suffix(1);
  record.offset = offset_;
  record.line = line_;
  record.unterminated = !extent.terminated;
  record.fault.reset();
  if (extent.bad_quote) record.fault = RejectReason::kQuoting;
  if (!extent.terminated && !error_.ok()) record.fault = RejectReason::kTruncated;
  line_ += extent.lines;
  offset_ += extent.next - begin_;
  begin_ = extent.next;
}

void RecordSplitter::SkipLongRecord(RawRecord& record) {
  kept_.assign(data_ + begin_, std::min(kKeptOfLongRecord, rules_.max_bytes));
  record = {kept_, offset_, line_++, 0, false, RejectReason::kTooLong};
  for (;;) {
    const void* found = std::memchr(data_ + begin_, '\n', end_ - begin_);
    if (found != nullptr) {
      const auto line_end = static_cast<size_t>(static_cast<const char*>(found) - data_);
      record.length += line_end - begin_;
      offset_ += record.length + 1;
      begin_ = line_end + 1;
      return;
    }
    record.length += end_ - begin_;
    begin_ = end_;
    if (!Fill()) break;
  }
  record.unterminated = true;
  offset_ += record.length;
}

bool RecordSplitter::Fill() {
  if (ended_ || end_ - begin_ > rules_.max_bytes) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const absl::StatusOr<size_t> count = stream_->Read(buffer_.data() + end_, buffer_.size() - end_);
  if (!count.ok()) error_ = count.status();
  if (!count.ok() || *count == 0) {
    ended_ = true;
    return false;
  }
  end_ += *count;
  return true;
}

}  // namespace ringfence
