#include "ingest/text/byte_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/text/decompress.h"

namespace ringfence {
namespace {

class FileStream : public ByteStream {
 public:
  FileStream(int file, bool owned, std::string name, std::optional<uint64_t> size)
      : file_(file), owned_(owned), name_(std::move(name)), size_(size) {}
  ~FileStream() override {
    if (owned_) ::close(file_);
  }
  FileStream(const FileStream&) = delete;
  FileStream& operator=(const FileStream&) = delete;

  absl::StatusOr<size_t> Read(char* buffer, size_t capacity) override {
    ssize_t count;
    do {
      count = ::read(file_, buffer, capacity);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("reading ", name_, " at byte ", read_));
    }
    read_ += static_cast<uint64_t>(count);
    return static_cast<size_t>(count);
  }
  uint64_t raw_bytes_read() const override { return read_; }
  std::optional<uint64_t> raw_size() const override { return size_; }

 private:
  int file_;
  bool owned_;
  std::string name_;
  std::optional<uint64_t> size_;
  uint64_t read_ = 0;
};

class MemoryStream : public ByteStream {
 public:
  explicit MemoryStream(std::string text) : text_(std::move(text)) {}

  absl::StatusOr<size_t> Read(char* buffer, size_t capacity) override {
    const size_t count = std::min(capacity, text_.size() - read_);
    std::memcpy(buffer, text_.data() + read_, count);
    read_ += count;
    return count;
  }
  uint64_t raw_bytes_read() const override { return read_; }
  std::optional<uint64_t> raw_size() const override { return text_.size(); }

 private:
  std::string text_;
  size_t read_ = 0;
};

// Gives back the bytes that were read to recognise the format, then the rest.
class PrefixedStream : public ByteStream {
 public:
  PrefixedStream(std::string prefix, std::unique_ptr<ByteStream> rest)
      : prefix_(std::move(prefix)), rest_(std::move(rest)) {}

  absl::StatusOr<size_t> Read(char* buffer, size_t capacity) override {
    if (given_ == prefix_.size()) return rest_->Read(buffer, capacity);
    const size_t count = std::min(capacity, prefix_.size() - given_);
    std::memcpy(buffer, prefix_.data() + given_, count);
    given_ += count;
    return count;
  }
  uint64_t raw_bytes_read() const override { return rest_->raw_bytes_read(); }
  std::optional<uint64_t> raw_size() const override { return rest_->raw_size(); }

 private:
  std::string prefix_;
  size_t given_ = 0;
  std::unique_ptr<ByteStream> rest_;
};

absl::StatusOr<std::unique_ptr<ByteStream>> Recognise(std::unique_ptr<ByteStream> raw,
                                                      const std::string& name) {
  constexpr size_t kMagic = 4;
  std::string prefix(kMagic, '\0');
  size_t size = 0;
  while (size < kMagic) {
    RF_ASSIGN_OR_RETURN(const size_t count, raw->Read(prefix.data() + size, kMagic - size));
    if (count == 0) break;
    size += count;
  }
  prefix.resize(size);
  const Compression compression = CompressionOf(prefix);
  std::unique_ptr<ByteStream> whole =
      std::make_unique<PrefixedStream>(std::move(prefix), std::move(raw));
  if (compression == Compression::kNone) return whole;
  return Decompress(compression, std::move(whole), name);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ByteStream>> OpenBytes(const std::string& path) {
  if (path == "-") {
    return Recognise(
        std::make_unique<FileStream>(STDIN_FILENO, false, "standard input", std::nullopt),
        "standard input");
  }
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return absl::ErrnoToStatus(errno, absl::StrCat("opening ", path));
  std::optional<uint64_t> size;
  struct stat info {};
  if (::fstat(file, &info) == 0) {
    if (S_ISDIR(info.st_mode)) {
      ::close(file);
      return absl::FailedPreconditionError(
          absl::StrCat("opening ", path, ": is a directory; name the files in it"));
    }
    if (S_ISREG(info.st_mode)) size = static_cast<uint64_t>(info.st_size);
  }
  ::posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
  return Recognise(std::make_unique<FileStream>(file, true, path, size), path);
}

absl::StatusOr<std::unique_ptr<ByteStream>> BytesOf(std::string text, const std::string& name) {
  return Recognise(std::make_unique<MemoryStream>(std::move(text)), name);
}

std::unique_ptr<ByteStream> Unread(std::string text, std::unique_ptr<ByteStream> rest) {
  return std::make_unique<PrefixedStream>(std::move(text), std::move(rest));
}

}  // namespace ringfence
