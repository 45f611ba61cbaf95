#include "ingest/journal/segment.h"

#include <charconv>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ingest/model/crc32c.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr std::string_view kSegmentMagic = "RFJRNL";
constexpr uint64_t kVersion = 2;
constexpr std::string_view kSuffix = ".journal";
constexpr size_t kDigits = 20;
constexpr size_t kHeaderCrcAt = 28;

void Put(std::string& out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) {
    out.push_back(static_cast<char>(static_cast<uint8_t>(value >> (8 * i))));
  }
}

uint64_t Get(std::string_view bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    value |= uint64_t{static_cast<uint8_t>(bytes[at + i])} << (8 * i);
  }
  return value;
}

}  // namespace

std::string WriteSegmentHeader(const SegmentHeader& header) {
  std::string out(kSegmentMagic);
  Put(out, kVersion, 2);
  Put(out, header.first_lsn, 8);
  Put(out, header.salt, 8);
  Put(out, header.previous_crc, 4);
  Put(out, Crc32c(out), 4);
  return out;
}

absl::StatusOr<SegmentHeader> ReadSegmentHeader(std::string_view bytes) {
  if (bytes.size() < SegmentHeader::kBytes || !bytes.starts_with(kSegmentMagic)) {
    return absl::DataLossError("no segment of a journal");
  }
  if (Get(bytes, kHeaderCrcAt, 4) != Crc32c(bytes.substr(0, kHeaderCrcAt))) {
    return absl::DataLossError("the head of the segment is damaged");
  }
  if (const uint64_t version = Get(bytes, kSegmentMagic.size(), 2); version != kVersion) {
    return absl::InvalidArgumentError(
        absl::StrCat("journal of version ", version, "; this program reads ", kVersion));
  }
  return SegmentHeader{.first_lsn = Get(bytes, 8, 8),
                       .salt = Get(bytes, 16, 8),
                       .previous_crc = static_cast<uint32_t>(Get(bytes, 24, 4))};
}

std::string SegmentName(uint64_t first_lsn) {
  return absl::StrFormat("%0*d.journal", kDigits, first_lsn);
}

std::optional<uint64_t> FirstLsnOf(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  uint64_t lsn = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, lsn);
  if (error != std::errc() || end != name.data() + kDigits) return std::nullopt;
  return lsn;
}

absl::StatusOr<std::vector<uint64_t>> ListSegments(Disk& disk) {
  RF_ASSIGN_OR_RETURN(const std::vector<std::string> names, disk.List());
  std::vector<uint64_t> segments;
  for (const std::string& name : names) {
    if (const auto lsn = FirstLsnOf(name)) segments.push_back(*lsn);
  }
  return segments;  // as sorted as the names are: the numbers have one width
}

}  // namespace ringfence
