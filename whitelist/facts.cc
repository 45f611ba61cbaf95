#include "whitelist/facts.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "ingest/model/absl_bridge.h"
#include "whitelist/protected_floor.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ringfence {
namespace {

using Json = nlohmann::ordered_json;

int64_t ToMillis(EventTime time) { return ToUnixMicros(time) / 1000; }

// None for what is no whole number, or too far away for a count of microseconds.
std::optional<EventTime> FromMillis(const Json& json) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 1000;
  if (!json.is_number_integer()) return std::nullopt;
  if (json.is_number_unsigned() && json.get<uint64_t>() > kMost) return std::nullopt;
  const auto millis = json.get<int64_t>();
  if (millis < -kMost || millis > kMost) return std::nullopt;
  return EventTime(std::chrono::milliseconds(millis));
}

// Text that is no UTF-8 is shown with replacement characters: dump() would throw otherwise.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Readable(EventTime time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMicros(ToUnixMicros(time)),
                          absl::UTCTimeZone());
}

Json Readable(const std::optional<EventTime>& time) {
  return time.has_value() ? Json(Readable(*time)) : Json(nullptr);
}

absl::Status NotOurs(std::string_view text) {
  constexpr size_t kMaxShown = 60;
  return absl::DataLossError(
      absl::StrCat("a value that ringfence does not write: ", ToAbsl(text.substr(0, kMaxShown))));
}

const std::string* Text(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() ? nullptr : found->get_ptr<const std::string*>();
}

}  // namespace

Listing MakeListing(CallingNumber number, const NumberFacts& facts, const ListVersion& list,
                    EventTime now) {
  Listing listing;
  listing.number = number;
  if (facts.entry.has_value()) {
    const EntryFacts& entry = *facts.entry;
    listing.whitelisted = StandsAt(entry.added, entry.expires, now);
  }
  if (IsPublicService(number)) {
    listing.protection = Protection::kPublicService;
  } else if (facts.owner.has_value() && facts.owner->line_class != LineClass::kOrdinary) {
    listing.protection = Protection::kProtectedClass;
  }
  listing.owner = facts.owner;
  listing.list = list;
  listing.read_at = now;
  return listing;
}

std::string EncodeEntry(const WhitelistEntry& entry) {
  Json json{{"added", ToMillis(entry.added)}};
  if (entry.expires.has_value()) json["expires"] = ToMillis(*entry.expires);
  json["scope"] = entry.scope;
  return Dump(json);
}

std::string EncodeOwner(const VoiceLine& line) {
  return Dump(Json{{"line", line.id.value()},
                   {"customer", line.customer.value()},
                   {"class", LineClassName(line.line_class)},
                   {"status", LineStatusName(line.status)},
                   {"industry", line.industry}});
}

absl::StatusOr<EntryFacts> DecodeEntry(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return NotOurs(text);
  const auto added = json.contains("added") ? FromMillis(json["added"]) : std::nullopt;
  const std::string* scope = Text(json, "scope");
  if (!added.has_value() || scope == nullptr) return NotOurs(text);
  EntryFacts facts{*added, std::nullopt, *scope};
  if (const auto expires = json.find("expires"); expires != json.end()) {
    facts.expires = FromMillis(*expires);
    if (!facts.expires.has_value()) return NotOurs(text);
  }
  return facts;
}

absl::StatusOr<LineOwner> DecodeOwner(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return NotOurs(text);
  const std::string* line = Text(json, "line");
  const std::string* customer = Text(json, "customer");
  const std::string* class_name = Text(json, "class");
  const std::string* status_name = Text(json, "status");
  const std::string* industry = Text(json, "industry");
  if (line == nullptr || customer == nullptr || class_name == nullptr || status_name == nullptr ||
      industry == nullptr) {
    return NotOurs(text);
  }
  const auto line_class = LineClassFromName(*class_name);
  const auto status = LineStatusFromName(*status_name);
  if (!line_class.has_value() || !status.has_value()) return NotOurs(text);
  return LineOwner{LineId(*line), CustomerId(*customer), *line_class, *status, *industry};
}

std::string DescribeLine(const VoiceLine& line) {
  Json numbers = Json::array();
  for (const CallingNumber number : line.numbers) numbers.push_back(number.ToString());
  Json trunks = Json::array();
  for (const TrunkGroupId& trunk : line.trunks) trunks.push_back(trunk.value());
  return Dump(
      Json{{"line", line.id.value()},
           {"customer", line.customer.value()},
           {"customer_name", line.customer_name},
           {"purpose", line.purpose},
           {"industry", line.industry},
           {"class", LineClassName(line.line_class)},
           {"hours", FormatCallingHours(line.hours)},
           {"daily_limit", line.daily_limit.has_value() ? Json(*line.daily_limit) : Json(nullptr)},
           {"qualification", line.qualification.reference},
           {"qualification_expires", Readable(line.qualification.expires)},
           {"contract", line.contract.reference},
           {"contract_expires", Readable(line.contract.expires)},
           {"recording_duty", line.recording_duty},
           {"recording_days", line.recording_days},
           {"trunks", trunks},
           {"status", LineStatusName(line.status)},
           {"numbers", numbers}});
}

std::string DescribeEntry(const WhitelistEntry& entry) {
  return Dump(Json{{"number", entry.number.ToString()},
                   {"scope", entry.scope},
                   {"reason", entry.reason},
                   {"evidence", entry.evidence},
                   {"requester", entry.requester},
                   {"approver", entry.approver},
                   {"added", Readable(entry.added)},
                   {"expires", Readable(entry.expires)}});
}

void ListDigest::Add(List list, std::string_view number, std::string_view value) {
  line_.assign(1, static_cast<char>(list));
  line_.append("\t").append(number).append("\t").append(value);
  const XXH128_hash_t hash = XXH3_128bits(line_.data(), line_.size());
  hashes_.push_back({hash.high64, hash.low64});
}

void ListDigest::Settle() {
  std::sort(hashes_.begin(), hashes_.end());
  hashes_.erase(std::unique(hashes_.begin(), hashes_.end()), hashes_.end());
}

size_t ListDigest::Count() {
  Settle();
  return hashes_.size();
}

std::string ListDigest::Finish() {
  Settle();
  std::string bytes;
  bytes.reserve(hashes_.size() * sizeof(XXH128_canonical_t));
  for (const Hash& hash : hashes_) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, {.low64 = hash.low, .high64 = hash.high});
    bytes.append(reinterpret_cast<const char*>(canonical.digest), sizeof(canonical.digest));
  }
  const XXH128_hash_t whole = XXH3_128bits(bytes.data(), bytes.size());
  return absl::StrCat(absl::Hex(whole.high64, absl::kZeroPad16),
                      absl::Hex(whole.low64, absl::kZeroPad16));
}

}  // namespace ringfence
