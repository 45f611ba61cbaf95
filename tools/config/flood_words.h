// The rule for called numbers as people write it: "1m:30:20" is more than 30 calls, or more than 20
// different callers, in a minute.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "detector/model/flood_rule.h"
#include "ingest/model/phone_number.h"

namespace ringfence {

// What is to be given, for help texts.
inline constexpr char kFloodWindowForm[] = "WINDOW:CALLS:CALLERS, such as 1m:30:20";

// InvalidArgument for a text of another form, and for windows that CheckFloodRule() refuses.
absl::StatusOr<std::vector<FloodWindow>> ParseFloodWindows(const std::vector<std::string>& texts);
// Numbers in full, "+866315550100" or "95588". InvalidArgument for anything else.
absl::StatusOr<std::vector<CalledNumber>> ParseCalledNumbers(const std::vector<std::string>& texts);
std::string FloodWindowText(const FloodWindow& window);
std::vector<std::string> DefaultFloodWindows();

}  // namespace ringfence
