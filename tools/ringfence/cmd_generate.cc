#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/json/json_text.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "tools/generate/city.h"
#include "tools/generate/lists_csv.h"
#include "tools/generate/traffic_stream.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/options.h"
#include "tools/terminal/progress.h"
#include "tools/terminal/table.h"

namespace ringfence {
namespace {

constexpr char kGenerateFooter[] =
    "Make the call records of a small made-up city, with the truth about every number.\n\n"
    "Files in the folder --out:\n"
    "  cdr.csv        the records, in the order of setup time, as `ringfence scan` reads them\n"
    "  labels.csv     per calling number: role, nuisance or not, whether it goes above the\n"
    "                 threshold (counted exactly), and what is due: suspend, block, report, none\n"
    "  ledger.csv     the voice lines, for `ringfence line import`\n"
    "  whitelist.csv  the approvals, some of them expired, for `ringfence whitelist import`\n\n"
    "The same options give the same bytes on every machine. All numbers are made up.";

struct GenerateOptions {
  std::string out;
  std::string start = "2026-03-03";
  std::string time_zone = "Asia/Shanghai";
  std::string lateness = "30m";
  std::string window = "24h";
  double duplicates = 0;
  double disorder = 0;
  double mixed_numbers = 0;
  double missing_ids = 0;
  double bad_rows = 0;
  bool force = false;
  std::string output;
  generate::CityOptions city;
};

uint32_t PerMillion(double share) { return static_cast<uint32_t>(std::llround(share * 1e6)); }

absl::StatusOr<std::chrono::year_month_day> ParseDay(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  char dash1 = 0;
  char dash2 = 0;
  std::istringstream in(text);
  in >> year >> dash1 >> month >> dash2 >> day;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (in.fail() || !in.eof() || dash1 != '-' || dash2 != '-' || !date.ok() || year < 1970 ||
      year > 9000) {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is no day like 2026-03-03"));
  }
  return date;
}

absl::StatusOr<generate::CityOptions> CityOptionsOf(const GenerateOptions& options) {
  generate::CityOptions city = options.city;
  RF_ASSIGN_OR_RETURN(city.start, ParseDay(options.start));
  RF_ASSIGN_OR_RETURN(const absl::TimeZone zone, LoadTimeZone(options.time_zone));
  const auto seconds = std::chrono::sys_days(city.start).time_since_epoch();
  const absl::Time midnight = absl::FromUnixSeconds(std::chrono::seconds(seconds).count());
  city.utc_offset = std::chrono::minutes(zone.At(midnight).offset / 60);
  RF_ASSIGN_OR_RETURN(city.imperfections.lateness, ParseDuration(options.lateness));
  RF_ASSIGN_OR_RETURN(city.window, ParseDuration(options.window));
  city.imperfections.duplicates = PerMillion(options.duplicates);
  city.imperfections.disorder = PerMillion(options.disorder);
  city.imperfections.mixed_forms = PerMillion(options.mixed_numbers);
  city.imperfections.missing_ids = PerMillion(options.missing_ids);
  city.imperfections.bad_rows = PerMillion(options.bad_rows);
  return city;
}

absl::Status WriteError(const std::filesystem::path& path) {
  return absl::UnavailableError(
      absl::StrCat("cannot write ", path.string(), "; is the folder writable and the disk full?"));
}

absl::Status WriteFile(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return file.fail() ? WriteError(path) : absl::OkStatus();
}

// Writes under another name until the file is whole.
absl::Status WriteRecords(const std::filesystem::path& path, generate::TrafficStream& stream,
                          uint64_t planned, Context& context) {
  constexpr size_t kRowsPerBatch = 4'096;
  const std::filesystem::path part = path.string() + ".part";
  std::ofstream file(part, std::ios::binary);
  file << generate::kCdrHeader;
  ProgressBar progress(context, "generate", planned);
  generate::TrafficBatch batch;
  while (file.good() && stream.Next(kRowsPerBatch, batch)) {
    file.write(batch.csv.data(), static_cast<std::streamsize>(batch.csv.size()));
    progress.Update(stream.totals().calls, WithThousands(stream.totals().rows) + " rows");
    if (context.interrupted()) {
      file.close();
      std::filesystem::remove(part);
      return absl::CancelledError("interrupted; no records were kept");
    }
  }
  file.close();
  if (file.fail()) return WriteError(part);
  std::error_code error;
  std::filesystem::rename(part, path, error);
  return error ? WriteError(path) : absl::OkStatus();
}

absl::Status PrepareFolder(const GenerateOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot make the folder ", options.out, ": ", error.message()));
  }
  for (const char* name : {"cdr.csv", "labels.csv", "ledger.csv", "whitelist.csv"}) {
    const std::filesystem::path path = std::filesystem::path(options.out) / name;
    if (!options.force && std::filesystem::exists(path)) {
      return absl::AlreadyExistsError(absl::StrCat(
          path.string(), " exists; choose another folder, or --force to overwrite it"));
    }
  }
  return absl::OkStatus();
}

struct Summary {
  generate::TrafficTotals totals;
  uint64_t callers = 0;
  uint64_t lines = 0;
  uint64_t nuisance = 0;
  uint64_t flagged = 0;
};

void Print(const Summary& summary, const GenerateOptions& options, Context& context) {
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << JsonObject{{"out", options.out},
                              {"rows", summary.totals.rows},
                              {"calls", summary.totals.calls},
                              {"duplicates", summary.totals.duplicates},
                              {"out_of_order", summary.totals.late_rows},
                              {"bad_rows", summary.totals.bad_rows},
                              {"callers", summary.callers},
                              {"lines", summary.lines},
                              {"nuisance_numbers", summary.nuisance},
                              {"numbers_above_threshold", summary.flagged}}
                << "\n";
    return;
  }
  Table table({{"Made in " + options.out}, {"", Table::Align::kRight}});
  table.AddRow({"rows", WithThousands(summary.totals.rows)});
  table.AddRow({"calls", WithThousands(summary.totals.calls)});
  table.AddRow({"duplicates", WithThousands(summary.totals.duplicates)});
  table.AddRow({"out of order", WithThousands(summary.totals.late_rows)});
  table.AddRow({"bad rows", WithThousands(summary.totals.bad_rows)});
  table.AddRow({"calling numbers", WithThousands(summary.callers)});
  table.AddRow({"voice lines", WithThousands(summary.lines)});
  table.AddRow({"numbers that are a nuisance", WithThousands(summary.nuisance)});
  table.AddRow({"numbers above the threshold", WithThousands(summary.flagged)});
  table.Print(context.out, context.width);
}

