#include "blocker/delivery/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <limits>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {

absl::StatusOr<std::string> HmacSha256(std::string_view key, std::string_view data) {
  if (key.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    return absl::InvalidArgumentError("HMAC: the key is too long");
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest.data(),
           &size) == nullptr) {
    return absl::InternalError("HMAC: OpenSSL failed");
  }
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), size});
}

absl::StatusOr<Signature> Sign(std::string_view key, EventTime now, std::string_view body) {
  Signature signature;
  signature.timestamp = absl::StrCat(ToUnixMicros(now) / 1'000'000);
  RF_ASSIGN_OR_RETURN(const std::string digest,
                      HmacSha256(key, absl::StrCat(signature.timestamp, ".", ToAbsl(body))));
  signature.value = absl::StrCat("v1=", digest);
  return signature;
}

}  // namespace ringfence
