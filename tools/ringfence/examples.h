// Examples on the help page of every command and nested command.
#pragma once

#include "tools/terminal/command_line.h"

namespace ringfence {

// Puts examples at the end of each help page that has none yet.
void AddExamples(cli::Command program);

}  // namespace ringfence
