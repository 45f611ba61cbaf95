// UTF-8, GBK, JSON strings and CSV fields.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace ringfence {

// Well-formed by RFC 3629: no overlong forms, no surrogates. True for ASCII and for "".
bool IsUtf8(std::string_view text);

// UTF-8 stays as it is; anything else is read as GBK (GB18030), the other encoding that Chinese
// systems export. InvalidArgument when it is neither. Text that happens to be both counts as UTF-8.
absl::StatusOr<std::string> ToUtf8(std::string_view text);

// Appends `text` as a JSON string with its quotes. `text` must be UTF-8.
void AppendJsonString(std::string& out, std::string_view text);

// Appends a field, in quotes if it holds the delimiter, a quote or a line end.
void AppendCsvField(std::string& out, std::string_view field, char delimiter = ',');

// Appends a row and LF.
void AppendCsvRow(std::string& out, absl::Span<const std::string_view> fields,
                  char delimiter = ',');

}  // namespace ringfence
