// What `scan` counts, by its options.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "detector/model/rules.h"
#include "tools/terminal/command_line.h"

namespace ringfence {

struct RuleOptions {
  std::string window = "24h";
  uint32_t threshold = 300;
  std::vector<std::string> by_class;     // "hospital=1000"
  std::vector<std::string> by_industry;  // likewise
  std::vector<std::string> by_customer;
  std::vector<std::string> also;  // "1h=60"
  bool warnings = false;

  bool AsksLedger() const {
    return !by_class.empty() || !by_industry.empty() || !by_customer.empty();
  }
};

// --window, --threshold, those by class, industry and customer, --also, --warnings.
void AddRuleOptions(cli::Command command, RuleOptions& options);

// line-frequency, line-total, customer-total, and one rule for each --also, named by its window.
// InvalidArgument when two of these have one window, or something is named twice.
absl::StatusOr<std::vector<FrequencyRule>> RulesOf(const RuleOptions& options);

}  // namespace ringfence
