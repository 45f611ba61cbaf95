// What `scan` is told about floods of called numbers.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "detector/model/flood_rule.h"
#include "tools/ringfence/options.h"
#include "tools/terminal/command_line.h"

namespace ringfence {

struct ScanFloods {
  bool wanted = false;
  std::string windows;  // separated by commas; empty: the defaults
  std::string except;   // numbers, likewise
};

// --floods, --flood-windows, --flood-except.
void AddFloodOptions(cli::Command command, ScanFloods& options, const ReadingOptions& reading);

// None when floods are not wanted. The rule has the lateness of the others: a batch has the memory.
absl::StatusOr<std::optional<FloodRule>> FloodRuleOf(const ScanFloods& options,
                                                     const ReadingOptions& reading,
                                                     Duration lateness);

}  // namespace ringfence
