#include "tools/service/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"

namespace ringfence {
namespace {

absl::Status Failed(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
}

// What the service that holds the lock wrote into it.
std::string HolderOf(int file) {
  char text[32];
  const ssize_t size = pread(file, text, sizeof(text), 0);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : "unknown";
}

}  // namespace

absl::Status MakeFolder(const DataFolder& folder) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(folder.root, error);
  if (made && !error) {
    std::filesystem::permissions(folder.root, std::filesystem::perms::owner_all, error);
  }
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(folder.root, ": ", error.message()));
}

absl::StatusOr<FolderLock> FolderLock::Take(const DataFolder& folder, int64_t pid) {
  const std::string path = folder.LockFile();
  const int file = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return Failed(path);
  FolderLock lock(file);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Failed(path);
    return absl::FailedPreconditionError(absl::StrCat(
        "another ringfence service (process ", HolderOf(file), ") works in ", folder.root,
        ": stop it first, or give this one another folder (service.data)"));
  }
  const std::string text = absl::StrCat(pid);
  if (ftruncate(file, 0) != 0 ||
      pwrite(file, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return Failed(path);
  }
  return lock;
}

FolderLock::~FolderLock() {
  if (file_ >= 0) close(file_);
}

}  // namespace ringfence
