#include "ingest/formats/cdr_layout.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "ingest/formats/record_format.h"
#include "ingest/model/absl_bridge.h"

namespace ringfence {
namespace {

struct FormatWords {
  std::string_view name;
  char delimiter;
  char quote;
};

// In the order of CdrFormat.
constexpr std::array<FormatWords, 8> kFormats = {{
    {"canonical", ',', '"'},
    {"kamailio-flatstore", '|', RecordRules::kNoQuotes},
    {"kamailio-stream", '\t', RecordRules::kNoQuotes},
    {"asterisk", ',', '"'},
    {"freeswitch", ',', '"'},
    {"cucm", ',', '"'},
    {"json-lines", ',', RecordRules::kNoQuotes},
    {"columns", ',', '"'},
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

RecordRules Layout::Rules(size_t max_record_bytes) const {
  return {delimiter, WordsOf(format).quote, max_record_bytes};
}

char DefaultDelimiter(CdrFormat format) { return WordsOf(format).delimiter; }

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
  }
  return absl::InvalidArgumentError("no such format");
}

}  // namespace ringfence
