// The files of keys and secrets that a configuration names.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/config/config.h"

namespace ringfence {

// One that is named, and what came of opening it as the service would. No error repeats a secret.
struct KeyFile {
  std::string key;  // "input.curve_secret"
  std::string path;
  absl::Status status;

  // systemd hands it to the service while that runs (LoadCredential), and it is not there: nothing
  // can be said of it.
  bool IsForServiceAlone() const;
};
std::vector<KeyFile> OpenKeyFiles(const Config& config);

// One error for each that the service could not use, with the key's name in front:
// "input.curve_secret: service.key: …". Those for the service alone are passed over.
std::vector<absl::Status> KeyFileErrors(const Config& config);

}  // namespace ringfence
