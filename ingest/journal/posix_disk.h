// A real folder.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/journal/disk.h"

namespace ringfence {

// Several may work in one folder, on different files; so may a copy of the process. New files are
// their owner's alone: personal data lies in them.
class PosixDisk : public Disk {
 public:
  // Makes the folder when it is missing. Unavailable names it.
  static absl::StatusOr<std::unique_ptr<PosixDisk>> At(const std::string& folder);

  absl::StatusOr<std::unique_ptr<DiskFile>> Create(const std::string& name) override;
  absl::StatusOr<std::unique_ptr<DiskFile>> Open(const std::string& name) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& name) override;
  absl::Status SyncFolder() override;
  absl::StatusOr<std::vector<std::string>> List() override;

 private:
  explicit PosixDisk(std::string folder) : folder_(std::move(folder)) {}
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  absl::StatusOr<std::unique_ptr<DiskFile>> OpenWith(const std::string& name, int flags) const;

  std::string folder_;
};

}  // namespace ringfence
