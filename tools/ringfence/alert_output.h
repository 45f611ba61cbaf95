// How `scan` shows the alerts it found.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "blocker/decision.h"
#include "detector/model/detection.h"
#include "whitelist/listing.h"

namespace ringfence {

// An opened episode and what would be done about it.
struct JudgedAlert {
  Detection detection;
  absl::StatusOr<Listing> listing;
  Decision decision;
};

// The contract of DESIGN.md, "Scan's output": one object on one line, without its line end.
std::string AlertToJson(const JudgedAlert& alert, const absl::TimeZone& zone);

// A table of all of them, and a line that counts them. Where numbers broke other rules than
// line-frequency, the rules stand there, too.
void PrintAlertTable(const std::vector<JudgedAlert>& alerts, const absl::TimeZone& zone,
                     size_t width, std::ostream& out);

}  // namespace ringfence
