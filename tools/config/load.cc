// The only user of toml++.
#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "tools/config/config.h"
#include "tools/config/keys.h"

namespace ringfence {
namespace {

std::string Place(const std::string& file, const toml::source_region& region) {
  return absl::StrCat(file, ":", region.begin.line, ":", region.begin.column, ": ");
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row[b.size()];
}

std::optional<ConfigValue> ToValue(const toml::node& node) {
  if (const auto* text = node.as_string()) return ConfigValue(text->get());
  if (const auto* number = node.as_integer()) return ConfigValue(number->get());
  if (const auto* flag = node.as_boolean()) return ConfigValue(flag->get());
  if (const auto* array = node.as_array()) {
    std::vector<std::string> list;
    for (const toml::node& item : *array) {
      if (!item.is_string()) return std::nullopt;
      list.push_back(item.as_string()->get());
    }
    return ConfigValue(std::move(list));
  }
  return std::nullopt;
}

std::string Shown(const toml::node& node) {
  std::ostringstream text;
  node.visit([&text](const auto& value) { text << value; });
  return text.str();
}

// Walks the file's tables and puts each value where its key says.
class Loader {
 public:
  explicit Loader(std::string file) : file_(std::move(file)) { LearnKeys({}); }

  absl::Status Walk(const toml::table& table, const std::string& path) {
    for (const auto& [name, node] : table) {
      const std::string full = absl::StrCat(path, path.empty() ? "" : ".", ToAbsl(name.str()));
      const toml::table* inner = node.as_table();
      if (inner != nullptr && path == "rule" && name.str().starts_with(kFurtherRule)) {
        RF_RETURN_IF_ERROR(AddFurtherRule(std::string(name.str()), *inner));
      }
      if (inner != nullptr && IsSection(full)) {
        RF_RETURN_IF_ERROR(Walk(*inner, full));
      } else if (inner != nullptr && HoldsNames(full)) {
        RF_RETURN_IF_ERROR(SetNames(full, *inner));
      } else {
        RF_RETURN_IF_ERROR(Set(full, node));
      }
    }
    return absl::OkStatus();
  }

  Config& config() { return config_; }

 private:
  void LearnKeys(const std::vector<std::string>& further_rules) {
    for (ConfigKey& key : ConfigKeys(further_rules)) {
      const std::string name = key.FullName();
      keys_.emplace(name, std::move(key));
    }
  }

  absl::Status AddFurtherRule(const std::string& id, const toml::table& table) {
    const std::string place = absl::StrCat(Place(file_, table.source()), "rule.", id, ": ");
    if (!IsFurtherRule(id)) {
      return absl::InvalidArgumentError(
          absl::StrCat(place, "a further rule is called ", ToAbsl(kFurtherRule),
                       "NAME, in at most 64 lower-case letters, digits and '-'"));
    }
    // Left to defaults it would count what line-frequency counts.
    if (!table.contains("window") || !table.contains("threshold")) {
      return absl::InvalidArgumentError(
          absl::StrCat(place, "a further rule must say its window and its threshold"));
    }
    config_.further_rules.try_emplace(id);
    if (config_.further_rules.size() > kMaxFurtherRules) {
      return absl::InvalidArgumentError(
          absl::StrCat(place, "more than ", kMaxFurtherRules, " further rules"));
    }
    LearnKeys({id});
    return absl::OkStatus();
  }

  // Whether the key's value is a table of names.
  bool HoldsNames(const std::string& full) const {
    const auto found = keys_.find(full);
    return found != keys_.end() && std::holds_alternative<NamedNumbers>(found->second.get(config_));
  }

  // One by one, so that an error names its place.
  absl::Status SetNames(const std::string& full, const toml::table& table) {
    const ConfigKey& key = keys_.at(full);
    for (const auto& [name, node] : table) {
      const auto* number = node.as_integer();
      const std::string item(name.str());
      if (number != nullptr && key.set(config_, NamedNumbers{{item, number->get()}})) continue;
      return NotAllowed(absl::StrCat(full, ".", item), node, key);
    }
    return absl::OkStatus();
  }

  absl::Status NotAllowed(const std::string& full, const toml::node& node,
                          const ConfigKey& key) const {
    return absl::InvalidArgumentError(absl::StrCat(Place(file_, node.source()), full, ": ",
                                                   Shown(node), " is not allowed; ", key.allowed));
  }

  bool IsSection(const std::string& full) const {
    const auto at = keys_.lower_bound(full + ".");
    return at != keys_.end() && at->first.starts_with(full + ".");
  }

  // The nearest key, unless it is so far away that nobody can have meant it.
  std::string Advice(const std::string& full) const {
    size_t least = full.size() / 2 + 1;
    std::string_view nearest;
    for (const auto& [name, key] : keys_) {
      const size_t distance = EditDistance(name, full);
      if (distance >= least) continue;
      least = distance;
      nearest = name;
    }
    if (nearest.empty()) return "; `ringfence config dump` prints all of them";
    return absl::StrCat("; did you mean ", ToAbsl(nearest), "?");
  }

  absl::Status Set(const std::string& full, const toml::node& node) {
    const auto found = keys_.find(full);
    if (found == keys_.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat(Place(file_, node.source()), full, ": no such key", Advice(full)));
    }
    const auto value = ToValue(node);
    if (value.has_value() && found->second.set(config_, *value)) return absl::OkStatus();
    return NotAllowed(full, node, found->second);
  }

  std::string file_;
  std::map<std::string, ConfigKey> keys_;
  Config config_;
};

}  // namespace

absl::StatusOr<Config> ParseConfig(std::string_view text, const std::string& file_name) {
  try {
    const toml::table table = toml::parse(text, file_name);
    Loader loader(file_name);
    RF_RETURN_IF_ERROR(loader.Walk(table, ""));
    return std::move(loader.config());
  } catch (const toml::parse_error& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(Place(file_name, error.source()), ToAbsl(error.description())));
  }
}

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return absl::NotFoundError(
        absl::StrCat(path, ": can't be read; `ringfence config dump` prints a file to start from"));
  std::ostringstream text;
  text << file.rdbuf();
  return ParseConfig(text.str(), path);
}

}  // namespace ringfence
