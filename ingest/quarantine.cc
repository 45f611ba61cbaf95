#include "ingest/quarantine.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/text/encoding.h"

namespace ringfence {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Quarantine::Quarantine(Options options) : options_(std::move(options)) {}

Quarantine::~Quarantine() = default;

void Quarantine::OnReject(const Reject& reject) {
  const std::string_view kept = reject.bytes.substr(0, options_.record_limit);
  Json json;
  json["source"] = reject.source;
  json["offset"] = reject.offset;
  json["line"] = reject.line;
  json["reason"] = RejectReasonName(reject.reason);
  json["detail"] = reject.detail;
  if (IsUtf8(kept)) {
    json["bytes"] = kept;
  } else {
    json["base64"] = absl::Base64Escape(ToAbsl(kept));
  }
  const uint64_t length = std::max<uint64_t>(reject.length, reject.bytes.size());
  if (kept.size() < length) json["length"] = length;
  WriteLine(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void Quarantine::OnLate(std::string_view source, std::string_view record) {
  Json json;
  json["source"] = source;
  json["reason"] = "late";
  json["bytes"] = record;
  WriteLine(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void Quarantine::WriteLine(const std::string& line) {
  if (!error_.ok()) return;
  if (file_ == nullptr) {
    // Personal data: for the owner alone.
    const int start = options_.replace ? O_TRUNC : 0;
    const int descriptor =
        open(options_.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | start,
             S_IRUSR | S_IWUSR);
    if (descriptor >= 0) file_.reset(fdopen(descriptor, "a"));
  }
  if (file_ == nullptr || std::fputs(line.c_str(), file_.get()) < 0 ||
      std::fputc('\n', file_.get()) < 0) {
    error_ = absl::UnavailableError(
        absl::StrCat("quarantine ", options_.path, " can't be written: ", std::strerror(errno)));
    return;
  }
  ++written_;
}

absl::Status Quarantine::Flush() {
  if (error_.ok() && file_ != nullptr && std::fflush(file_.get()) != 0) {
    error_ = absl::UnavailableError(
        absl::StrCat("quarantine ", options_.path, " can't be written: ", std::strerror(errno)));
  }
  return error_;
}

}  // namespace ringfence
