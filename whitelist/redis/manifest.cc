#include "whitelist/redis/manifest.h"

#include <limits>
#include <map>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "whitelist/redis/list_keys.h"

namespace ringfence {
namespace {

using Fields = std::map<std::string, std::string, std::less<>>;

absl::StatusOr<uint64_t> Number(const Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  uint64_t value = 0;
  if (found == fields.end() || !absl::SimpleAtoi(found->second, &value)) {
    return absl::DataLossError(
        absl::StrCat(kManifestKey, ": the field '", ToAbsl(name), "' is missing or no number"));
  }
  return value;
}

absl::StatusOr<std::string> FieldText(const Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  if (found == fields.end() || found->second.empty()) {
    return absl::DataLossError(
        absl::StrCat(kManifestKey, ": the field '", ToAbsl(name), "' is missing"));
  }
  return found->second;
}

}  // namespace

RedisCommand WriteManifest(const Manifest& manifest) {
  return {"HSET",
          kManifestKey,
          "format",
          std::to_string(Manifest::kFormat),
          "store",
          manifest.store_id,
          "version",
          std::to_string(manifest.version),
          "whitelist_count",
          std::to_string(manifest.whitelist_count),
          "ledger_count",
          std::to_string(manifest.ledger_count),
          "digest",
          manifest.digest,
          "written_at",
          std::to_string(ToUnixMicros(manifest.written_at) / 1000)};
}

absl::StatusOr<Manifest> ReadManifest(const RedisReply& reply) {
  if (reply.items.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("there is no ", kManifestKey,
                     ": the lists were never written to this database, or it was emptied"));
  }
  Fields fields;
  for (size_t i = 0; i + 1 < reply.items.size(); i += 2) {
    fields[reply.items[i].text] = reply.items[i + 1].text;
  }
  RF_ASSIGN_OR_RETURN(const uint64_t format, Number(fields, "format"));
  if (format != Manifest::kFormat) {
    return absl::FailedPreconditionError(absl::StrCat(kManifestKey, " has format ", format,
                                                      ", this program reads ", Manifest::kFormat));
  }
  Manifest manifest;
  RF_ASSIGN_OR_RETURN(manifest.store_id, FieldText(fields, "store"));
  RF_ASSIGN_OR_RETURN(manifest.version, Number(fields, "version"));
  RF_ASSIGN_OR_RETURN(manifest.whitelist_count, Number(fields, "whitelist_count"));
  RF_ASSIGN_OR_RETURN(manifest.ledger_count, Number(fields, "ledger_count"));
  RF_ASSIGN_OR_RETURN(manifest.digest, FieldText(fields, "digest"));
  RF_ASSIGN_OR_RETURN(const uint64_t written, Number(fields, "written_at"));
  if (written > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) / 1000) {
    return absl::DataLossError(absl::StrCat(kManifestKey, ": 'written_at' is no time"));
  }
  manifest.written_at = EventTime(std::chrono::milliseconds(written));
  return manifest;
}

}  // namespace ringfence
