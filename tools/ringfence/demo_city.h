// The generated traffic of `ringfence demo`, with its truth.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/generate/city.h"
#include "tools/generate/truth.h"
#include "tools/terminal/context.h"

namespace ringfence {

struct DemoCity {
  std::string records;    // path of the CDR file
  std::string ledger;     // path of the ledger
  std::string whitelist;  // path of the whitelist
  uint64_t rows = 0;
  std::vector<generate::Label> labels{};  // one per calling number
};

struct DemoCityOptions {
  uint64_t rows = 200'000;
  uint64_t seed = 1;
};

// Writes two days of a small city that end with the last midnight before context.now() into
// `folder`, with a progress bar. Two days, because some telemarketers call across midnight.
absl::StatusOr<DemoCity> MakeDemoCity(const std::string& folder, const DemoCityOptions& options,
                                      Context& context);

}  // namespace ringfence
