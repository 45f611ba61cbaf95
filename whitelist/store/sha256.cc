#include "whitelist/store/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/escaping.h"

namespace ringfence {
namespace {

constexpr size_t kDigestBytes = 32;

}  // namespace

Sha256Fields::Sha256Fields()
    : context_(EVP_MD_CTX_new()),
      good_(context_ != nullptr && EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) == 1) {}

Sha256Fields::~Sha256Fields() { EVP_MD_CTX_free(context_); }

void Sha256Fields::Add(std::string_view field) {
  std::array<unsigned char, 8> length;  // little-endian on every machine
  for (size_t i = 0; i < length.size(); ++i) {
    length[i] = static_cast<unsigned char>(uint64_t{field.size()} >> (8 * i));
  }
  good_ = good_ && EVP_DigestUpdate(context_, length.data(), length.size()) == 1 &&
          EVP_DigestUpdate(context_, field.data(), field.size()) == 1;
}

std::string Sha256Fields::Finish() {
  std::array<unsigned char, kDigestBytes> digest;
  unsigned int size = 0;
  good_ = good_ && EVP_DigestFinal_ex(context_, digest.data(), &size) == 1 && size == kDigestBytes;
  if (!good_) return {};
  good_ = false;
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace ringfence
