// Why an action was taken, complete enough to explain it months later and to decide again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "blocker/decision.h"
#include "detector/model/detection.h"
#include "ingest/json/json_text.h"
#include "whitelist/listing.h"

namespace ringfence {

struct Evidence {
  Detection detection;  // rule, version, threshold, count, window, times, at most 10 samples
  ListingLabel listing = ListingLabel::kUnknown;
  std::optional<ListVersion> list;  // the list that answered; none: unknown
};

// One JSON object on one line; the keys stand in docs/work-orders.md.
std::string EvidenceToJson(const Evidence& evidence);
// The part of it about a flood.
JsonObject FloodToJson(const FloodFacts& flood);
// Reads what EvidenceToJson() wrote. DataLoss names what is missing or wrong.
absl::StatusOr<Evidence> EvidenceFromJson(std::string_view text);

}  // namespace ringfence
