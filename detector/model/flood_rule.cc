#include "detector/model/flood_rule.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace ringfence {
namespace {

absl::Status Bad(const FloodRule& rule, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("rule \"", rule.id.value(), "\": ", what));
}

bool IsAllowedCount(uint32_t count) { return count >= 1 && count <= kMaxFloodCalls; }

}  // namespace

absl::Status CheckFloodRule(const FloodRule& rule) {
  if (rule.id.empty()) return absl::InvalidArgumentError("the rule for called numbers has no id");
  if (rule.windows.empty() || rule.windows.size() > kMaxFloodWindows) {
    return Bad(rule, absl::StrCat("it has ", rule.windows.size(), " windows; 1 to ",
                                  kMaxFloodWindows, " are allowed"));
  }
  Duration before{};
  for (const FloodWindow& window : rule.windows) {
    if (window.length <= before || window.length > kMaxFloodWindow) {
      return Bad(rule, absl::StrCat("a window of ", window.length.count(),
                                    " us; they must ascend, "
                                    "from more than 0 to ",
                                    kMaxFloodWindow.count(), " us (24 h) at most"));
    }
    before = window.length;
    if (!IsAllowedCount(window.calls) || !IsAllowedCount(window.callers)) {
      return Bad(rule, absl::StrCat("a window allows ", window.calls, " calls and ", window.callers,
                                    " callers; 1 to ", kMaxFloodCalls, " is allowed for both"));
    }
  }
  if (rule.lateness < Duration::zero()) return Bad(rule, "the lateness is negative");
  return absl::OkStatus();
}

}  // namespace ringfence
