// Finds out in which layout the records of an input are written.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ingest/formats/cdr_layout.h"

namespace ringfence {

// What a person chose on the command line or in the configuration.
struct LayoutChoice {
  std::string format = "auto";  // or a name above
  std::string columns = "";     // "calling=3,called=4,setup_time=1": makes the format kColumns
  std::string delimiter = "";   // one character, or "tab"; empty: the format's own
};

// Finds the layout from the first records of an input (at least one, 16 are enough; in auto the
// first that is recognised decides, in the formats with a header it is the first record).
// InvalidArgument names what is wrong with the choice, or, for an unknown layout, the columns that
// were seen and the formats that could be given.
absl::StatusOr<Layout> FindLayout(const LayoutChoice& choice,
                                  absl::Span<const std::string_view> first_records);

// The layout that a sender names by its parts; an empty delimiter is the format's own.
// InvalidArgument as FindLayout.
absl::StatusOr<Layout> LayoutOf(std::string_view format, std::string_view header,
                                std::string_view columns, std::string_view delimiter);

// One character, or "tab" or "\t".
absl::StatusOr<char> ParseDelimiter(std::string_view text);

}  // namespace ringfence
