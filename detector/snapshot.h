// The bytes around a snapshot's content: what it is, which version, and whether it is whole.
//
//   "RFDETECT"   8 bytes
//   version      varint: 2, or 3 where each subject has its features
//   content      see Detector::Snapshot()
//   checksum     8 bytes, XXH3-64 of all before it, lowest byte first
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace ringfence {

struct SnapshotContent {
  std::string_view bytes;
  bool features = false;
};

std::string SealSnapshot(const SnapshotContent& content);

// The content, in `bytes`. InvalidArgument: not a snapshot, or of an unknown version. DataLoss:
// damaged or cut off.
absl::StatusOr<SnapshotContent> OpenSnapshot(std::string_view bytes);

}  // namespace ringfence
