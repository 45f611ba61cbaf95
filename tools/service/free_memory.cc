#include "tools/service/free_memory.h"

#include <algorithm>
#include <fstream>
#include <string_view>

namespace ringfence {
namespace {

// The number in the line of `file` that begins with the word `name`; none when there is no such
// line.
std::optional<uint64_t> NumberOf(const std::string& file, std::string_view name) {
  std::ifstream lines(file);
  for (std::string word; lines >> word;) {
    uint64_t number = 0;
    if (word == name) return lines >> number ? std::optional(number) : std::nullopt;
    std::getline(lines, word);
  }
  return std::nullopt;
}

// The number that is all of it: none for "max", the absence of a limit.
std::optional<uint64_t> NumberIn(const std::string& file) {
  uint64_t number = 0;
  return std::ifstream(file) >> number ? std::optional(number) : std::nullopt;
}

// "/system.slice/ringfence.service"; empty: the root, or none of version 2.
std::string ControlGroup(const std::string& proc) {
  constexpr std::string_view kVersion2 = "0::";
  std::ifstream lines(proc + "/self/cgroup");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kVersion2)) return line == "0::/" ? "" : line.substr(kVersion2.size());
  }
  return "";
}

// What the limit leaves; pages of files that were not needed lately go when others want memory.
std::optional<uint64_t> LeftIn(const std::string& group) {
  const auto limit = NumberIn(group + "/memory.max");
  const auto used = NumberIn(group + "/memory.current");
  if (!limit || !used) return std::nullopt;
  const uint64_t pages = NumberOf(group + "/memory.stat", "inactive_file").value_or(0);
  const uint64_t kept = *used - std::min(pages, *used);
  return *limit - std::min(kept, *limit);
}

}  // namespace

std::optional<uint64_t> FreeMemory(const std::string& proc, const std::string& control_groups) {
  std::optional<uint64_t> least;
  const auto take = [&least](std::optional<uint64_t> bytes) {
    if (bytes) least = std::min(*bytes, least.value_or(*bytes));
  };
  if (const auto kib = NumberOf(proc + "/meminfo", "MemAvailable:")) take(*kib * 1024);
  std::string group = ControlGroup(proc);
  take(LeftIn(control_groups + group));
  while (!group.empty()) {
    group.resize(group.rfind('/'));
    take(LeftIn(control_groups + group));
  }
  return least;
}

}  // namespace ringfence
