// The files of keys and secrets that a configuration names.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "tools/config/config.h"

namespace ringfence {

// Opens each as the service would. One error for each that it could not use, with the key's name in
// front: "input.curve_secret: service.key: …". No error repeats a secret. What systemd hands to the
// service alone (LoadCredential, /run/credentials) is passed over while it is not there.
std::vector<absl::Status> KeyFileErrors(const Config& config);

}  // namespace ringfence
