// Which bytes of a payload are which records, without a look at what they hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ingest/transport/stream.h"

namespace ringfence {

// The size of the stream's records; 0: they are lines.
size_t RecordBytesOf(const FormatSpec& format);

// Whether the payload can be `count` records, one or more. Lines: it ends with a line feed; more
// can't be said, as quotes may hold line feeds. Of one size: there are as many, the last of which
// may be cut off.
bool CanBeRecords(std::string_view payload, uint32_t count, size_t record_bytes);
// The same as a sentence for who sends.
std::string_view RecordsMustBe(size_t record_bytes);

// Bytes of the first `first` of `count` records; none where a payload can't be cut because its
// lines are not its records.
std::optional<size_t> BytesOfFirst(std::string_view payload, uint32_t count, uint64_t first,
                                   size_t record_bytes);

}  // namespace ringfence
