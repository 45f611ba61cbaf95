#include "tools/config/flood_words.h"

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"

namespace ringfence {
namespace {

absl::StatusOr<FloodWindow> ParseWindow(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  FloodWindow window;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[1], &window.calls) ||
      !absl::SimpleAtoi(parts[2], &window.callers)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not ", kFloodWindowForm));
  }
  RF_ASSIGN_OR_RETURN(window.length, ParseDuration(parts[0]));
  return window;
}

}  // namespace

absl::StatusOr<std::vector<FloodWindow>> ParseFloodWindows(const std::vector<std::string>& texts) {
  FloodRule rule;
  rule.windows.clear();
  for (const std::string& text : texts) {
    RF_ASSIGN_OR_RETURN(const FloodWindow window, ParseWindow(text));
    rule.windows.push_back(window);
  }
  RF_RETURN_IF_ERROR(CheckFloodRule(rule));
  return rule.windows;
}

absl::StatusOr<std::vector<CalledNumber>> ParseCalledNumbers(
    const std::vector<std::string>& texts) {
  std::vector<CalledNumber> numbers;
  for (const std::string& text : texts) {
    RF_ASSIGN_OR_RETURN(const PhoneNumber number, PhoneNumber::FromString(text));
    numbers.emplace_back(number);
  }
  return numbers;
}

std::string FloodWindowText(const FloodWindow& window) {
  return absl::StrCat(FormatDuration(window.length), ":", window.calls, ":", window.callers);
}

std::vector<std::string> DefaultFloodWindows() {
  std::vector<std::string> texts;
  for (const FloodWindow& window : FloodRule{}.windows) texts.push_back(FloodWindowText(window));
  return texts;
}

}  // namespace ringfence
