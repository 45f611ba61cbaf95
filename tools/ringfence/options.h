// Options that several subcommands share.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "ingest/layout.h"
#include "ingest/model/number_plan.h"

namespace CLI {
class App;
}

namespace ringfence {

// --output table|json; empty means table for a terminal, JSON lines otherwise (ChooseOutput).
void AddOutputOption(CLI::App& command, std::string& output);

// --data DIR (or the environment's RINGFENCE_DATA): where the store lives.
struct DataOptions {
  std::string directory = "ringfence-data";

  std::string StorePath() const { return directory + "/ringfence.db"; }
};
void AddDataOption(CLI::App& command, DataOptions& options);

// --country, --area, --numbers auto|e164, --tz.
struct ReadingOptions {
  std::string country = "86";
  std::string area;
  std::string numbers = "auto";
  std::string time_zone = "Asia/Shanghai";

  // InvalidArgument when country or area is not made of digits.
  absl::StatusOr<NumberPlan> MakeNumberPlan() const;
};
void AddReadingOptions(CLI::App& command, ReadingOptions& options);

// --format, --columns, --delimiter.
void AddLayoutOptions(CLI::App& command, LayoutChoice& choice);

}  // namespace ringfence
