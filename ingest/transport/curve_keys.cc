#include "ingest/transport/curve_keys.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr size_t kKeyCharacters = 40;
constexpr size_t kMostFileBytes = 4096;

absl::Status FileError(const std::string& path, const char* doing) {
  const std::string text = absl::StrCat(path, ": can't be ", doing, ": ", std::strerror(errno));
  if (errno == ENOENT) return absl::NotFoundError(text);
  if (errno == EEXIST) {
    return absl::AlreadyExistsError(absl::StrCat(
        text, "; no key is ever overwritten: take another name, or move both files away"));
  }
  return absl::UnavailableError(text);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

absl::StatusOr<std::string> ReadKey(const std::string& path, bool secret) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) return FileError(path, "opened");
  struct stat about {};
  if (fstat(file.number(), &about) != 0) return FileError(path, "looked at");
  if (!S_ISREG(about.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is no file"));
  }
  if (secret && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": this secret key is open to group or others; run: chmod 400 ", path,
                     " (and if somebody may have read it, make another: ringfence keys new)"));
  }
  std::array<char, kMostFileBytes> bytes;
  const ssize_t size = read(file.number(), bytes.data(), bytes.size());
  if (size < 0) return FileError(path, "read");
  std::string key(absl::StripAsciiWhitespace({bytes.data(), static_cast<size_t>(size)}));
  const absl::Status good = CheckCurveKey(key);
  if (!good.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", good.message()));
  return key;
}

absl::Status WriteNew(const std::string& path, const std::string& text, mode_t mode) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (file.number() < 0) return FileError(path, "made");
  // Whatever the umask says; group and others never get at a secret, not even for a moment.
  if (fchmod(file.number(), mode) != 0) return FileError(path, "protected");
  if (write(file.number(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      fsync(file.number()) != 0) {
    return FileError(path, "written");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CurveKeyPair> MakeCurveKeys() {
  std::array<char, kKeyCharacters + 1> public_key{};
  std::array<char, kKeyCharacters + 1> secret_key{};
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
    return absl::UnimplementedError("this libzmq was built without CURVE");
  }
  return CurveKeyPair{public_key.data(), secret_key.data()};
}

absl::Status CheckCurveKey(std::string_view key) {
  std::array<uint8_t, 32> bytes{};
  if (key.size() != kKeyCharacters ||
      zmq_z85_decode(bytes.data(), std::string(key).c_str()) == nullptr) {
    return absl::InvalidArgumentError(
        "no CURVE key: that is 40 characters of Z85, as `ringfence keys new` writes them");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> PublicCurveKey(const std::string& secret_key) {
  RF_RETURN_IF_ERROR(CheckCurveKey(secret_key));
  std::array<char, kKeyCharacters + 1> public_key{};
  if (zmq_curve_public(public_key.data(), secret_key.c_str()) != 0) {
    return absl::UnimplementedError("this libzmq was built without CURVE");
  }
  return std::string(public_key.data());
}

absl::StatusOr<std::string> ReadSecretKey(const std::string& path) { return ReadKey(path, true); }
absl::StatusOr<std::string> ReadPublicKey(const std::string& path) { return ReadKey(path, false); }

absl::Status WriteKeyFiles(const CurveKeyPair& keys, const std::string& folder,
                           const std::string& name) {
  const std::string base = absl::StrCat(folder, "/", name);
  // The public file first: where that is there already, no secret is left behind.
  RF_RETURN_IF_ERROR(WriteNew(base + ".pub", keys.public_key + "\n", 0444));
  const absl::Status secret = WriteNew(base + ".key", keys.secret_key + "\n", 0400);
  if (!secret.ok()) unlink((base + ".pub").c_str());
  return secret;
}

}  // namespace ringfence
