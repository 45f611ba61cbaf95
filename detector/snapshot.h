// The bytes around a snapshot's content: what it is, which version, and whether it is whole.
//
//   "RFDETECT"   8 bytes
//   version      varint, now 2
//   content      see Detector::Snapshot()
//   checksum     8 bytes, XXH3-64 of all before it, lowest byte first
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace ringfence {

std::string SealSnapshot(std::string_view content);

// The content. InvalidArgument: not a snapshot, or of an unknown version. DataLoss: damaged or cut
// off.
absl::StatusOr<std::string_view> OpenSnapshot(std::string_view bytes);

}  // namespace ringfence
