#include "tools/ringfence/options.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "detector/model/rules.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "whitelist/csv/csv_table.h"

namespace ringfence {
namespace {

bool IsZero(const std::string& value) {
  const size_t digits = value.find_first_not_of('0');
  if (digits == 0 || value.empty()) return false;
  if (digits == std::string::npos) return true;
  const bool unit = value[digits] < '1' || value[digits] > '9';
  return unit && ParseDuration("1" + value.substr(digits)).ok();
}

absl::Status CheckDuration(const std::string& value, bool zero) {
  if (zero && IsZero(value)) return absl::OkStatus();
  const auto duration = ParseDuration(value);
  if (duration.ok() && *duration > kMaxWindow) {
    return absl::InvalidArgumentError(absl::StrCat("'", value, "' is longer than 366 days"));
  }
  return duration.status();
}

absl::Status CheckFormat(const std::string& format) {
  if (format == "auto" || CdrFormatFromName(format).has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("format '", format, "' is not known; formats: auto, ", CdrFormatNames()));
}

// The mapping with a header that has all its names: whether the input has them, it itself shows.
absl::Status CheckColumns(const std::string& columns) {
  if (columns.find('"') != std::string::npos) return absl::OkStatus();
  std::vector<absl::string_view> names;
  for (const absl::string_view entry : absl::StrSplit(columns, ',')) {
    names.push_back(entry.substr(std::min(entry.find('=') + 1, entry.size())));
  }
  const absl::Status status =
      LayoutOf(CdrFormatName(CdrFormat::kColumns), absl::StrJoin(names, ","), columns, ",")
          .status();
  // Whose message names the option, as the parser of the command line does.
  return absl::Status(status.code(), absl::StripPrefix(status.message(), "--columns: "));
}

absl::Status CheckTogether(const LayoutChoice& choice) {
  const bool other = choice.format != "auto" && choice.format != CdrFormatName(CdrFormat::kColumns);
  if (choice.columns.empty() || !other) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--columns maps a layout of its own: it can't be used with --format ", choice.format));
}

absl::Status CheckTime(const std::string& text) {
  CsvOptions any_zone;
  any_zone.zone = absl::UTCTimeZone();
  return ParseTimeCell(text, false, any_zone).status();
}

// The area code as NumberPlan wants it.
std::string WithoutTrunk(const std::string& country, const std::string& area) {
  return country == "86" && area.starts_with("0") ? area.substr(1) : area;
}

}  // namespace

cli::Option AddDurationOption(cli::Command command, const std::string& name, std::string& value,
                              const std::string& help, bool zero) {
  return command.AddOption(name, value, help).Check([zero](const std::string& text) {
    return CheckDuration(text, zero);
  });
}

cli::Option AddTimeZoneOption(cli::Command command, std::string& zone, const std::string& help) {
  return command.AddOption("--tz", zone, help).Check([](const std::string& text) {
    return LoadTimeZone(text).status();
  });
}

cli::Option AddTimeOption(cli::Command command, const std::string& name, std::string& value,
                          const std::string& help) {
  const cli::Option option = command.AddOption(name, value, help);
  command.Checks([option, name, &value](Context&) {
    const absl::Status status = option.given() ? CheckTime(value) : absl::OkStatus();
    return status.ok() ? status : InOption(name, value, status);
  });
  return option;
}

cli::Option AddPersonOption(cli::Command command, const std::string& name, std::string& person,
                            const std::string& help) {
  return command.AddOption(name, person, help).Check([](const std::string& text) {
    const bool named = text.find_first_not_of(" \t\r\n") != std::string::npos;
    return named ? absl::OkStatus() : absl::InvalidArgumentError("is empty: say who it is");
  });
}

absl::StatusOr<Duration> DurationOf(const std::string& value) {
  if (IsZero(value)) return Duration::zero();
  return ParseDuration(value);
}

void AddOutputOption(cli::Command command, std::string& output) {
  command
      .AddOption("--output", output,
                 "table or json; by default a table in a terminal, JSON lines otherwise")
      .OneOf({"table", "json"});
}

cli::Option AddDataOption(cli::Command command, DataOptions& options) {
  // As a default, which what is given by hand replaces.
  if (const char* folder = std::getenv("RINGFENCE_DATA"); folder != nullptr && *folder != '\0') {
    options.directory = folder;
  }
  return command.AddOption("--data", options.directory,
                           "Folder of the store; $RINGFENCE_DATA without it");
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

void AddReadingOptions(cli::Command command, ReadingOptions& options) {
  command.AddOption("--country", options.country, "Calling code of the home country")
      .Check([](const std::string& country) {
        return NumberPlan::Create({.country = country}).status();
      });
  command.AddOption("--area", options.area, "Area code of bare local numbers, such as 631")
      .Check([](const std::string& area) {
        return NumberPlan::Create({.area = WithoutTrunk("86", area)}).status();
      });
  command
      .AddOption("--numbers", options.numbers,
                 "auto: plain digits are national first; e164: they are international")
      .OneOf({"auto", "e164"});
  AddTimeZoneOption(command, options.time_zone, "Time zone of times without an offset");
}

cli::Option AddNumberOption(cli::Command command, const std::string& name, std::string& number,
                            const ReadingOptions& reading, const std::string& help) {
  const cli::Option option = command.AddOption(name, number, help);
  command.Checks([option, name, &number, &reading](Context&) {
    return option.given() ? reading.ParseNumber(name, number).status() : absl::OkStatus();
  });
  return option;
}

void AddLayoutOptions(cli::Command command, LayoutChoice& choice) {
  command.AddOption("--format", choice.format, "auto, " + CdrFormatNames()).Check(CheckFormat);
  cli::Option columns =
      command
          .AddOption("--columns", choice.columns,
                     "Where the fields of any delimited layout stand, by number from 1 or by "
                     "header name: calling=3,called=4,setup_time=1")
          .Check(CheckColumns);
  command
      .AddOption("--delimiter", choice.delimiter, "Delimiter of --columns: one character, or tab")
      .Needs(columns)
      .Check([](const std::string& text) { return ParseDelimiter(text).status(); });
  command.Checks([&choice](Context&) { return CheckTogether(choice); });
}

}  // namespace ringfence
