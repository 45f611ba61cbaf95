#include "tools/ringfence/scan_floods.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "ingest/model/status_macros.h"
#include "tools/config/flood_words.h"

namespace ringfence {
namespace {

std::vector<std::string> ItemsOf(const std::string& text) { return absl::StrSplit(text, ','); }

}  // namespace

void AddFloodOptions(cli::Command command, ScanFloods& options, const ReadingOptions& reading) {
  const cli::Option floods =
      command.AddFlag("--floods", options.wanted,
                      "Find called numbers, too, that get so many calls that they are attacked");
  command
      .AddOption("--flood-windows", options.windows,
                 absl::StrCat("What is still allowed, as WINDOW:CALLS:CALLERS with commas between "
                              "them; by default ",
                              absl::StrJoin(DefaultFloodWindows(), ",")))
      .Check([](const std::string& text) { return ParseFloodWindows(ItemsOf(text)).status(); })
      .Needs(floods);
  command
      .AddOption("--flood-except", options.except,
                 "Called numbers to leave out, popular ones, with commas between them")
      .Needs(floods);
  command.Checks([&options, &reading](Context&) {
    return FloodRuleOf(options, reading, Duration::zero()).status();
  });
}

absl::StatusOr<std::optional<FloodRule>> FloodRuleOf(const ScanFloods& options,
                                                     const ReadingOptions& reading,
                                                     Duration lateness) {
  if (!options.wanted) return std::nullopt;
  FloodRule rule;
  rule.lateness = lateness;
  if (!options.windows.empty()) {
    RF_ASSIGN_OR_RETURN(rule.windows, ParseFloodWindows(ItemsOf(options.windows)));
  }
  if (options.except.empty()) return rule;
  for (const std::string& number : ItemsOf(options.except)) {
    RF_ASSIGN_OR_RETURN(const CallingNumber parsed, reading.ParseNumber("--flood-except", number));
    rule.except.emplace_back(parsed.number());
  }
  return rule;
}

}  // namespace ringfence
