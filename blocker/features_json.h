// What kind of caller a subject is, as JSON: the object `features` of alerts, evidence and feed.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "detector/model/detection.h"
#include "ingest/json/json_text.h"
#include "ingest/json/json_tree.h"

namespace ringfence {

// The counts, the shares that follow from them in thousandths, and times as `text_of` writes them;
// what is unknown is left out. docs/rules.md has the keys.
JsonObject FeaturesToJson(const CallFeatures& features,
                          const std::function<std::string(EventTime)>& text_of);

// Reads what FeaturesToJson() wrote with UtcText(). None for anything else.
std::optional<CallFeatures> FeaturesFromJson(const JsonTree& tree);

}  // namespace ringfence
