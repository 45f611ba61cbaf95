// The keys of the configuration: name, words, bounds, and the way to its value.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "tools/config/config.h"

namespace ringfence {

// A value as TOML has it.
using NamedNumbers = std::map<std::string, int64_t>;
using ConfigValue =
    std::variant<std::string, int64_t, bool, std::vector<std::string>, NamedNumbers>;

struct ConfigKey {
  std::string section;  // "rule.line-frequency"
  std::string name;     // "threshold"
  std::string help;     // what it does and when to change it; lines separated by \n
  std::string allowed;  // "a whole number from 1 to 1000000"
  // Puts the value into the configuration; false when it is not allowed. Of NamedNumbers, adds them
  // to those that are there.
  std::function<bool(Config&, const ConfigValue&)> set;
  std::function<ConfigValue(const Config&)> get;

  std::string FullName() const { return section + "." + name; }
};

// All keys, those of the further rules of these ids among them, grouped by section, in the order of
// the file.
std::vector<ConfigKey> ConfigKeys(const std::vector<std::string>& further_rules);

// What the id of a further rule begins with; lower-case letters, digits and '-' follow.
inline constexpr std::string_view kFurtherRule = "line-frequency-";
bool IsFurtherRule(std::string_view id);
inline constexpr size_t kMaxFurtherRules = 8;

// One line or more on what a section is for.
std::string_view SectionHelp(std::string_view section);

}  // namespace ringfence
