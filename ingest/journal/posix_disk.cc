#include "ingest/journal/posix_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

// What errno says about an operation on a file.
absl::Status Failed(const char* operation, const std::string& path) {
  const int error = errno;
  std::string message = absl::StrCat(path, ": ", operation, ": ", std::strerror(error));
  if (error == ENOSPC || error == EDQUOT) return absl::ResourceExhaustedError(message);
  if (error == ENOENT) return absl::NotFoundError(message);
  return absl::UnavailableError(message);
}

// Which files a folder holds becomes durable.
absl::Status SyncEntries(const std::string& folder) {
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return Failed("open", folder);
  absl::Status synced = fsync(file) == 0 ? absl::OkStatus() : Failed("fsync", folder);
  close(file);
  return synced;
}

class PosixFile : public DiskFile {
 public:
  PosixFile(int file, std::string path) : file_(file), path_(std::move(path)) {}
  ~PosixFile() override { close(file_); }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  absl::Status Write(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return Failed("write", path_);
      bytes.remove_prefix(static_cast<size_t>(written));
      offset += static_cast<uint64_t>(written);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> Read(uint64_t offset, absl::Span<char> bytes) override {
    size_t read = 0;
    while (read < bytes.size()) {
      const ssize_t got =
          pread(file_, bytes.data() + read, bytes.size() - read, static_cast<off_t>(offset + read));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Failed("read", path_);
      if (got == 0) break;
      read += static_cast<size_t>(got);
    }
    return read;
  }

  // Of gigabytes no copy is made: these are the kernel's own. It reads them all at once, so that an
  // error of the disk shows here, not as a signal at the first look.
  absl::StatusOr<FileBytes> ReadAll() override {
    RF_ASSIGN_OR_RETURN(const uint64_t size, Size());
    if (size == 0) return FileBytes();
    void* const mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file_, 0);
    if (mapped == MAP_FAILED) return Failed("mmap", path_);
    const std::shared_ptr<const void> owner(mapped, [size](void* m) { munmap(m, size); });
    const bool unread = madvise(mapped, size, MADV_POPULATE_READ) != 0;
    if (unread && errno == EINVAL) return DiskFile::ReadAll();  // Linux before 5.14
    if (unread) return Failed("read", path_);
    return FileBytes{{static_cast<const char*>(mapped), size}, owner};
  }

  absl::Status Sync() override {
    return fdatasync(file_) == 0 ? absl::OkStatus() : Failed("fdatasync", path_);
  }

  absl::Status WriteOut() override {
    constexpr unsigned kAll =
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    return sync_file_range(file_, 0, 0, kAll) == 0 ? absl::OkStatus()
                                                   : Failed("sync_file_range", path_);
  }

  absl::Status Reserve(uint64_t size) override {
    if (fallocate(file_, 0, 0, static_cast<off_t>(size)) == 0) return absl::OkStatus();
    // A file system without reservation: the room is looked for when it is needed.
    if (errno == EOPNOTSUPP) return Truncate(size);
    return Failed("fallocate", path_);
  }

  absl::Status Truncate(uint64_t size) override {
    return ftruncate(file_, static_cast<off_t>(size)) == 0 ? absl::OkStatus()
                                                           : Failed("ftruncate", path_);
  }

  absl::StatusOr<uint64_t> Size() override {
    struct stat info {};
    if (fstat(file_, &info) != 0) return Failed("fstat", path_);
    return static_cast<uint64_t>(info.st_size);
  }

 private:
  int file_;
  std::string path_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<PosixDisk>> PosixDisk::At(const std::string& folder) {
  if (mkdir(folder.c_str(), 0700) == 0) {
    RF_RETURN_IF_ERROR(SyncEntries(folder + "/.."));
  } else if (errno != EEXIST) {
    return Failed("mkdir", folder);
  }
  std::unique_ptr<PosixDisk> disk(new PosixDisk(folder));
  RF_RETURN_IF_ERROR(disk->List().status());
  return disk;
}

absl::StatusOr<std::unique_ptr<DiskFile>> PosixDisk::OpenWith(const std::string& name,
                                                              int flags) const {
  const std::string path = Path(name);
  const int file = open(path.c_str(), O_RDWR | O_CLOEXEC | flags, 0600);
  if (file < 0) return Failed("open", path);
  return std::make_unique<PosixFile>(file, path);
}

absl::StatusOr<std::unique_ptr<DiskFile>> PosixDisk::Create(const std::string& name) {
  return OpenWith(name, O_CREAT | O_TRUNC);
}

absl::StatusOr<std::unique_ptr<DiskFile>> PosixDisk::Open(const std::string& name) {
  return OpenWith(name, 0);
}

absl::Status PosixDisk::Rename(const std::string& from, const std::string& to) {
  if (std::rename(Path(from).c_str(), Path(to).c_str()) == 0) return absl::OkStatus();
  return Failed("rename", Path(from));
}

absl::Status PosixDisk::Remove(const std::string& name) {
  return unlink(Path(name).c_str()) == 0 ? absl::OkStatus() : Failed("unlink", Path(name));
}

absl::Status PosixDisk::SyncFolder() { return SyncEntries(folder_); }

absl::StatusOr<std::vector<std::string>> PosixDisk::List() {
  DIR* folder = opendir(folder_.c_str());
  if (folder == nullptr) return Failed("opendir", folder_);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(folder)) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  absl::Status read = errno == 0 ? absl::OkStatus() : Failed("readdir", folder_);
  closedir(folder);
  RF_RETURN_IF_ERROR(read);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace ringfence
