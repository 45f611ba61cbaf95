#include "tools/ringfence/options.h"

#include <CLI/CLI.hpp>

namespace ringfence {

void AddOutputOption(CLI::App& command, std::string& output) {
  command
      .add_option("--output", output,
                  "table or json; by default a table in a terminal, JSON lines otherwise")
      ->check(CLI::IsMember({"table", "json"}));
}

void AddDataOption(CLI::App& command, DataOptions& options) {
  command.add_option("--data", options.directory, "Folder of the store")
      ->envname("RINGFENCE_DATA")
      ->capture_default_str();
}

absl::StatusOr<NumberPlan> ReadingOptions::MakeNumberPlan() const {
  return NumberPlan::Create({.country = country,
                             .area = area,
                             .style = numbers == "e164" ? NumberStyle::kE164 : NumberStyle::kAuto});
}

void AddReadingOptions(CLI::App& command, ReadingOptions& options) {
  command.add_option("--country", options.country, "Calling code of the home country")
      ->capture_default_str();
  command.add_option("--area", options.area, "Area code of bare local numbers, without the 0");
  command
      .add_option("--numbers", options.numbers,
                  "auto: plain digits are national first; e164: they are international")
      ->check(CLI::IsMember({"auto", "e164"}))
      ->capture_default_str();
  command.add_option("--tz", options.time_zone, "Time zone of times without an offset")
      ->capture_default_str();
}

void AddLayoutOptions(CLI::App& command, LayoutChoice& choice) {
  command.add_option("--format", choice.format, "auto, " + CdrFormatNames())->capture_default_str();
  command.add_option(
      "--columns", choice.columns,
      "Where the fields of any delimited layout stand, by number from 1 or by header "
      "name: calling=3,called=4,setup_time=1");
  command.add_option("--delimiter", choice.delimiter,
                     "Delimiter of --columns: one character, or tab");
}

}  // namespace ringfence
