// What people order themselves: `ringfence action suspend|block|restore`.
#pragma once

#include "tools/terminal/command_line.h"

namespace ringfence {

// Adds the verbs to `action`.
void AddManualVerbs(cli::Command action);

}  // namespace ringfence
