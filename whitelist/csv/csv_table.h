// CSV with a header, as ledgers and whitelists come: columns by name, faults collected, not thrown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "ingest/model/event_time.h"
#include "ingest/model/number_plan.h"
#include "ingest/text/byte_stream.h"
#include "ingest/text/delimited_reader.h"

namespace ringfence {

// How cells are read. The plan must outlive the reading.
struct CsvOptions {
  const NumberPlan* plan = nullptr;
  absl::TimeZone zone;      // of times without an offset, and of days
  EventTime default_added;  // of a whitelist entry that does not say; whole milliseconds
  // Null: a column that is not understood is an error, as it may be a misspelt one. Otherwise it is
  // passed over and named here.
  std::vector<std::string>* unused_columns = nullptr;
};

// What is wrong with a file, in one place. Cells are shown, also numbers: it is for the person who
// imports the file, not for logs.
struct CsvFault {
  uint64_t line = 0;   // from 1
  std::string column;  // as this program calls it; empty: the whole row
  std::string value;   // the cell, shortened
  std::string reason;
};

// Collects faults: all are counted, the first are kept.
class CsvFaults {
 public:
  static constexpr size_t kMaxKept = 1000;

  void Add(uint64_t line, std::string_view column, std::string_view value, std::string_view reason);
  bool empty() const { return count_ == 0; }
  uint64_t count() const { return count_; }
  const std::vector<CsvFault>& kept() const { return kept_; }

  // OK without faults; otherwise InvalidArgument with a line for each: "file:12: daily_limit 'x':
  // …". The first line ends in `consequence`.
  absl::Status ToStatus(std::string_view file,
                        std::string_view consequence = "nothing was imported") const;

 private:
  std::vector<CsvFault> kept_;
  uint64_t count_ = 0;
};

// A column that the file may have. Names are compared without case.
struct CsvColumn {
  std::string_view name;
  std::vector<std::string_view> aliases;
};

struct CsvRow {
  uint64_t line = 0;
  // One per column of the table, UTF-8, without blanks at the ends; empty where the file has no
  // such column.
  std::vector<std::string> cells;
};

class CsvTable {
 public:
  // Reads the header. InvalidArgument names the columns that were seen and those that are
  // understood when the first row lacks `required`, has one twice, or an unknown column; columns
  // for remarks (note, remark, 备注, 序号) are passed over. FailedPrecondition: there is not even a
  // header.
  //
  // bare_column: when the first row has one cell, and `is_bare` says that it is a value of that
  // column, the file has no header and just this column. A layout with such a column has comments,
  // too: rows that start with '#'.
  struct Layout {
    absl::Span<const CsvColumn> columns;
    std::vector<size_t> required;
    size_t bare_column = kNone;
    bool (*is_bare)(std::string_view cell, const CsvOptions& options) = nullptr;
    static constexpr size_t kNone = ~size_t{0};
  };
  static absl::StatusOr<CsvTable> Open(std::unique_ptr<ByteStream> stream, const Layout& layout,
                                       const CsvOptions& options);

  // The next row that can be split; rows that can't are added to `faults`. False at the end.
  absl::StatusOr<bool> Next(CsvRow& row, CsvFaults& faults);

 private:
  explicit CsvTable(std::unique_ptr<ByteStream> stream);

  absl::Status MapHeader(const std::vector<std::string>& header, const Layout& layout,
                         const CsvOptions& options);
  absl::StatusOr<bool> NextRow(Row& row);  // that is no comment
  bool Take(const Row& from, CsvRow& row, CsvFaults& faults) const;

  DelimitedReader reader_;
  size_t columns_ = 0;
  bool has_comments_ = false;
  std::vector<size_t> places_;  // of the file's columns among the table's; kNone: passed over
  std::vector<std::string> first_row_;  // of a file without a header
};

// Cells as values; a status says why not, without the value.
absl::StatusOr<PhoneNumber> ParseNumberCell(std::string_view cell, const CsvOptions& options);
absl::StatusOr<bool> ParseBoolCell(std::string_view cell);  // yes/no, true/false, 1/0, 是/否
absl::StatusOr<uint32_t> ParseCountCell(std::string_view cell);
absl::StatusOr<uint32_t> ParseDaysCell(std::string_view cell);  // "60", "60d", "60天"
// A time; a day alone ("2026-12-31", "2026/12/31", "2026年12月31日") means its beginning, or with
// `end_of_day` the beginning of the next: valid through that day. Cut to whole milliseconds.
absl::StatusOr<EventTime> ParseTimeCell(std::string_view cell, bool end_of_day,
                                        const CsvOptions& options);

// Items of a cell, separated by ';', '；' or '、', without blanks and without empty ones.
std::vector<std::string> SplitCell(std::string_view cell);

}  // namespace ringfence
