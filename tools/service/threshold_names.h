// Names in the rules' thresholds that mean nobody: spelling, most likely.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "detector/model/rules.h"
#include "detector/model/subject.h"

namespace ringfence {

// A sentence for each class, industry and customer with a threshold of its own that no line of the
// ledger has. directory may be null: no ledger.
std::vector<std::string> ThresholdsOfNobody(absl::Span<const FrequencyRule> rules,
                                            const SubjectDirectory* directory);

}  // namespace ringfence
