#include "ingest/client/spool_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {

absl::StatusOr<std::unique_ptr<SpoolFolder>> SpoolFolder::Open(const std::string& path) {
  RF_ASSIGN_OR_RETURN(std::unique_ptr<PosixDisk> disk, PosixDisk::At(path));
  const std::string name = path + "/spool.lock";
  const int file = open(name.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return absl::UnavailableError(absl::StrCat(name, ": ", std::strerror(errno)));
  std::unique_ptr<SpoolFolder> folder(new SpoolFolder(std::move(disk), file));
  if (flock(file, LOCK_EX | LOCK_NB) == 0) return folder;
  if (errno != EWOULDBLOCK) {
    return absl::UnavailableError(absl::StrCat(name, ": ", std::strerror(errno)));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("another sender works with the spool ", path, ": stop it first"));
}

SpoolFolder::~SpoolFolder() { close(lock_); }

}  // namespace ringfence
