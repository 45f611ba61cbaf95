// Where things lie in the service's data folder, and whose it is.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringfence {

struct DataFolder {
  std::string root;

  std::string Store() const { return root + "/ringfence.db"; }
  std::string Redis() const { return root + "/redis"; }  // folder of the embedded server
  std::string Quarantine() const { return root + "/quarantine.jsonl"; }
  std::string Status() const { return root + "/status.json"; }
  std::string Journal() const { return root + "/journal"; }  // and the snapshots
  std::string Poison() const { return root + "/poison.mark"; }
  std::string Starts() const { return root + "/starts.log"; }
  std::string LockFile() const { return root + "/service.lock"; }
  // A name from the configuration: in the folder unless it is an absolute path.
  std::string File(const std::string& name) const {
    return name.starts_with('/') ? name : root + "/" + name;
  }
};

// Makes the folder when it is missing, for its owner alone: personal data lies in it. One that is
// there keeps its permissions.
absl::Status MakeFolder(const DataFolder& folder);

// One service at a time works in a folder; commands may change its store meanwhile. Given up when
// it is destroyed, and when the process dies.
class FolderLock {
 public:
  // FailedPrecondition names the folder and the process that has it.
  static absl::StatusOr<FolderLock> Take(const DataFolder& folder, int64_t pid);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  FolderLock& operator=(FolderLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }

 private:
  explicit FolderLock(int file) : file_(file) {}

  int file_;
};

}  // namespace ringfence
