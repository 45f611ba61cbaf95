// Options that several subcommands share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ingest/layout.h"
#include "ingest/model/event_time.h"
#include "ingest/model/number_plan.h"
#include "ingest/model/phone_number.h"
#include "tools/terminal/command_line.h"

namespace ringfence {

// --output table|json; empty means table for a terminal, JSON lines otherwise (ChooseOutput).
void AddOutputOption(cli::Command command, std::string& output);

// A duration such as "24h"; anything else is a usage error. `zero` lets "0", "0s" and so on pass.
cli::Option AddDurationOption(cli::Command command, const std::string& name, std::string& value,
                              const std::string& help, bool zero = false);
// --tz, whose value must be a time zone of this machine.
cli::Option AddTimeZoneOption(cli::Command command, std::string& zone, const std::string& help);
// A day or a time, as in lists (ParseTimeCell); anything else is a usage error.
cli::Option AddTimeOption(cli::Command command, const std::string& name, std::string& value,
                          const std::string& help);
// Who decides something: a usage error where nothing stands there.
cli::Option AddPersonOption(cli::Command command, const std::string& name, std::string& person,
                            const std::string& help);
// The value of a duration's option, "0s" included.
absl::StatusOr<Duration> DurationOf(const std::string& value);

// The status with the option and its value in front: "--expires 'soon': …".
absl::Status InOption(std::string_view option, const std::string& value,
                      const absl::Status& status);

// --data DIR (or the environment's RINGFENCE_DATA): where the store lives.
struct DataOptions {
  std::string directory = "ringfence-data";

  std::string StorePath() const { return directory + "/ringfence.db"; }
};
cli::Option AddDataOption(cli::Command command, DataOptions& options);

// --country, --area, --numbers auto|e164, --tz.
struct ReadingOptions {
  std::string country = "86";
  std::string area;
  std::string numbers = "auto";
  std::string time_zone = "Asia/Shanghai";

  // A calling number given with an option, as the others say; InvalidArgument names the option.
  absl::StatusOr<CallingNumber> ParseNumber(std::string_view option, const std::string& text) const;

  // InvalidArgument when country or area is not made of digits. In country 86 an area code may be
  // written with its trunk 0, as people do: 0631.
  absl::StatusOr<NumberPlan> MakeNumberPlan() const;
};
void AddReadingOptions(cli::Command command, ReadingOptions& options);
// A number that ParseNumber() reads as `reading`, the same command's, says; anything else is a
// usage error. Both must live as long as the command.
cli::Option AddNumberOption(cli::Command command, const std::string& name, std::string& number,
                            const ReadingOptions& reading, const std::string& help);

// --format, --columns, --delimiter. What needs no look at the input is checked here.
void AddLayoutOptions(cli::Command command, LayoutChoice& choice);

}  // namespace ringfence
