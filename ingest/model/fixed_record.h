// Records of one size: where one ends is told by counting bytes, not by line ends. The header names
// version and size; docs/cdr-formats.md, "binary", has the bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringfence {

inline constexpr std::string_view kBinaryFormat = "binary";
inline constexpr std::string_view kBinaryHeaderWords = "ringfence-binary ";  // of any version
inline constexpr size_t kUsualBinaryRecord = 128;                            // bytes

// 96 to 512 bytes in steps of 32.
bool IsBinaryRecordSize(size_t bytes);
// "96 to 512, a multiple of 32", for messages.
std::string BinaryRecordSizes();

// "ringfence-binary 1 128": version 1, 128 bytes a record.
std::string BinaryHeader(size_t record_bytes);
// The header as a record: spaces behind it, and a line feed.
std::string BinaryHeaderRecord(size_t record_bytes);
// The size that a header names, whatever spaces stand behind it; 0: it is no header of a version
// and size known here.
size_t BinaryRecordBytes(std::string_view header);

// The size of a stream's records, by the names that its sender gave; 0: they are lines.
size_t FixedRecordBytes(std::string_view format, std::string_view header);

}  // namespace ringfence
