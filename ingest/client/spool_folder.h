// The folder of a spool on a real disk, in the hands of one process.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "ingest/journal/disk.h"
#include "ingest/journal/posix_disk.h"

namespace ringfence {

class SpoolFolder {
 public:
  // Makes the folder when it is missing, not its parents. FailedPrecondition: another process, or
  // this one, has a spool there. A process that dies gives it free.
  static absl::StatusOr<std::unique_ptr<SpoolFolder>> Open(const std::string& path);
  ~SpoolFolder();
  SpoolFolder(const SpoolFolder&) = delete;
  SpoolFolder& operator=(const SpoolFolder&) = delete;

  Disk& disk() { return *disk_; }

 private:
  SpoolFolder(std::unique_ptr<PosixDisk> disk, int lock) : disk_(std::move(disk)), lock_(lock) {}

  std::unique_ptr<PosixDisk> disk_;
  int lock_;
};

}  // namespace ringfence
