#include "tools/terminal/table.h"

#include <algorithm>
#include <cstdint>
#include <ostream>

namespace ringfence {
namespace {

constexpr size_t kGap = 2;        // between columns
constexpr size_t kMinColumn = 6;  // a shrinking column keeps this much

struct CodePoint {
  uint32_t value;
  size_t bytes;
};

// Takes well-formed UTF-8; a stray byte counts as one character.
CodePoint Decode(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t bytes = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (bytes == 1 || bytes > text.size()) return {first, 1};
  uint32_t value = first & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; ++i)
    value = (value << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  return {value, bytes};
}

// The wide ranges of Unicode's East Asian Width that occur in names: CJK, kana, Hangul, full-width.
bool IsWide(uint32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
         (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
         (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x20000 && c <= 0x3FFFD);
}

std::string Fit(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  std::string result;
  size_t used = 1;  // the ellipsis
  while (!text.empty()) {
    const CodePoint c = Decode(text);
    const size_t columns = IsWide(c.value) ? 2 : 1;
    if (used + columns > width) break;
    result += text.substr(0, c.bytes);
    used += columns;
    text.remove_prefix(c.bytes);
  }
  return result + "…";
}

}  // namespace

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const CodePoint c = Decode(text);
    width += IsWide(c.value) ? 2 : 1;
    text.remove_prefix(c.bytes);
  }
  return width;
}

std::vector<size_t> Table::Widths(size_t width) const {
  std::vector<size_t> widths;
  size_t total = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t widest = DisplayWidth(columns_[i].title);
    for (const auto& row : rows_) widest = std::max(widest, DisplayWidth(row[i]));
    widths.push_back(widest);
    total += widest + (i == 0 ? 0 : kGap);
  }
  while (total > width) {
    size_t victim = columns_.size();
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!columns_[i].shrinks || widths[i] <= kMinColumn) continue;
      if (victim == columns_.size() || widths[i] > widths[victim]) victim = i;
    }
    if (victim == columns_.size()) break;
    --widths[victim];
    --total;
  }
  return widths;
}

void Table::Print(std::ostream& out, size_t width) const {
  const std::vector<size_t> widths = Widths(width);
  const auto print_row = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line.append(kGap, ' ');
      const std::string cell = Fit(cells[i], widths[i]);
      const std::string padding(widths[i] - std::min(widths[i], DisplayWidth(cell)), ' ');
      line += columns_[i].align == Align::kRight ? padding + cell : cell + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << "\n";
  };
  std::vector<std::string> titles;
  std::vector<std::string> rule;
  for (size_t i = 0; i < columns_.size(); ++i) {
    titles.push_back(columns_[i].title);
    std::string dashes;
    for (size_t n = 0; n < widths[i]; ++n) dashes += "─";
    rule.push_back(dashes);
  }
  print_row(titles);
  print_row(rule);
  for (const auto& row : rows_) print_row(row);
}

std::string WithThousands(uint64_t value) {
  std::string digits = std::to_string(value);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

}  // namespace ringfence
