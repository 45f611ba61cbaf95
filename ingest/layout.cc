#include "ingest/layout.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ingest/formats/field_text.h"
#include "ingest/formats/record_format.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/fixed_record.h"
#include "ingest/model/status_macros.h"
#include "ingest/text/encoding.h"
#include "ingest/text/fields.h"

namespace ringfence {
namespace {

constexpr std::array<char, 4> kDelimiters = {',', ';', '\t', '|'};

std::string_view WithoutLineEnd(std::string_view record) {
  if (record.ends_with('\r')) record.remove_suffix(1);
  return record;
}

Layout WithHeader(CdrFormat format, char delimiter, std::string_view header) {
  return {format, delimiter, std::string(WithoutLineEnd(header)), ""};
}

// Recognises a record on its own; `first` allows the formats with a header.
std::optional<Layout> Recognise(std::string_view record, bool first) {
  if (TrimField(record).starts_with('{')) return Layout{CdrFormat::kJsonLines, ',', "", ""};
  using Test = bool (*)(const std::vector<std::string_view>&);
  constexpr std::array<std::pair<CdrFormat, Test>, 4> kBare = {{
      {CdrFormat::kKamailioFlatstore, IsKamailioFlatstore},
      {CdrFormat::kKamailioStream, IsKamailioStream},
      {CdrFormat::kAsterisk, IsAsterisk},
      {CdrFormat::kFreeswitch, IsFreeswitch},
  }};
  for (const auto& [format, test] : kBare) {
    const RecordRules rules = Layout{format, DefaultDelimiter(format), "", ""}.Rules(0);
    FieldSplitter splitter(rules.delimiter, rules.quote);
    std::vector<std::string_view> fields;
    if (splitter.Split(record, fields) && test(fields)) {
      return Layout{format, rules.delimiter, "", ""};
    }
  }
  if (!first) return std::nullopt;
  if (record.starts_with(kBinaryHeaderWords)) {
    return WithHeader(CdrFormat::kBinary, DefaultDelimiter(CdrFormat::kBinary), TrimField(record));
  }
  for (const char delimiter : kDelimiters) {
    FieldSplitter splitter(delimiter);
    std::vector<std::string_view> fields;
    if (!splitter.Split(record, fields)) continue;
    if (IsCanonicalHeader(fields)) return WithHeader(CdrFormat::kCanonical, delimiter, record);
    if (IsCucmHeader(fields)) return WithHeader(CdrFormat::kCucm, delimiter, record);
  }
  return std::nullopt;
}

bool IsBinary(std::string_view record) {
  return std::any_of(record.begin(), record.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r';
  });
}

// The beginning of a field, in a form that any terminal can show: whole characters of UTF-8, and
// nothing that would steer the terminal.
std::string Shown(std::string_view field) {
  constexpr size_t kShownBytes = 24;
  const absl::StatusOr<std::string> utf8 = ToUtf8(field);
  std::string text = utf8.ok() ? *utf8 : std::string(field);
  const bool cut = text.size() > kShownBytes;
  if (cut) {
    size_t end = kShownBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);
  }
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !utf8.ok())) c = '?';
  }
  return cut ? text + "…" : text;
}

// "12 columns separated by ';': a, b, c, …"
std::string DescribeColumns(std::string_view record) {
  constexpr size_t kShownColumns = 12;
  char delimiter = ',';
  size_t most = 0;
  for (const char candidate : kDelimiters) {
    const auto count = static_cast<size_t>(std::count(record.begin(), record.end(), candidate));
    if (count > most) {
      most = count;
      delimiter = candidate;
    }
  }
  FieldSplitter splitter(delimiter, RecordRules::kNoQuotes);
  std::vector<std::string_view> fields;
  splitter.Split(record, fields);
  std::string text = absl::StrCat(fields.size(), fields.size() == 1 ? " column" : " columns");
  if (fields.size() > 1) {
    absl::StrAppend(&text, " separated by ",
                    delimiter == '\t' ? "tabs" : absl::StrCat("'", std::string(1, delimiter), "'"));
  }
  for (size_t i = 0; i < fields.size() && i < kShownColumns; ++i) {
    absl::StrAppend(&text, i == 0 ? ": " : ", ", Shown(fields[i]));
  }
  if (fields.size() > kShownColumns) text += ", …";
  return text;
}

absl::Status BinaryInput() {
  return absl::InvalidArgumentError(
      "the input is binary, not call records as text (gzip and zstd are read as they are)");
}

