// The files that a journal consists of: their names and their first bytes.
// Internal to ingest/journal. docs/journal-format.md is the contract.
//
//   offset  bytes
//   0       6      "RFJRNL"
//   6       2      version of the format, now 2
//   8       8      number of the first entry
//   16      8      salt of the frames' CRCs
//   24      4      CRC of the frame before it; 0: there is none
//   28      4      CRC32C of bytes 0..28
//   32             frames; behind the last one zeros, in the last segment only
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/journal/disk.h"

namespace ringfence {

struct SegmentHeader {
  static constexpr size_t kBytes = 32;

  uint64_t first_lsn = 1;
  uint64_t salt = 0;
  uint32_t previous_crc = 0;
};

std::string WriteSegmentHeader(const SegmentHeader& header);
// DataLoss: damaged, or none. InvalidArgument: of another version.
absl::StatusOr<SegmentHeader> ReadSegmentHeader(std::string_view bytes);

// "00000000000000000001.journal"
std::string SegmentName(uint64_t first_lsn);
std::optional<uint64_t> FirstLsnOf(std::string_view name);
// The first entries of all segments in the folder, rising.
absl::StatusOr<std::vector<uint64_t>> ListSegments(Disk& disk);

}  // namespace ringfence
