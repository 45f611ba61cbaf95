// In which layout the records of an input are written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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
  kBinary,             // "binary": our own records of one size
};

std::string_view CdrFormatName(CdrFormat format);
std::optional<CdrFormat> CdrFormatFromName(std::string_view name);
// "canonical, kamailio-flatstore, …", for messages.
std::string CdrFormatNames();

// All that is needed, with DecodeOptions, to decode records: a plain value that can be sent along.
struct Layout {
  CdrFormat format = CdrFormat::kCanonical;
  char delimiter = ',';
  // The header record without its line end, and without the spaces that fill one of a fixed size;
  // empty: there is none.
  std::string header = "";
  std::string columns = "";  // the mapping of kColumns

  // Bytes of every record; 0: records are lines.
  size_t record_bytes() const;
  // Whether a record of the input is its header.
  bool IsHeader(std::string_view record) const;
  // How the text is split into records.
  RecordRules Rules(size_t max_record_bytes) const;

  friend bool operator==(const Layout&, const Layout&) = default;
};

// The separator that the format is usually written with.
char DefaultDelimiter(CdrFormat format);

}  // namespace ringfence
