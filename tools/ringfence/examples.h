// Examples on the help page of every command and nested command.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace ringfence {

// Puts examples at the end of each help page that has none yet.
void AddExamples(CLI::App& program);

// "ringfence whitelist add": how a person calls it.
std::string PathOf(const CLI::App& command);

}  // namespace ringfence
