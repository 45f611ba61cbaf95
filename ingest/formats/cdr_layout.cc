#include "ingest/formats/cdr_layout.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "ingest/formats/record_format.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/fixed_record.h"

namespace ringfence {
namespace {

struct FormatWords {
  std::string_view name;
  char delimiter;
  char quote;
};

// In the order of CdrFormat.
constexpr std::array<FormatWords, 9> kFormats = {{
    {"canonical", ',', '"'},
    {"kamailio-flatstore", '|', RecordRules::kNoQuotes},
    {"kamailio-stream", '\t', RecordRules::kNoQuotes},
    {"asterisk", ',', '"'},
    {"freeswitch", ',', '"'},
    {"cucm", ',', '"'},
    {"json-lines", ',', RecordRules::kNoQuotes},
    {"columns", ',', '"'},
    {kBinaryFormat, ',', RecordRules::kNoQuotes},
}};

const FormatWords& WordsOf(CdrFormat format) { return kFormats[static_cast<size_t>(format)]; }

}  // namespace

std::string_view CdrFormatName(CdrFormat format) { return WordsOf(format).name; }

std::optional<CdrFormat> CdrFormatFromName(std::string_view name) {
  for (size_t i = 0; i < kFormats.size(); ++i) {
    if (kFormats[i].name == name) return static_cast<CdrFormat>(i);
  }
  return std::nullopt;
}

std::string CdrFormatNames() {
  std::string names;
  for (const FormatWords& words : kFormats) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", ToAbsl(words.name));
  }
  return names;
}

size_t Layout::record_bytes() const {
  return format == CdrFormat::kBinary ? BinaryRecordBytes(header) : 0;
}

bool Layout::IsHeader(std::string_view record) const {
  if (header.empty()) return false;
  if (record_bytes() == 0) return record == header;
  return record.size() == record_bytes() && record == BinaryHeaderRecord(record_bytes());
}

RecordRules Layout::Rules(size_t max_record_bytes) const {
  const size_t fixed = record_bytes();
  return {delimiter, WordsOf(format).quote, std::max(max_record_bytes, fixed), fixed};
}

char DefaultDelimiter(CdrFormat format) { return WordsOf(format).delimiter; }

absl::Status CheckLayout(const Layout& layout) {
  if (layout.header.find('\r') != std::string::npos) {
    return absl::InvalidArgumentError(
        "the lines end in a carriage return alone, as old Macs wrote them, so that the header "
        "would "
        "be the whole file: convert them, for example with tr '\\r' '\\n'");
  }
  if (layout.format != CdrFormat::kBinary) return MakeRecordFormat(layout).status();
  if (layout.record_bytes() > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the binary format needs a header such as '", BinaryHeader(kUsualBinaryRecord),
                   "': version 1, and the bytes of a record, ", BinaryRecordSizes()));
}

absl::StatusOr<std::unique_ptr<RecordFormat>> MakeRecordFormat(const Layout& layout) {
  switch (layout.format) {
    case CdrFormat::kCanonical:
      return MakeCanonical(layout);
    case CdrFormat::kKamailioFlatstore:
      return MakeKamailioFlatstore(layout);
    case CdrFormat::kKamailioStream:
      return MakeKamailioStream();
    case CdrFormat::kAsterisk:
      return MakeAsterisk(layout);
    case CdrFormat::kFreeswitch:
      return MakeFreeswitch(layout);
    case CdrFormat::kCucm:
      return MakeCucm(layout);
    case CdrFormat::kJsonLines:
      return MakeJsonLines();
    case CdrFormat::kColumns:
      return MakeColumns(layout);
    case CdrFormat::kBinary:
      return absl::InvalidArgumentError("binary records have no fields of text");
  }
  return absl::InvalidArgumentError("no such format");
}

}  // namespace ringfence
