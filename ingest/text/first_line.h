// What stands in front of a stream that is still being written.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "ingest/text/byte_stream.h"

namespace ringfence {

// Waits for the first line that is not blank and returns it without its line feed and without a
// byte order mark; empty when the input ends, or 1 MiB has come, without one. Appends to `text` all
// that was read, so that nothing is lost: see Unread(). Errors are those of the input.
absl::StatusOr<std::string> ReadFirstLine(ByteStream& input, std::string& text);

}  // namespace ringfence
