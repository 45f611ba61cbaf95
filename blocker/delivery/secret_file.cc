#include "blocker/delivery/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace ringfence {
namespace {

constexpr size_t kFewestBytes = 32;
constexpr size_t kMostBytes = 4096;

absl::StatusOr<std::string> ReadOpen(int file, const std::string& path) {
  struct stat about {};
  if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is no file"));
  }
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": this secret is open to group or others; run: chmod 400 ", path,
                     " (and if somebody may have read it, make another)"));
  }
  std::array<char, kMostBytes + 1> bytes;
  const ssize_t size = read(file, bytes.data(), bytes.size());
  if (size < 0) {
    return absl::UnavailableError(absl::StrCat(path, ": can't be read: ", std::strerror(errno)));
  }
  const absl::string_view secret =
      absl::StripAsciiWhitespace({bytes.data(), static_cast<size_t>(size)});
  if (secret.size() < kFewestBytes || secret.size() > kMostBytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": a secret has ", kFewestBytes, " to ",
                                                   kMostBytes,
                                                   " bytes; `openssl rand -hex 32` makes one"));
  }
  return std::string(secret);
}

}  // namespace

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    const std::string text = absl::StrCat(path, ": can't be opened: ", std::strerror(errno));
    if (errno == ENOENT) return absl::NotFoundError(text);
    return absl::UnavailableError(text);
  }
  absl::StatusOr<std::string> secret = ReadOpen(file, path);
  close(file);
  return secret;
}

}  // namespace ringfence
