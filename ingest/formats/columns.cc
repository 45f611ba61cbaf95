// --columns: any delimited layout, mapped by column number (from 1) or by header name.
#include <algorithm>
#include <charconv>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "ingest/formats/field_text.h"
#include "ingest/formats/mapped_columns.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

absl::Status Refuse(std::string_view entry, std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "--columns: '", ToAbsl(entry), "' ", ToAbsl(why),
      "; write it as calling=3,called=4,setup_time=1 with column numbers from 1 or "
      "names of the header; fields: ",
      absl::StrJoin(kFieldNames, ", ",
                    [](std::string* out, std::string_view name) { out->append(name); })));
}

absl::StatusOr<size_t> ColumnOf(std::string_view entry, std::string_view value,
                                const std::vector<std::string>& names) {
  if (IsDigitsField(value)) {
    constexpr size_t kMaxColumn = 1000;
    size_t column = 0;
    std::from_chars(value.data(), value.data() + value.size(), column);
    if (column < 1 || column > kMaxColumn) return Refuse(entry, "has no column from 1 to 1000");
    return column - 1;
  }
  const auto found = std::find(names.begin(), names.end(), LowerField(value));
  if (found == names.end()) return Refuse(entry, "names a column that the header does not have");
  return static_cast<size_t>(found - names.begin());
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordFormat>> MakeColumns(const Layout& layout) {
  MappedColumns::Mapping mapping;
  const std::vector<std::string> names = HeaderNames(layout);
  if (!layout.header.empty()) mapping.expected = names.size();
  for (const absl::string_view part : absl::StrSplit(layout.columns, ',')) {
    const std::string_view entry = TrimField(ToStd(part));
    const size_t equals = entry.find('=');
    if (equals == std::string_view::npos) return Refuse(entry, "has no '='");
    const std::string name = LowerField(entry.substr(0, equals));
    if (name == "header") continue;  // read when the layout was found
    const size_t field = FieldIndex(name);
    if (field == kFieldNames.size()) return Refuse(entry, "names no field");
    if (mapping.column[field] != MappedColumns::kNone) return Refuse(entry, "comes twice");
    RF_ASSIGN_OR_RETURN(mapping.column[field],
                        ColumnOf(entry, TrimField(entry.substr(equals + 1)), names));
  }
  if (const std::string missing = MissingFields(mapping); !missing.empty()) {
    return Refuse(layout.columns, absl::StrCat("lacks ", missing));
  }
  return std::make_unique<MappedColumns>(layout, mapping);
}

}  // namespace ringfence
