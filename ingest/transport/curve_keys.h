// CURVE keys and the files that they are kept in. A key is 40 characters of Z85 (32 bytes).
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringfence {

struct CurveKeyPair {
  std::string public_key;
  std::string secret_key;
};

// New keys from the system's random numbers.
absl::StatusOr<CurveKeyPair> MakeCurveKeys();

// InvalidArgument when the text is no key; does not repeat the text, which may be a secret.
absl::Status CheckCurveKey(std::string_view key);

// InvalidArgument when the secret is no key.
absl::StatusOr<std::string> PublicCurveKey(const std::string& secret_key);

// The key in a file that holds nothing else; white space around it is ignored. Errors name the file
// and what to do. A secret that group or others may read or write is FailedPrecondition: such a key
// has to be taken for known.
absl::StatusOr<std::string> ReadSecretKey(const std::string& path);
absl::StatusOr<std::string> ReadPublicKey(const std::string& path);

// Writes FOLDER/NAME.key (secret, mode 0400) and FOLDER/NAME.pub. AlreadyExists when one of them is
// there: a key that is in use is never overwritten.
absl::Status WriteKeyFiles(const CurveKeyPair& keys, const std::string& folder,
                           const std::string& name);

}  // namespace ringfence