absl::Status UnknownLayout(std::string_view record) {
  if (IsBinary(record)) return BinaryInput();
  return absl::InvalidArgumentError(
      absl::StrCat("the layout of the records is not known; the first has ",
                   DescribeColumns(record), ". Name it with --format (", CdrFormatNames(),
                   ") or map its columns with --columns calling=…,called=…,setup_time=…"));
}

bool HasNamedColumns(std::string_view columns) {
  for (const absl::string_view part : absl::StrSplit(ToAbsl(columns), ',')) {
    const std::pair<absl::string_view, absl::string_view> entry =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    const std::string_view value = TrimField(ToStd(entry.second));
    if (!value.empty() && !IsDigitsField(value) && value != "no") return true;
  }
  return false;
}

absl::StatusOr<Layout> ChosenLayout(CdrFormat format, const LayoutChoice& choice,
                                    std::string_view first) {
  Layout layout = {format, DefaultDelimiter(format), "", choice.columns};
  const bool binary = format == CdrFormat::kBinary;
  const bool has_header = binary || format == CdrFormat::kCanonical || format == CdrFormat::kCucm ||
                          (format == CdrFormat::kColumns && HasNamedColumns(choice.columns));
  if (!choice.delimiter.empty()) {
    RF_ASSIGN_OR_RETURN(layout.delimiter, ParseDelimiter(choice.delimiter));
  } else if (has_header && format != CdrFormat::kColumns) {
    const std::optional<Layout> seen = Recognise(first, true);
    if (seen && seen->format == format) layout.delimiter = seen->delimiter;
  }
  if (has_header) layout.header = std::string(binary ? TrimField(first) : WithoutLineEnd(first));
  const absl::Status usable = CheckLayout(layout);
  if (!usable.ok()) {
    if (IsBinary(first)) return BinaryInput();
    return absl::InvalidArgumentError(
        absl::StrCat(usable.message(), "; the first record has ", DescribeColumns(first)));
  }
  return layout;
}

}  // namespace

absl::StatusOr<Layout> FindLayout(const LayoutChoice& choice,
                                  absl::Span<const std::string_view> first_records) {
  const std::string_view first = first_records.empty() ? "" : first_records.front();
  if (!choice.columns.empty()) {
    if (choice.format != "auto" && choice.format != CdrFormatName(CdrFormat::kColumns)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--columns maps a layout of its own: it can't be used with --format ", choice.format));
    }
    return ChosenLayout(CdrFormat::kColumns, choice, first);
  }
  if (choice.format != "auto") {
    const std::optional<CdrFormat> format = CdrFormatFromName(choice.format);
    if (!format) {
      return absl::InvalidArgumentError(absl::StrCat(
          "format '", choice.format, "' is not known; formats: auto, ", CdrFormatNames()));
    }
    return ChosenLayout(*format, choice, first);
  }
  for (size_t i = 0; i < first_records.size(); ++i) {
    const std::string_view record = WithoutLineEnd(first_records[i]);
    const std::optional<Layout> layout = Recognise(record, i == 0);
    if (!layout) continue;
    RF_RETURN_IF_ERROR(CheckLayout(*layout));
    return *layout;
  }
  return UnknownLayout(WithoutLineEnd(first));
}

absl::StatusOr<Layout> LayoutOf(std::string_view format, std::string_view header,
                                std::string_view columns, std::string_view delimiter) {
  const std::optional<CdrFormat> known = CdrFormatFromName(format);
  if (!known) {
    return absl::InvalidArgumentError(
        absl::StrCat("format '", ToAbsl(format), "' is not known; formats: ", CdrFormatNames()));
  }
  if (*known == CdrFormat::kBinary) header = TrimField(header);
  Layout layout = {*known, DefaultDelimiter(*known), std::string(header), std::string(columns)};
  if (!delimiter.empty()) {
    RF_ASSIGN_OR_RETURN(layout.delimiter, ParseDelimiter(delimiter));
  }
  RF_RETURN_IF_ERROR(CheckLayout(layout));
  return layout;
}

absl::StatusOr<char> ParseDelimiter(std::string_view text) {
  if (text == "tab" || text == "\\t") return '\t';
  if (text.size() != 1 || text[0] == '"' || text[0] == '\n' || text[0] == '\r') {
    return absl::InvalidArgumentError(absl::StrCat(
        "delimiter '", ToAbsl(text), "' is not allowed: one character other than '\"', or tab"));
  }
  return text[0];
}

}  // namespace ringfence
