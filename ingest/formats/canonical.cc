// Canonical CSV: a header of our own names in any order, other columns ignored.
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/formats/field_text.h"
#include "ingest/formats/mapped_columns.h"

namespace ringfence {

bool IsCanonicalHeader(const std::vector<std::string_view>& fields) {
  size_t found = 0;
  for (const std::string_view field : fields) {
    const std::string name = LowerField(field);
    if (name == "calling" || name == "called" || name == "setup_time") ++found;
  }
  return found >= 3;
}

absl::StatusOr<std::unique_ptr<RecordFormat>> MakeCanonical(const Layout& layout) {
  MappedColumns::Mapping mapping;
  const std::vector<std::string> names = HeaderNames(layout);
  mapping.expected = names.size();
  for (size_t column = 0; column < names.size(); ++column) {
    const size_t field = FieldIndex(names[column]);
    if (field == kFieldNames.size()) continue;
    if (mapping.column[field] != MappedColumns::kNone) {
      return absl::InvalidArgumentError(
          absl::StrCat("the header names the column '", names[column], "' twice"));
    }
    mapping.column[field] = column;
  }
  if (const std::string missing = MissingFields(mapping); !missing.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the canonical format needs a header with the columns calling, called and "
                     "setup_time; missing: ",
                     missing));
  }
  return std::make_unique<MappedColumns>(layout, mapping);
}

}  // namespace ringfence
