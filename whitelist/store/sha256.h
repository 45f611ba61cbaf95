// SHA-256, through OpenSSL's libcrypto.
#pragma once

#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace ringfence {

// Takes fields, not bytes: each goes in with its length, so that no two lists of fields have the
// same bytes.
class Sha256Fields {
 public:
  Sha256Fields();
  ~Sha256Fields();
  Sha256Fields(const Sha256Fields&) = delete;
  Sha256Fields& operator=(const Sha256Fields&) = delete;

  void Add(std::string_view field);
  // 64 hex digits; once. Empty when libcrypto refused its work: no digest, and never a wrong one.
  std::string Finish();

 private:
  evp_md_ctx_st* context_;
  bool good_;
};

}  // namespace ringfence
