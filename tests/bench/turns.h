// A program that measures when it is told to, so that a driver can let several take turns: what
// else runs on the machine then disturbs all of them, and none has to fill its tables again.
//
//   → (starts)      ← {"numbers": 10000000, ...}   checked and ready, with what does not change
//   → one line      ← {"detector_hash_mops": 9.1}  the figures of one turn
//   → end of input     (ends)
#pragma once

#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "tools/terminal/context.h"

namespace ringfence {

using Figures = std::map<std::string, double>;

// Prints `ready`, then the figures of a turn for each line of standard input. The first error ends
// it: a wrong answer is not measured.
absl::Status TakeTurns(const Figures& ready, const std::function<absl::StatusOr<Figures>()>& turn,
                       Context& context);

}  // namespace ringfence
