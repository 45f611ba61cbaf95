#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "ingest/model/absl_bridge.h"
#include "tools/config/config.h"
#include "tools/config/keys.h"

namespace ringfence {
namespace {

// A TOML basic string. It may hold no control character as it is.
std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      absl::StrAppendFormat(&quoted, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

struct Formatter {
  std::string operator()(const std::string& text) const { return Quoted(text); }
  std::string operator()(int64_t number) const { return absl::StrCat(number); }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(const NamedNumbers& numbers) const {
    if (numbers.empty()) return "{}";
    std::vector<std::string> pairs;
    for (const auto& [name, number] : numbers) {
      pairs.push_back(absl::StrCat(Quoted(name), " = ", number));
    }
    return absl::StrCat("{ ", absl::StrJoin(pairs, ", "), " }");
  }
  std::string operator()(const std::vector<std::string>& list) const {
    std::vector<std::string> quoted;
    for (const std::string& item : list) quoted.push_back(Quoted(item));
    return absl::StrCat("[", absl::StrJoin(quoted, ", "), "]");
  }
};

void AppendComment(std::string& out, std::string_view text) {
  for (absl::string_view line : absl::StrSplit(ToAbsl(text), '\n'))
    absl::StrAppend(&out, "# ", line, "\n");
}

}  // namespace

std::string DumpConfig(const Config& config) {
  std::string out =
      "# Configuration of `ringfence run --config FILE`.\n"
      "# Every key stands here with its value; a key that is left out has its default.\n";
  std::vector<std::string> further_rules;
  for (const auto& [id, rule] : config.further_rules) further_rules.push_back(id);
  std::string section;
  for (const ConfigKey& key : ConfigKeys(further_rules)) {
    if (key.section != section) {
      section = key.section;
      out += "\n";
      if (const auto help = SectionHelp(section); !help.empty()) AppendComment(out, help);
      absl::StrAppend(&out, "[", section, "]\n");
    }
    AppendComment(out, key.help);
    AppendComment(out, absl::StrCat("Allowed: ", key.allowed, "."));
    absl::StrAppend(&out, key.name, " = ", std::visit(Formatter{}, key.get(config)), "\n");
  }
  return out;
}

}  // namespace ringfence
