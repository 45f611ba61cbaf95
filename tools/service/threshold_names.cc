#include "tools/service/threshold_names.h"

#include <cstdint>
#include <map>
#include <set>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"

namespace ringfence {

std::vector<std::string> ThresholdsOfNobody(absl::Span<const FrequencyRule> rules,
                                            const SubjectDirectory* directory) {
  std::set<std::string> classes;
  std::set<std::string> industries;
  std::set<std::string> customers;
  const size_t lines = directory == nullptr ? 0 : directory->lines().size();
  for (uint32_t line = 0; line < lines; ++line) {
    classes.insert(directory->traits(line).line_class);
    industries.insert(directory->traits(line).industry);
    customers.insert(directory->customer_of(line).name);
  }
  std::vector<std::string> sentences;
  for (const FrequencyRule& rule : rules) {
    const auto look = [&](std::string_view what, const std::map<std::string, uint32_t>& thresholds,
                          const std::set<std::string>& known) {
      for (const auto& [name, threshold] : thresholds) {
        if (known.contains(name)) continue;
        sentences.push_back(absl::StrCat("rule ", rule.id.value(), ": no line of the ledger has ",
                                         ToAbsl(what), " '", name, "'; its threshold of ",
                                         threshold, " is for nobody"));
      }
    };
    look("class", rule.ledger_thresholds.by_class, classes);
    look("industry", rule.ledger_thresholds.by_industry, industries);
    look("customer", rule.ledger_thresholds.by_customer, customers);
  }
  return sentences;
}

}  // namespace ringfence
