// The bytes around a snapshot's content: what it is, which version, and whether it is whole.
//
//   "RFDETECT"   8 bytes
//   version      varint: 4, or 5 where each subject has its features; before rules had their
//                version in it, 2 and 3
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
  bool rule_versions = true;
};

std::string SealSnapshot(const SnapshotContent& content);

// The content, in `bytes`. InvalidArgument: not a snapshot, or of an unknown version. DataLoss:
// damaged or cut off.
absl::StatusOr<SnapshotContent> OpenSnapshot(std::string_view bytes);

}  // namespace ringfence
