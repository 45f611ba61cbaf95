#include "whitelist/csv/csv_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/reject_reason.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "ingest/text/encoding.h"

namespace ringfence {
namespace {

constexpr size_t kMaxRow = 1024 * 1024;
constexpr std::array<std::string_view, 6> kRemarks = {"note",    "notes", "remark",
                                                      "remarks", "备注",  "序号"};

bool SameName(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(ToAbsl(a), ToAbsl(b));
}

size_t FindColumn(absl::Span<const CsvColumn> columns, std::string_view name) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const CsvColumn& column) {
    return SameName(column.name, name) ||
           std::any_of(column.aliases.begin(), column.aliases.end(),
                       [&](std::string_view alias) { return SameName(alias, name); });
  });
  return found == columns.end() ? CsvTable::Layout::kNone
                                : static_cast<size_t>(found - columns.begin());
}

std::string Shown(std::string_view value) {
  constexpr size_t kMax = 60;
  if (value.size() <= kMax) return std::string(value);
  size_t end = kMax;
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat(ToAbsl(value.substr(0, end)), "…");
}

absl::Status UnknownLayout(std::string_view why, const std::vector<std::string>& header,
                           absl::Span<const CsvColumn> columns) {
  std::vector<std::string> seen;
  for (const std::string& cell : header) seen.push_back(Shown(cell));
  return absl::InvalidArgumentError(
      absl::StrCat("line 1: ", ToAbsl(why), "; the columns are: ", absl::StrJoin(seen, ", "),
                   "; understood are: ",
                   absl::StrJoin(columns, ", ", [](std::string* out, const CsvColumn& column) {
                     absl::StrAppend(out, ToAbsl(column.name));
                     if (!column.aliases.empty())
                       absl::StrAppend(out, " (", ToAbsl(column.aliases[0]), ")");
                   })));
}

// A cell as UTF-8 without blanks at its ends. Nothing when it is in no known encoding.
absl::StatusOr<std::string> Clean(std::string_view cell) {
  RF_ASSIGN_OR_RETURN(const std::string text, ToUtf8(cell));
  // Spreadsheets leave no-break and full-width blanks, which look like nothing.
  std::string_view rest = text;
  for (bool again = true; again;) {
    rest = ToStd(absl::StripAsciiWhitespace(ToAbsl(rest)));
    again = false;
    for (const std::string_view blank : {"\xC2\xA0", "\xE3\x80\x80"}) {
      if (rest.starts_with(blank)) rest.remove_prefix(blank.size()), again = true;
      if (rest.ends_with(blank)) rest.remove_suffix(blank.size()), again = true;
    }
  }
  return std::string(rest);
}

}  // namespace

void CsvFaults::Add(uint64_t line, std::string_view column, std::string_view value,
                    std::string_view reason) {
  ++count_;
  if (kept_.size() >= kMaxKept) return;
  kept_.push_back({line, std::string(column), Shown(value), std::string(reason)});
}

absl::Status CsvFaults::ToStatus(std::string_view file, std::string_view consequence) const {
  if (empty()) return absl::OkStatus();
  std::string text = absl::StrCat(ToAbsl(file), ": ", count_,
                                  count_ == 1 ? " fault; " : " faults; ", ToAbsl(consequence));
  for (const CsvFault& fault : kept_) {
    absl::StrAppend(&text, "\n", ToAbsl(file), ":", fault.line, ": ");
    if (!fault.column.empty()) absl::StrAppend(&text, fault.column, " '", fault.value, "': ");
    absl::StrAppend(&text, fault.reason);
  }
  if (count_ > kept_.size()) absl::StrAppend(&text, "\n… and ", count_ - kept_.size(), " more");
  return absl::InvalidArgumentError(text);
}

CsvTable::CsvTable(std::unique_ptr<ByteStream> stream)
    : reader_(std::move(stream), RecordRules{.max_bytes = kMaxRow}) {}

absl::StatusOr<CsvTable> CsvTable::Open(std::unique_ptr<ByteStream> stream, const Layout& layout,
                                        const CsvOptions& options) {
  CsvTable table(std::move(stream));
  table.columns_ = layout.columns.size();
  table.has_comments_ = layout.bare_column != Layout::kNone;
  Row row;
  RF_ASSIGN_OR_RETURN(const bool found, table.NextRow(row));
  if (!found) {
    return absl::FailedPreconditionError(
        "the file is empty; a list without entries has its header line at least");
  }
  if (row.fault.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("line 1: ", ToAbsl(RejectReasonText(*row.fault))));
  }
  std::vector<std::string> header;
  for (const std::string_view field : row.fields) {
    auto cell = Clean(field);
    if (!cell.ok()) return absl::InvalidArgumentError("line 1: neither UTF-8 nor GBK");
    header.push_back(*std::move(cell));
  }
  const bool bare = layout.is_bare != nullptr && header.size() == 1 &&
                    FindColumn(layout.columns, header[0]) == Layout::kNone &&
                    layout.is_bare(header[0], options);
  if (bare) {
    table.places_ = {layout.bare_column};
    table.first_row_ = std::move(header);
    return table;
  }
  RF_RETURN_IF_ERROR(table.MapHeader(header, layout, options));
  return table;
}

absl::StatusOr<bool> CsvTable::NextRow(Row& row) {
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool found, reader_.Next(row));
    const bool comment = has_comments_ && found && !row.fault.has_value() && !row.fields.empty() &&
                         row.fields[0].starts_with('#');
    if (!comment) return found;
  }
}