absl::Status Generate(const generate::City& city, const GenerateOptions& options,
                      Context& context) {
  RF_RETURN_IF_ERROR(PrepareFolder(options));
  const std::filesystem::path folder(options.out);
  generate::TrafficStream stream(city);
  RF_RETURN_IF_ERROR(WriteRecords(folder / "cdr.csv", stream, city.planned_calls(), context));
  const std::vector<generate::Label> labels = stream.Labels();
  RF_RETURN_IF_ERROR(WriteFile(folder / "labels.csv", generate::LabelsCsv(city, labels)));
  RF_RETURN_IF_ERROR(WriteFile(folder / "ledger.csv", generate::LedgerCsv(city)));
  RF_RETURN_IF_ERROR(WriteFile(folder / "whitelist.csv", generate::WhitelistCsv(city)));
  Summary summary{stream.totals(), labels.size(), city.lines().size()};
  for (const generate::Label& label : labels) {
    summary.nuisance += label.nuisance ? 1 : 0;
    summary.flagged += label.flagged ? 1 : 0;
  }
  Print(summary, options, context);
  return absl::OkStatus();
}

int RunGenerate(const GenerateOptions& options, Context& context) {
  const auto city_options = CityOptionsOf(options);
  if (!city_options.ok()) return cli::UsageError(ToStd(city_options.status().message()), context);
  // Which city can't be is a matter of the options together, such as few rows in many days.
  const auto city = generate::City::Build(*city_options);
  if (!city.ok()) return cli::UsageError(ToStd(city.status().message()), context);
  return Report(Generate(*city, options, context), context);
}

void AddImperfections(cli::Command command, GenerateOptions& options) {
  const auto share = [&](const char* name, double& value, const char* what) {
    command.AddOption(name, value, what)
        .Between(0.0, 0.5)
        .Group("Imperfections (shares, 0 to 0.5)");
  };
  share("--duplicates", options.duplicates, "Rows written a second time");
  share("--disorder", options.disorder, "Rows written late, within --lateness");
  share("--mixed-numbers", options.mixed_numbers, "Numbers as 0086..., 0631..., sip:...");
  share("--missing-ids", options.missing_ids, "Rows without a record id");
  share("--bad-rows", options.bad_rows, "Rows added that must be rejected");
  AddDurationOption(command, "--lateness", options.lateness, "Bound of --disorder: 30m, 1h")
      .Group("Imperfections (shares, 0 to 0.5)");
}

}  // namespace

void AddGenerateCommand(cli::Command program) {
  auto options = std::make_shared<GenerateOptions>();
  cli::Command command = program.AddCommand("generate", "Make call records with ground truth");
  command.AddFooter(kGenerateFooter);
  command.AddOption("--out", options->out, "Folder for the files").Required();
  command.AddFlag("--force", options->force, "Overwrite files that are there");
  const cli::Option rows = command
                               .AddOption("--rows", options->city.target_rows,
                                          "About so many rows: sets the number of subscribers")
                               .HideDefault();
  command.AddOption("--subscribers", options->city.subscribers, "Ordinary subscribers")
      .Excludes(rows);
  command.AddOption("--seed", options->city.seed, "Another seed, another city");
  command.AddOption("--start", options->start, "First day").Check([](const std::string& day) {
    return ParseDay(day).status();
  });
  command.AddOption("--days", options->city.days, "Days").Between(1, 366);
  AddTimeZoneOption(command, options->time_zone, "Time zone; its offset on the first day");
  command.AddOption("--threshold", options->city.threshold, "Calls in a window that labels allow")
      .Between(1u, std::numeric_limits<uint32_t>::max());
  AddDurationOption(command, "--window", options->window, "Window for the labels");
  AddImperfections(command, *options);
  AddOutputOption(command, options->output);
  command.Runs(options, RunGenerate);
}

}  // namespace ringfence
