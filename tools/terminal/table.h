// A table in a terminal of limited width. Chinese characters count as two columns.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace ringfence {

// Columns that a UTF-8 text takes in a terminal.
size_t DisplayWidth(std::string_view text);

class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
    bool shrinks = false;  // gives way, with "…", when the table is wider than the terminal
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One text per column.
  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }

  // Title line, rule, rows; no line is wider than `width` unless columns that may not shrink are.
  void Print(std::ostream& out, size_t width) const;

 private:
  std::vector<size_t> Widths(size_t width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// 1234567 -> "1,234,567".
std::string WithThousands(uint64_t value);

}  // namespace ringfence
