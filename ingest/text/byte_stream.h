// Bytes of a file, of standard input or of memory, decompressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace ringfence {

// A stream of bytes that is read once, from the front. Not thread-safe.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Fills up to `capacity` (at least 1) bytes and returns how many; 0 at the end. An error names
  // the source and the place. Bytes in front of a damaged place are returned before the error is.
  virtual absl::StatusOr<size_t> Read(char* buffer, size_t capacity) = 0;

  // Bytes taken from the source so far, before decompression, and its size where that is known: for
  // progress.
  virtual uint64_t raw_bytes_read() const = 0;
  virtual std::optional<uint64_t> raw_size() const = 0;
};

// A file, or standard input for "-". gzip (also several members one after another) and zstd are
// recognised by their first bytes and decompressed; a compressed file that ends early is DataLoss.
// NotFound, PermissionDenied, or FailedPrecondition (a directory) with the path.
absl::StatusOr<std::unique_ptr<ByteStream>> OpenBytes(const std::string& path);

// The bytes of `text`, as they are or decompressed as above. `name` stands in errors.
absl::StatusOr<std::unique_ptr<ByteStream>> BytesOf(std::string text,
                                                    const std::string& name = "memory");

// `text`, which was read from `rest` to look at it, then what is left of `rest`.
std::unique_ptr<ByteStream> Unread(std::string text, std::unique_ptr<ByteStream> rest);

}  // namespace ringfence
