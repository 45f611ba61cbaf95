// The keys of the configuration: name, words, bounds, and the way to its value.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "tools/config/config.h"

namespace ringfence {

// A value as TOML has it.
using ConfigValue = std::variant<std::string, int64_t, bool, std::vector<std::string>>;

struct ConfigKey {
  std::string section;  // "rule.line-frequency"
  std::string name;     // "threshold"
  std::string help;     // what it does and when to change it; lines separated by \n
  std::string allowed;  // "a whole number from 1 to 1000000"
  // Puts the value into the configuration; false when it is not allowed.
  std::function<bool(Config&, const ConfigValue&)> set;
  std::function<ConfigValue(const Config&)> get;

  std::string FullName() const { return section + "." + name; }
};

// All keys, grouped by section, in the order of the file.
std::vector<ConfigKey> ConfigKeys();

// One line or more on what a section is for.
std::string_view SectionHelp(std::string_view section);

}  // namespace ringfence
