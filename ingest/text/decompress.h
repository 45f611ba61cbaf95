// gzip and zstd as byte streams.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ingest/text/byte_stream.h"

namespace ringfence {

enum class Compression : uint8_t { kNone, kGzip, kZstd };

// Judged by the first (up to 4) bytes.
Compression CompressionOf(std::string_view first_bytes);

// The decompressed bytes of `raw`, which must be of that compression (not kNone). `name` stands in
// errors.
absl::StatusOr<std::unique_ptr<ByteStream>> Decompress(Compression compression,
                                                       std::unique_ptr<ByteStream> raw,
                                                       const std::string& name);

}  // namespace ringfence
