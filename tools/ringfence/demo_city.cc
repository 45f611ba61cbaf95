#include "tools/ringfence/demo_city.h"

#include <fstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"
#include "tools/generate/lists_csv.h"
#include "tools/generate/traffic_stream.h"
#include "tools/terminal/progress.h"
#include "tools/terminal/table.h"

namespace ringfence {
namespace {

constexpr uint32_t kDays = 2;
constexpr std::chrono::minutes kUtcOffset = std::chrono::hours(8);
constexpr size_t kRowsPerBatch = 4096;

// What real files suffer from, per million rows.
constexpr generate::Imperfections kImperfections{.duplicates = 2'000,
                                                 .disorder = 10'000,
                                                 .mixed_forms = 50'000,
                                                 .missing_ids = 1'000,
                                                 .bad_rows = 200};

absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) return absl::UnavailableError(absl::StrCat(path, ": can't be written"));
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> WriteRecords(const std::string& path, generate::TrafficStream& stream,
                                      uint64_t planned, Context& context) {
  std::ofstream file(path, std::ios::binary);
  file << generate::kCdrHeader;
  ProgressBar progress(context, "generate", planned);
  generate::TrafficBatch batch;
  while (file && stream.Next(kRowsPerBatch, batch)) {
    if (context.interrupted()) return absl::CancelledError("interrupted");
    file << batch.csv;
    progress.Update(stream.totals().calls, WithThousands(stream.totals().rows) + " records");
  }
  if (!file.flush()) return absl::UnavailableError(absl::StrCat(path, ": can't be written"));
  return stream.totals().rows;
}

}  // namespace

absl::StatusOr<DemoCity> MakeDemoCity(const std::string& folder, const DemoCityOptions& options,
                                      Context& context) {
  const auto today = std::chrono::floor<std::chrono::days>(context.now() + kUtcOffset);
  generate::CityOptions city_options;
  city_options.seed = options.seed;
  city_options.start = std::chrono::year_month_day(today - std::chrono::days(kDays));
  city_options.utc_offset = kUtcOffset;
  city_options.days = kDays;
  city_options.target_rows = options.rows;
  city_options.imperfections = kImperfections;
  RF_ASSIGN_OR_RETURN(const generate::City city, generate::City::Build(city_options));
  DemoCity demo{.records = folder + "/cdr.csv",
                .ledger = folder + "/ledger.csv",
                .whitelist = folder + "/whitelist.csv"};
  RF_RETURN_IF_ERROR(WriteFile(demo.ledger, generate::LedgerCsv(city)));
  RF_RETURN_IF_ERROR(WriteFile(demo.whitelist, generate::WhitelistCsv(city)));
  generate::TrafficStream stream(city);
  RF_ASSIGN_OR_RETURN(demo.rows, WriteRecords(demo.records, stream, city.planned_calls(), context));
  demo.labels = stream.Labels();
  RF_RETURN_IF_ERROR(WriteFile(folder + "/labels.csv", generate::LabelsCsv(city, demo.labels)));
  return demo;
}

}  // namespace ringfence
