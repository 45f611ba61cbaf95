// In which layout the records of an input are written, and how that is found out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "ingest/text/record_splitter.h"

namespace ringfence {

// docs/cdr-formats.md has an example of each.
enum class CdrFormat : uint8_t {
  kCanonical,          // "canonical": CSV with a header of our own names
  kKamailioFlatstore,  // "kamailio-flatstore"
  kKamailioStream,     // "kamailio-stream": dump of the Redis stream
  kAsterisk,           // "asterisk": cdr-csv/Master.csv
  kFreeswitch,         // "freeswitch": cdr-csv, template `example`
  kCucm,               // "cucm": Cisco Unified Communications Manager
  kJsonLines,          // "json-lines"
  kColumns,            // "columns": any delimited layout, mapped by hand
};

std::string_view CdrFormatName(CdrFormat format);
std::optional<CdrFormat> CdrFormatFromName(std::string_view name);
// "canonical, kamailio-flatstore, …", for messages.
std::string CdrFormatNames();

// What a person chose on the command line or in the configuration.
struct LayoutChoice {
  std::string format = "auto";  // or a name above
  std::string columns = "";     // "calling=3,called=4,setup_time=1": makes the format kColumns
  std::string delimiter = "";   // one character, or "tab"; empty: the format's own
};

// All that is needed, with DecodeOptions, to decode records: a plain value that can be sent along.
struct Layout {
  CdrFormat format = CdrFormat::kCanonical;
  char delimiter = ',';
  std::string header = "";   // the header record without its line end; empty: there is none
  std::string columns = "";  // the mapping of kColumns

  // How the text is split into records.
  RecordRules Rules(size_t max_record_bytes) const;

  friend bool operator==(const Layout&, const Layout&) = default;
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
