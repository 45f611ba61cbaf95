#include "tools/ringfence/key_files.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "blocker/delivery/secret_file.h"
#include "ingest/transport/allow_list.h"
#include "ingest/transport/curve_keys.h"

namespace ringfence {

std::vector<absl::Status> KeyFileErrors(const Config& config) {
  std::vector<absl::Status> errors;
  const auto look = [&errors](const char* key, const std::string& path, const auto& read) {
    if (path.empty()) return;
    const absl::Status status = read(path).status();
    if (status.ok()) return;
    if (absl::IsNotFound(status) && absl::StartsWith(path, "/run/credentials/")) return;
    errors.emplace_back(status.code(), absl::StrCat(key, ": ", status.message()));
  };
  look("input.curve_secret", config.curve_secret, ReadSecretKey);
  look("input.curve_allow", config.curve_allow, AllowList::Load);
  look("delivery.curve_secret", config.delivery_curve_secret, ReadSecretKey);
  look("delivery.curve_server", config.delivery_curve_server, ReadPublicKey);
  look("delivery.webhook_secret", config.delivery_webhook_secret, ReadSecretFile);
  return errors;
}

}  // namespace ringfence
