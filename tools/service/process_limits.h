// What the service asks of the system for its own process.
#pragma once

#include "absl/status/status.h"

namespace ringfence {

// No core dump, and nothing of the memory for a debugger of the same user: both would hold phone
// numbers. As many open files as the hard limit allows, so that connections of strangers do not use
// up those of the service. What redis-server inherits is the same; it takes its own limits from
// there. Internal names what the system refused; the rest is in force.
absl::Status SetProcessLimits();

}  // namespace ringfence
