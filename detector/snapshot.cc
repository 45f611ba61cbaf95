#include "detector/snapshot.h"

#include <xxhash.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/bytes.h"

namespace ringfence {
namespace {

constexpr std::string_view kMagic = "RFDETECT";
// And one more where each subject has its features.
constexpr uint64_t kWithoutRuleVersions = 2;
constexpr uint64_t kPlain = 4;
constexpr size_t kChecksumBytes = 8;

}  // namespace

std::string SealSnapshot(const SnapshotContent& content) {
  ByteWriter writer;
  writer.Reserve(kMagic.size() + 1 + content.bytes.size() + kChecksumBytes);
  writer.Raw(kMagic);
  writer.Varint((content.rule_versions ? kPlain : kWithoutRuleVersions) +
                (content.features ? 1 : 0));
  writer.Raw(content.bytes);
  writer.Fixed64(XXH3_64bits(writer.bytes().data(), writer.bytes().size()));
  return writer.Take();
}

absl::StatusOr<SnapshotContent> OpenSnapshot(std::string_view bytes) {
  if (bytes.substr(0, kMagic.size()) != kMagic) {
    return absl::InvalidArgumentError("not a detector snapshot: it does not begin with RFDETECT");
  }
  if (bytes.size() < kMagic.size() + 1 + kChecksumBytes) {
    return absl::DataLossError(
        absl::StrCat("the detector snapshot is cut off: ", bytes.size(), " bytes"));
  }
  const std::string_view sealed = bytes.substr(0, bytes.size() - kChecksumBytes);
  ByteReader checksum(bytes.substr(sealed.size()));
  if (checksum.Fixed64() != XXH3_64bits(sealed.data(), sealed.size())) {
    return absl::DataLossError(absl::StrCat("the detector snapshot of ", bytes.size(),
                                            " bytes is damaged or cut off: the checksum differs"));
  }
  ByteReader reader(sealed.substr(kMagic.size()));
  const uint64_t version = reader.Varint();
  if (!reader.ok() || version < kWithoutRuleVersions || version > kPlain + 1) {
    return absl::InvalidArgumentError(absl::StrCat("the detector snapshot has version ", version,
                                                   "; this program reads versions ",
                                                   kWithoutRuleVersions, " to ", kPlain + 1));
  }
  return SnapshotContent{sealed.substr(kMagic.size() + 1), version % 2 == 1, version >= kPlain};
}

}  // namespace ringfence