absl::Status CsvTable::MapHeader(const std::vector<std::string>& header, const Layout& layout,
                                 const CsvOptions& options) {
  std::vector<std::string> unknown;
  for (const std::string& name : header) {
    const size_t place = FindColumn(layout.columns, name);
    const bool remark =
        name.empty() || std::any_of(kRemarks.begin(), kRemarks.end(),
                                    [&](auto other) { return SameName(other, name); });
    if (place == Layout::kNone && !remark) unknown.push_back(Shown(name));
    if (place != Layout::kNone && std::count(places_.begin(), places_.end(), place) > 0) {
      return UnknownLayout(absl::StrCat("the column '", name, "' appears twice"), header,
                           layout.columns);
    }
    places_.push_back(place);
  }
  for (const size_t wanted : layout.required) {
    if (std::count(places_.begin(), places_.end(), wanted) == 0) {
      return UnknownLayout(
          absl::StrCat("the column '", ToAbsl(layout.columns[wanted].name), "' is missing"), header,
          layout.columns);
    }
  }
  if (!unknown.empty() && options.unused_columns == nullptr) {
    return UnknownLayout(absl::StrCat("unknown column '", unknown.front(), "'"), header,
                         layout.columns);
  }
  if (!unknown.empty()) *options.unused_columns = std::move(unknown);
  return absl::OkStatus();
}

bool CsvTable::Take(const Row& from, CsvRow& row, CsvFaults& faults) const {
  row.line = from.line;
  row.cells.assign(columns_, "");
  if (from.fault.has_value()) {
    faults.Add(from.line, "", "", RejectReasonText(*from.fault));
    return false;
  }
  for (size_t i = 0; i < from.fields.size(); ++i) {
    auto cell = Clean(from.fields[i]);
    if (!cell.ok()) {
      faults.Add(from.line, "", "", absl::StrCat("column ", i + 1, " is neither UTF-8 nor GBK"));
      return false;
    }
    if (i >= places_.size()) {
      if (cell->empty()) continue;
      faults.Add(
          from.line, "", "",
          absl::StrCat("has ", from.fields.size(), " columns, the header has ", places_.size()));
      return false;
    }
    if (places_[i] != Layout::kNone) row.cells[places_[i]] = *std::move(cell);
  }
  return true;
}

absl::StatusOr<bool> CsvTable::Next(CsvRow& row, CsvFaults& faults) {
  if (!first_row_.empty()) {
    row.line = 1;
    row.cells.assign(columns_, "");
    row.cells[places_[0]] = std::move(first_row_[0]);
    first_row_.clear();
    return true;
  }
  Row from;
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool found, NextRow(from));
    if (!found) return false;
    if (!Take(from, row, faults)) continue;
    // Spreadsheets end in rows of commas.
    if (std::any_of(row.cells.begin(), row.cells.end(),
                    [](const std::string& cell) { return !cell.empty(); })) {
      return true;
    }
  }
}

absl::StatusOr<PhoneNumber> ParseNumberCell(std::string_view cell, const CsvOptions& options) {
  return options.plan->Normalise(cell);
}

absl::StatusOr<bool> ParseBoolCell(std::string_view cell) {
  for (const std::string_view yes : {"yes", "true", "1", "y", "是", "有"}) {
    if (SameName(cell, yes)) return true;
  }
  for (const std::string_view no : {"no", "false", "0", "n", "否", "无"}) {
    if (SameName(cell, no)) return false;
  }
  return absl::InvalidArgumentError("must be yes or no (是/否)");
}

absl::StatusOr<uint32_t> ParseCountCell(std::string_view cell) {
  uint32_t value = 0;
  const bool digits =
      std::all_of(cell.begin(), cell.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!cell.empty() && digits && absl::SimpleAtoi(ToAbsl(cell), &value)) return value;
  return absl::InvalidArgumentError("must be a whole number from 0 to 4294967295");
}

absl::StatusOr<uint32_t> ParseDaysCell(std::string_view cell) {
  for (const std::string_view unit : {"d", "天"}) {
    if (cell.ends_with(unit)) return ParseCountCell(cell.substr(0, cell.size() - unit.size()));
  }
  return ParseCountCell(cell);
}

absl::StatusOr<EventTime> ParseTimeCell(std::string_view cell, bool end_of_day,
                                        const CsvOptions& options) {
  const std::string plain =
      absl::StrReplaceAll(ToAbsl(cell), {{"年", "-"}, {"月", "-"}, {"日", ""}, {"/", "-"}});
  if (plain.find_first_not_of("0123456789-") == std::string::npos &&
      std::count(plain.begin(), plain.end(), '-') == 2) {
    absl::CivilDay day;
    if (!absl::ParseLenientCivilTime(plain, &day) || day.year() < 1970 || day.year() > 9998) {
      return absl::InvalidArgumentError("is no day between 1970-01-01 and 9998-12-31");
    }
    const absl::Time time = absl::FromCivil(end_of_day ? day + 1 : day, options.zone);
    return FromUnixMicros(absl::ToUnixMicros(time));
  }
  RF_ASSIGN_OR_RETURN(const EventTime time, ParseTime(cell, options.zone));
  return EventTime(std::chrono::floor<std::chrono::milliseconds>(time));
}

std::vector<std::string> SplitCell(std::string_view cell) {
  const std::string plain = absl::StrReplaceAll(ToAbsl(cell), {{"；", ";"}, {"、", ";"}});
  std::vector<std::string> items;
  for (const absl::string_view item : absl::StrSplit(plain, ';')) {
    const absl::string_view stripped = absl::StripAsciiWhitespace(item);
    if (!stripped.empty()) items.emplace_back(stripped);
  }
  return items;
}

}  // namespace ringfence
