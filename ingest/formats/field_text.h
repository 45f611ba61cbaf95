// Small judgements on the text of one field that several layouts share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/formats/record_format.h"

namespace ringfence {

std::string_view TrimField(std::string_view text);
std::string LowerField(std::string_view text);  // trimmed and in lower case
bool IsDigitsField(std::string_view text);      // one digit or more
// Empty where the record has fewer columns.
inline std::string_view FieldAt(const std::vector<std::string_view>& fields, size_t column) {
  return column < fields.size() ? fields[column] : std::string_view();
}
bool LooksLikeTime(std::string_view text);

RecordFormat::Result RefuseQuoting(Refusal& refusal);
// "has 3 columns; 12 are expected".
RecordFormat::Result RefuseColumns(size_t columns, std::string_view expected, Refusal& refusal);

// The Q.850 code of a cause's name ("NORMAL_CLEARING"), in digits; empty for an unknown one.
std::string_view Q850OfName(std::string_view name);

}  // namespace ringfence
