#include "ingest/model/fixed_record.h"

#include <charconv>

#include "absl/strings/str_cat.h"

namespace ringfence {
namespace {

constexpr std::string_view kHeaderWords = "ringfence-binary 1 ";  // of this version
constexpr size_t kLeast = 96;
constexpr size_t kMost = 512;
constexpr size_t kStep = 32;

}  // namespace

bool IsBinaryRecordSize(size_t bytes) {
  return bytes >= kLeast && bytes <= kMost && bytes % kStep == 0;
}

std::string BinaryRecordSizes() {
  return absl::StrCat(kLeast, " to ", kMost, ", a multiple of ", kStep);
}

std::string BinaryHeader(size_t record_bytes) {
  return std::string(kHeaderWords) + std::to_string(record_bytes);
}

std::string BinaryHeaderRecord(size_t record_bytes) {
  std::string record = BinaryHeader(record_bytes);
  record.resize(record_bytes - 1, ' ');
  return record + "\n";
}

size_t BinaryRecordBytes(std::string_view header) {
  while (header.ends_with(' ')) header.remove_suffix(1);
  if (!header.starts_with(kHeaderWords)) return 0;
  header.remove_prefix(kHeaderWords.size());
  size_t bytes = 0;
  std::from_chars(header.data(), header.data() + header.size(), bytes);
  // As it is written here and no other way: spools compare headers.
  const bool exact = header == std::to_string(bytes);
  return exact && IsBinaryRecordSize(bytes) ? bytes : 0;
}

size_t FixedRecordBytes(std::string_view format, std::string_view header) {
  return format == kBinaryFormat ? BinaryRecordBytes(header) : 0;
}

}  // namespace ringfence
