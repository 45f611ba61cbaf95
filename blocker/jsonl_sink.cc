#include "blocker/jsonl_sink.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr int kMaxReopens = 5;

absl::Status Failed(const std::string& path, std::string_view doing) {
  return absl::UnavailableError(
      absl::StrCat(path, ": can't ", ToAbsl(doing), ": ", std::strerror(errno)));
}

// Whether `path` still names the file behind `fd`.
bool IsSameFile(int fd, const std::string& path) {
  struct stat ours {};
  struct stat named {};
  if (fstat(fd, &ours) != 0 || stat(path.c_str(), &named) != 0) return false;
  return ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

bool EndsInsideLine(int fd, off_t size) {
  char last = '\n';
  return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

// Held while it lives; other processes that append wait.
class FileLock {
 public:
  explicit FileLock(int fd) : fd_(fd), held_(flock(fd, LOCK_EX) == 0) {}
  ~FileLock() {
    if (held_) flock(fd_, LOCK_UN);
  }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  bool held() const { return held_; }

 private:
  int fd_;
  bool held_;
};

// A new file survives a power cut only when its folder was synced too.
void SyncFolder(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)fsync(fd);
  close(fd);
}

}  // namespace

absl::StatusOr<std::unique_ptr<JsonlSink>> JsonlSink::Open(std::string path) {
  std::unique_ptr<JsonlSink> sink(new JsonlSink(std::move(path)));
  RF_RETURN_IF_ERROR(sink->Reopen());
  return sink;
}

JsonlSink::~JsonlSink() {
  if (fd_ >= 0) close(fd_);
}

absl::Status JsonlSink::Reopen() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
  // Phone numbers are personal data: owner and group only.
  fd_ = open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (fd_ < 0) return Failed(path_, "open");
  SyncFolder(path_);
  return absl::OkStatus();
}

absl::Status JsonlSink::WriteLocked(const std::string& text) {
  struct stat before {};
  if (fstat(fd_, &before) != 0) return Failed(path_, "stat");
  const bool torn = EndsInsideLine(fd_, before.st_size);
  if (!WriteAll(fd_, torn ? "\n" + text : text)) {
    absl::Status failed = Failed(path_, "write");
    if (ftruncate(fd_, before.st_size) != 0) return failed;  // the next batch closes the half line
    return failed;
  }
  if (fsync(fd_) != 0) return Failed(path_, "fsync");
  return absl::OkStatus();
}

absl::Status JsonlSink::Append(absl::Span<const Event> events) {
  std::string text;
  for (const Event& event : events) absl::StrAppend(&text, event.body, "\n");
  for (int i = 0; i < kMaxReopens; ++i) {
    if (fd_ < 0 || !IsSameFile(fd_, path_)) RF_RETURN_IF_ERROR(Reopen());
    const FileLock lock(fd_);
    if (!lock.held()) return Failed(path_, "lock");
    // Rotated while we waited for the lock: then the lines belong into the new file.
    if (IsSameFile(fd_, path_)) return WriteLocked(text);
  }
  return absl::UnavailableError(absl::StrCat(path_, ": was replaced again and again"));
}

}  // namespace ringfence
