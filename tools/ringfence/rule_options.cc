#include "tools/ringfence/rule_options.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "tools/ringfence/options.h"
#include "whitelist/listing.h"

namespace ringfence {
namespace {

constexpr uint32_t kMostCallsAllowed = 1'000'000;

// What stands before the last '=', and the threshold behind it.
using Named = std::pair<std::string, uint32_t>;
absl::StatusOr<Named> ParseNamed(const std::string& text) {
  const size_t equals = text.rfind('=');
  uint32_t threshold = 0;
  if (equals == std::string::npos || equals == 0 ||
      !absl::SimpleAtoi(ToAbsl(std::string_view(text).substr(equals + 1)), &threshold) ||
      threshold < 1 || threshold > kMostCallsAllowed) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is no NAME=N with N from 1 to ", kMostCallsAllowed));
  }
  return Named(text.substr(0, equals), threshold);
}

absl::Status CheckClass(const std::string& text) {
  RF_ASSIGN_OR_RETURN(const Named named, ParseNamed(text));
  if (LineClassFromName(named.first)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", text, "': '", named.first,
                   "' is no class; there are: ", absl::StrJoin(LineClassNames(), ", ")));
}

struct WindowAndThreshold {
  Duration window;
  uint32_t threshold = 0;
};
absl::StatusOr<WindowAndThreshold> ParseAlso(const std::string& text) {
  RF_ASSIGN_OR_RETURN(const Named named, ParseNamed(text));
  const auto window = ParseDuration(named.first);
  if (!window.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "': ", window.status().message()));
  }
  if (*window > kMaxWindow) {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is longer than 366 days"));
  }
  return WindowAndThreshold{*window, named.second};
}

absl::StatusOr<std::map<std::string, uint32_t>> ThresholdsOf(
    std::string_view option, const std::vector<std::string>& texts) {
  std::map<std::string, uint32_t> thresholds;
  for (const std::string& text : texts) {
    RF_ASSIGN_OR_RETURN(Named named, ParseNamed(text));
    if (thresholds.insert(std::move(named)).second) continue;
    return InOption(option, text, absl::InvalidArgumentError("the name was given before"));
  }
  return thresholds;
}

}  // namespace

void AddRuleOptions(cli::Command command, RuleOptions& options) {
  AddDurationOption(command, "--window", options.window,
                    "Length of the sliding window; that of lines and customers is a day");
  command.AddOption("--threshold", options.threshold, "Calls in a window that are still allowed")
      .Between(1u, kMostCallsAllowed);
  const auto is_named = [](const std::string& text) { return ParseNamed(text).status(); };
  command
      .AddOption("--threshold-class", options.by_class,
                 "The same for lines of a class, as hospital=1000; with --ledger, again for others")
      .Check(CheckClass);
  command
      .AddOption("--threshold-industry", options.by_industry,
                 "The same for lines of an industry; it stands above the class")
      .Check(is_named);
  command
      .AddOption("--threshold-customer", options.by_customer,
                 "The same for lines of a customer; it stands above both")
      .Check(is_named);
  command
      .AddOption(
          "--also", options.also,
          "Count in another window, too, as 1h=60 (rule line-frequency-1h); again for others")
      .Check([](const std::string& text) { return ParseAlso(text).status(); });
  command.AddFlag("--warnings", options.warnings, "Show warnings (80 % of the threshold), too");
}

absl::StatusOr<std::vector<FrequencyRule>> RulesOf(const RuleOptions& options) {
  std::vector<FrequencyRule> rules = DefaultRules();
  FrequencyRule& numbers = rules.front();  // lines and customers have what they declared for a day
  RF_ASSIGN_OR_RETURN(numbers.window, DurationOf(options.window));
  numbers.threshold = options.threshold;
  LedgerThresholds& from_ledger = numbers.ledger_thresholds;
  RF_ASSIGN_OR_RETURN(from_ledger.by_class, ThresholdsOf("--threshold-class", options.by_class));
  RF_ASSIGN_OR_RETURN(from_ledger.by_industry,
                      ThresholdsOf("--threshold-industry", options.by_industry));
  RF_ASSIGN_OR_RETURN(from_ledger.by_customer,
                      ThresholdsOf("--threshold-customer", options.by_customer));
  for (const std::string& text : options.also) {
    RF_ASSIGN_OR_RETURN(const WindowAndThreshold also, ParseAlso(text));
    FrequencyRule rule;
    rule.id = RuleId(absl::StrCat(kLineFrequency, "-", FormatDuration(also.window)));
    rule.window = also.window;
    rule.threshold = also.threshold;
    const auto same = [&rule](const FrequencyRule& other) { return other.id == rule.id; };
    if (std::any_of(rules.begin(), rules.end(), same)) {
      return InOption("--also", text, absl::InvalidArgumentError("the window was given before"));
    }
    rules.push_back(rule);
  }
  for (FrequencyRule& rule : rules) {
    if (!options.warnings) rule.warning_percent = 100;
  }
  return rules;
}

}  // namespace ringfence
