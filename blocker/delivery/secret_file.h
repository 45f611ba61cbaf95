// The secret that a webhook's messages are signed with.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace ringfence {

// The file's text without white space around it: 32 to 4,096 bytes. FailedPrecondition when group
// or others may read or write the file: such a secret has to be taken for known. No error repeats
// the secret.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

}  // namespace ringfence
