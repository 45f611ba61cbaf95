#include "ingest/transport/zap_rules.h"

#include <zmq.h>

#include <array>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"

namespace ringfence {
namespace {

constexpr std::string_view kVersion = "1.0";
constexpr size_t kKeyBytes = 32;

enum Frame : size_t { kVersionAt, kRequestAt, kDomainAt, kAddressAt, kRoutingAt, kMechanismAt };
constexpr size_t kCredentialsAt = 6;

ZapAnswer Refused(const std::string& address, std::string_view why) {
  return {.allowed = false,
          .why = absl::StrCat(absl::CEscape(address), ": ", ToAbsl(why)),
          .public_key = ""};
}

}  // namespace

ZapAnswer JudgeHandshake(const std::vector<std::string>& request, const AllowList& list) {
  if (request.size() <= kMechanismAt) return Refused("?", "no request of ZAP");
  const std::string& address = request[kAddressAt];
  if (request[kVersionAt] != kVersion) return Refused(address, "another version of ZAP");
  if (request[kDomainAt] != kZapDomain) return Refused(address, "another ZAP domain");
  if (request[kMechanismAt] != "CURVE") return Refused(address, "no CURVE");
  if (request.size() != kCredentialsAt + 1 || request[kCredentialsAt].size() != kKeyBytes) {
    return Refused(address, "no CURVE key");
  }
  std::array<char, 41> key{};
  zmq_z85_encode(key.data(), reinterpret_cast<const uint8_t*>(request[kCredentialsAt].data()),
                 kKeyBytes);
  if (list.SourceOf(key.data()).empty()) {
    return Refused(address, ToStd(absl::StrCat("the key ", key.data(), " is not allowed")));
  }
  return {.allowed = true, .why = "", .public_key = key.data()};
}

std::vector<std::string> ZapReply(const std::vector<std::string>& request,
                                  const ZapAnswer& answer) {
  if (request.size() <= kRequestAt) return {};
  return {std::string(kVersion),
          request[kRequestAt],
          answer.allowed ? "200" : "400",
          answer.allowed ? "OK" : "not allowed",
          answer.public_key,
          ""};
}

}  // namespace ringfence
