#include "tools/ringfence/options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "detector/rules.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"

namespace ringfence {
namespace {

// As CLI11 wants it: why a value is refused, empty if it is not.
std::string Why(const absl::Status& status) {
  return status.ok() ? std::string() : std::string(ToStd(status.message()));
}

bool IsZero(const std::string& value) {
  const size_t digits = value.find_first_not_of('0');
  if (digits == 0 || value.empty()) return false;
  if (digits == std::string::npos) return true;
  const bool unit = value[digits] < '1' || value[digits] > '9';
  return unit && ParseDuration("1" + value.substr(digits)).ok();
}

std::string CheckDuration(const std::string& value, bool zero) {
  if (zero && IsZero(value)) return {};
  const auto duration = ParseDuration(value);
  if (duration.ok() && *duration > kMaxWindow) return "'" + value + "' is longer than 366 days";
  return Why(duration.status());
}

std::string CheckFormat(const std::string& format) {
  if (format == "auto" || CdrFormatFromName(format).has_value()) return {};
  return "format '" + format + "' is not known; formats: auto, " + CdrFormatNames();
}

// The area code as NumberPlan wants it.
std::string WithoutTrunk(const std::string& country, const std::string& area) {
  return country == "86" && area.starts_with("0") ? area.substr(1) : area;
}

}  // namespace

CLI::Option* AddDurationOption(CLI::App& command, const std::string& name, std::string& value,
                               const std::string& help, bool zero) {
  return command.add_option(name, value, help)
      ->check([zero](const std::string& text) { return CheckDuration(text, zero); })
      ->capture_default_str();
}

CLI::Option* AddTimeZoneOption(CLI::App& command, std::string& zone, const std::string& help) {
  return command.add_option("--tz", zone, help)
      ->check([](const std::string& text) { return Why(LoadTimeZone(text).status()); })
      ->capture_default_str();
}

absl::StatusOr<Duration> DurationOf(const std::string& value) {
  if (IsZero(value)) return Duration::zero();
  return ParseDuration(value);
}

void AddOutputOption(CLI::App& command, std::string& output) {
  command
      .add_option("--output", output,
                  "table or json; by default a table in a terminal, JSON lines otherwise")
      ->check(CLI::IsMember({"table", "json"}));
}

void AddDataOption(CLI::App& command, DataOptions& options) {
  // Not CLI11's envname(): it would also be applied for commands that were not called and share
  // these options, and so replace what was given by hand.
  if (const char* folder = std::getenv("RINGFENCE_DATA"); folder != nullptr && *folder != '\0') {
    options.directory = folder;
  }
  command
      .add_option("--data", options.directory, "Folder of the store; $RINGFENCE_DATA without it")
      ->capture_default_str();
}

absl::Status InOption(std::string_view option, const std::string& value,
                      const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(ToAbsl(option), " '", value, "': ", status.message()));
}

absl::StatusOr<CallingNumber> ReadingOptions::ParseNumber(std::string_view option,
                                                          const std::string& text) const {
  RF_ASSIGN_OR_RETURN(const NumberPlan plan, MakeNumberPlan());
  const absl::StatusOr<PhoneNumber> number = plan.Normalise(text);
  if (!number.ok()) return InOption(option, text, number.status());
  return CallingNumber(*number);
}

absl::StatusOr<NumberPlan> ReadingOptions::MakeNumberPlan() const {
  return NumberPlan::Create({.country = country,
                             .area = WithoutTrunk(country, area),
                             .style = numbers == "e164" ? NumberStyle::kE164 : NumberStyle::kAuto});
}

void AddReadingOptions(CLI::App& command, ReadingOptions& options) {
  command.add_option("--country", options.country, "Calling code of the home country")
      ->check([](const std::string& country) {
        return Why(NumberPlan::Create({.country = country}).status());
      })
      ->capture_default_str();
  command.add_option("--area", options.area, "Area code of bare local numbers, such as 631")
      ->check([](const std::string& area) {
        return Why(NumberPlan::Create({.area = WithoutTrunk("86", area)}).status());
      });
  command
      .add_option("--numbers", options.numbers,
                  "auto: plain digits are national first; e164: they are international")
      ->check(CLI::IsMember({"auto", "e164"}))
      ->capture_default_str();
  AddTimeZoneOption(command, options.time_zone, "Time zone of times without an offset");
}

void AddLayoutOptions(CLI::App& command, LayoutChoice& choice) {
  command.add_option("--format", choice.format, "auto, " + CdrFormatNames())
      ->check([](const std::string& format) { return CheckFormat(format); })
      ->capture_default_str();
  CLI::Option* columns = command.add_option(
      "--columns", choice.columns,
      "Where the fields of any delimited layout stand, by number from 1 or by header "
      "name: calling=3,called=4,setup_time=1");
  command
      .add_option("--delimiter", choice.delimiter, "Delimiter of --columns: one character, or tab")
      ->needs(columns)
      ->check([](const std::string& text) { return Why(ParseDelimiter(text).status()); });
}

}  // namespace ringfence
