// What people order themselves: `ringfence action suspend|block|restore`.
#pragma once

#include "tools/terminal/context.h"

namespace CLI {
class App;
}

namespace ringfence {

// Adds the verbs to `action`.
void AddManualVerbs(CLI::App& action, Context& context);

}  // namespace ringfence
