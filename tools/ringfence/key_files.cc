#include "tools/ringfence/key_files.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "blocker/delivery/secret_file.h"
#include "ingest/transport/allow_list.h"
#include "ingest/transport/curve_keys.h"

namespace ringfence {

bool KeyFile::IsForServiceAlone() const {
  return absl::IsNotFound(status) && absl::StartsWith(path, "/run/credentials/");
}

std::vector<KeyFile> OpenKeyFiles(const Config& config) {
  std::vector<KeyFile> files;
  const auto open = [&files](const char* key, const std::string& path, const auto& read) {
    if (!path.empty()) files.push_back({key, path, read(path).status()});
  };
  open("input.curve_secret", config.curve_secret, ReadSecretKey);
  open("input.curve_allow", config.curve_allow, AllowList::Load);
  open("delivery.curve_secret", config.delivery_curve_secret, ReadSecretKey);
  open("delivery.curve_server", config.delivery_curve_server, ReadPublicKey);
  open("delivery.webhook_secret", config.delivery_webhook_secret, ReadSecretFile);
  return files;
}

std::vector<absl::Status> KeyFileErrors(const Config& config) {
  std::vector<absl::Status> errors;
  for (const KeyFile& file : OpenKeyFiles(config)) {
    if (file.status.ok() || file.IsForServiceAlone()) continue;
    errors.emplace_back(file.status.code(), absl::StrCat(file.key, ": ", file.status.message()));
  }
  return errors;
}

}  // namespace ringfence
