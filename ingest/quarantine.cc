#include "ingest/quarantine.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "ingest/json/json_text.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/text/encoding.h"

namespace ringfence {
namespace {

constexpr size_t kWriteAt = 256 * 1024;
constexpr size_t kMostPending = 64 * 1024 * 1024;

absl::Status CantBeWritten(const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("quarantine ", path, " can't be written: ", std::strerror(errno)));
}

}  // namespace

Quarantine::Quarantine(Options options) : options_(std::move(options)) {}

Quarantine::~Quarantine() {
  Flush().IgnoreError();  // who needs to know has asked before
  if (file_ >= 0) close(file_);
}

void Quarantine::OnReject(const Reject& reject) {
  const std::string_view kept = reject.bytes.substr(0, options_.record_limit);
  JsonObject object{{"source", reject.source},
                    {"offset", reject.offset},
                    {"line", reject.line},
                    {"reason", RejectReasonName(reject.reason)},
                    {"detail", reject.detail}};
  if (!reject.binary && IsUtf8(kept)) {
    object.Add("bytes", kept);
  } else {
    object.Add("base64", absl::Base64Escape(ToAbsl(kept)));
  }
  const uint64_t length = std::max<uint64_t>(reject.length, reject.bytes.size());
  if (kept.size() < length) object.Add("length", length);
  Add(object.json());
}

void Quarantine::OnLate(std::string_view source, std::string_view record) {
  Add(JsonObject{{"source", source}, {"reason", "late"}, {"bytes", record}}.json());
}

void Quarantine::Add(std::string line) {
  line += '\n';
  ++written_;
  if (pending_.size() + line.size() > kMostPending) {
    lost_ = true;
    return;
  }
  pending_ += line;
  if (pending_.size() >= kWriteAt) Flush().IgnoreError();  // kept, and said by the next Flush()
}

absl::Status Quarantine::Open() {
  // Personal data: for the owner alone.
  const int start = options_.replace ? O_TRUNC : 0;
  file_ = open(options_.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | start,
               S_IRUSR | S_IWUSR);
  return file_ < 0 ? CantBeWritten(options_.path) : absl::OkStatus();
}

absl::Status Quarantine::Flush() {
  if (lost_) {
    return absl::DataLossError(absl::StrCat(
        "quarantine ", options_.path, " could not be written for so long that rejects were lost"));
  }
  if (pending_.empty()) return absl::OkStatus();
  if (file_ < 0) RF_RETURN_IF_ERROR(Open());
  size_t done = 0;
  absl::Status status;
  while (done < pending_.size() && status.ok()) {
    const ssize_t count = write(file_, pending_.data() + done, pending_.size() - done);
    if (count > 0) {
      done += static_cast<size_t>(count);
    } else if (count == 0 || errno != EINTR) {
      status = CantBeWritten(options_.path);
    }
  }
  pending_.erase(0, done);
  return status;
}

absl::Status Quarantine::Sync() {
  if (file_ < 0 || fdatasync(file_) == 0) return absl::OkStatus();
  return CantBeWritten(options_.path);
}

absl::StatusOr<Quarantine::Mark> Quarantine::Position() const {
  struct stat found {};
  const int looked = file_ >= 0 ? fstat(file_, &found) : stat(options_.path.c_str(), &found);
  if (looked != 0 && errno == ENOENT) return Mark{};
  if (looked != 0) return CantBeWritten(options_.path);
  return Mark{found.st_ino, static_cast<uint64_t>(found.st_size)};
}

absl::StatusOr<bool> Quarantine::CutBack(const std::string& path, const Mark& mark) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return mark.inode == 0;
    return CantBeWritten(path);
  }
  const auto size = static_cast<uint64_t>(found.st_size);
  if (mark.inode != 0 && (found.st_ino != mark.inode || size < mark.size)) return false;
  if (size == mark.size) return true;
  if (truncate(path.c_str(), static_cast<off_t>(mark.size)) != 0) return CantBeWritten(path);
  return true;
}

}  // namespace ringfence
