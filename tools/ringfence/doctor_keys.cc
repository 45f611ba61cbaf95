#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ingest/transport/allow_list.h"
#include "ingest/transport/curve_keys.h"
#include "ingest/transport/endpoint.h"
#include "tools/ringfence/doctor.h"
#include "tools/ringfence/key_files.h"

namespace ringfence {
namespace {

constexpr char kMake[] = "`ringfence keys --help` says how keys are made and allowed";

void CheckSecret(Patient& patient) {
  const auto secret = ReadSecretKey(patient.config.curve_secret);
  if (!secret.ok()) {
    return patient.Fail("key", std::string(secret.status().message()), kMake);
  }
  const auto key = PublicCurveKey(*secret);
  if (!key.ok()) return patient.Fail("key", std::string(key.status().message()), kMake);
  patient.Ok("key", absl::StrCat(patient.config.curve_secret, ", its public key is ", *key));
}

void CheckAllowed(Patient& patient) {
  const auto list = AllowList::Load(patient.config.curve_allow);
  if (!list.ok()) {
    return patient.Fail("allowed keys", std::string(list.status().message()), kMake);
  }
  if (list->keys().empty()) {
    return patient.Warn("allowed keys", absl::StrCat(patient.config.curve_allow, " is empty"),
                        "nobody can send: `ringfence keys allow`");
  }
  patient.Ok("allowed keys", absl::StrCat(list->keys().size(), " in ", patient.config.curve_allow));
}

}  // namespace

bool WarnOfServiceKeys(Patient& patient, const char* check, absl::string_view keys) {
  bool warned = false;
  for (const KeyFile& file : OpenKeyFiles(patient.config)) {
    if (!absl::StartsWith(file.key, keys) || !file.IsForServiceAlone()) continue;
    patient.Warn(
        check,
        absl::StrCat(file.path, " (", file.key,
                     ") can't be looked at: systemd hands it to the running service alone"),
        "run this as root while the service runs; the service ends at once, and says why, "
        "where it can't use a key");
    warned = true;
  }
  return warned;
}

void CheckKeys(Patient& patient) {
  const Config& config = patient.config;
  if (config.listen.empty()) return;
  const bool secret = !config.curve_secret.empty();
  const bool allow = !config.curve_allow.empty();
  const absl::Status address = CheckEndpoint(config.listen, secret && allow);
  if (!address.ok()) {
    patient.Fail("socket", std::string(address.message()), "set input.listen or the keys right");
  } else if (secret != allow) {
    patient.Fail("socket", "only one of input.curve_secret and input.curve_allow is set", kMake);
  }
  if (secret && !WarnOfServiceKeys(patient, "key", "input.curve_secret")) CheckSecret(patient);
  if (allow && !WarnOfServiceKeys(patient, "allowed keys", "input.curve_allow")) {
    CheckAllowed(patient);
  }
}

}  // namespace ringfence
