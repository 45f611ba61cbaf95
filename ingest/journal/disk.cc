#include "ingest/journal/disk.h"

#include <utility>

#include "ingest/model/status_macros.h"

namespace ringfence {

absl::StatusOr<FileBytes> DiskFile::ReadAll() {
  RF_ASSIGN_OR_RETURN(const uint64_t size, Size());
  const auto bytes = std::make_shared<std::string>(size, '\0');
  RF_ASSIGN_OR_RETURN(const size_t read, Read(0, absl::MakeSpan(*bytes)));
  bytes->resize(read);
  return FileBytes{*bytes, bytes};
}

}  // namespace ringfence
