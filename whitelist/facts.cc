#include "whitelist/facts.h"

#include <algorithm>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "ingest/json/json_text.h"
#include "ingest/json/json_tree.h"
#include "ingest/model/absl_bridge.h"
#include "whitelist/protected_floor.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ringfence {
namespace {

int64_t ToMillis(EventTime time) { return ToUnixMicros(time) / 1000; }

// None for what is missing, no whole number, or too far away for a count of microseconds.
std::optional<EventTime> TimeOf(const JsonTree& object, std::string_view key) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 1000;
  const auto millis = object.IntegerOf(key);
  if (!millis.has_value() || *millis < -kMost || *millis > kMost) return std::nullopt;
  return EventTime(std::chrono::milliseconds(*millis));
}

std::string Readable(EventTime time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMicros(ToUnixMicros(time)),
                          absl::UTCTimeZone());
}

JsonValue Readable(const std::optional<EventTime>& time) {
  return time.has_value() ? JsonValue(Readable(*time)) : JsonValue();
}

absl::Status NotOurs(std::string_view text) {
  constexpr size_t kMaxShown = 60;
  return absl::DataLossError(
      absl::StrCat("a value that ringfence does not write: ", ToAbsl(text.substr(0, kMaxShown))));
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
  JsonObject object{{"added", ToMillis(entry.added)}};
  if (entry.expires.has_value()) object.Add("expires", ToMillis(*entry.expires));
  object.Add("scope", entry.scope);
  return object.json();
}

std::string EncodeOwner(const VoiceLine& line) {
  return JsonObject{{"line", line.id.value()},
                    {"customer", line.customer.value()},
                    {"class", LineClassName(line.line_class)},
                    {"status", LineStatusName(line.status)},
                    {"industry", line.industry}}
      .json();
}

absl::StatusOr<EntryFacts> DecodeEntry(std::string_view text) {
  const auto object = JsonTree::Parse(text);
  if (!object.has_value()) return NotOurs(text);
  const auto added = TimeOf(*object, "added");
  const std::string* scope = object->TextOf("scope");
  if (!added.has_value() || scope == nullptr) return NotOurs(text);
  EntryFacts facts{*added, std::nullopt, *scope};
  if (object->Find("expires") != nullptr) {
    facts.expires = TimeOf(*object, "expires");
    if (!facts.expires.has_value()) return NotOurs(text);
  }
  return facts;
}

absl::StatusOr<LineOwner> DecodeOwner(std::string_view text) {
  const auto object = JsonTree::Parse(text);
  if (!object.has_value()) return NotOurs(text);
  const std::string* line = object->TextOf("line");
  const std::string* customer = object->TextOf("customer");
  const std::string* class_name = object->TextOf("class");
  const std::string* status_name = object->TextOf("status");
  const std::string* industry = object->TextOf("industry");
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
  std::vector<std::string> numbers;
  for (const CallingNumber number : line.numbers) numbers.push_back(number.ToString());
  std::vector<std::string> trunks;
  for (const TrunkGroupId& trunk : line.trunks) trunks.push_back(trunk.value());
  return JsonObject{{"line", line.id.value()},
                    {"customer", line.customer.value()},
                    {"customer_name", line.customer_name},
                    {"purpose", line.purpose},
                    {"industry", line.industry},
                    {"class", LineClassName(line.line_class)},
                    {"hours", FormatCallingHours(line.hours)},
                    {"daily_limit", line.daily_limit ? JsonValue(*line.daily_limit) : JsonValue()},
                    {"qualification", line.qualification.reference},
                    {"qualification_expires", Readable(line.qualification.expires)},
                    {"contract", line.contract.reference},
                    {"contract_expires", Readable(line.contract.expires)},
                    {"recording_duty", line.recording_duty},
                    {"recording_days", line.recording_days},
                    {"trunks", trunks},
                    {"status", LineStatusName(line.status)},
                    {"numbers", numbers}}
      .json();
}

std::string DescribeEntry(const WhitelistEntry& entry) {
  return JsonObject{{"number", entry.number.ToString()},
                    {"scope", entry.scope},
                    {"reason", entry.reason},
                    {"evidence", entry.evidence},
                    {"requester", entry.requester},
                    {"approver", entry.approver},
                    {"added", Readable(entry.added)},
                    {"expires", Readable(entry.expires)}}
      .json();
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
