// Any bytes as a ledger and as a whitelist: a status or faults, or lists that can be kept and that
// come back equal from their own export.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "ingest/model/time_text.h"
#include "whitelist/csv/ledger_csv.h"
#include "whitelist/csv/whitelist_csv.h"
#include "whitelist/lists.h"

namespace ringfence {
namespace {

void CheckLedger(const std::string& text, const CsvOptions& options) {
  const auto csv = ReadLedgerCsv(BytesOf(text).value(), options);
  if (!csv.ok() || !csv->faults.empty()) return;
  if (!Lists::Create(1, csv->lines, {}).ok()) std::abort();
  const auto again =
      ReadLedgerCsv(BytesOf(WriteLedgerCsv(csv->lines, options.zone)).value(), options);
  if (!again.ok() || !again->faults.empty() || again->lines != csv->lines) std::abort();
}

void CheckWhitelist(const std::string& text, const CsvOptions& options) {
  const auto csv = ReadWhitelistCsv(BytesOf(text).value(), options);
  if (!csv.ok() || !csv->faults.empty()) return;
  if (!Lists::Create(1, {}, csv->entries).ok()) std::abort();
  const auto again =
      ReadWhitelistCsv(BytesOf(WriteWhitelistCsv(csv->entries, options.zone)).value(), options);
  if (!again.ok() || !again->faults.empty() || again->entries != csv->entries) std::abort();
}

}  // namespace
}  // namespace ringfence

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ringfence;
  static const NumberPlan plan = NumberPlan::Create({}).value();
  const CsvOptions options{.plan = &plan,
                           .zone = LoadTimeZone("UTC").value(),
                           .default_added = FromUnixMicros(1'795'478'400'000'000)};
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (!BytesOf(text).ok()) return 0;
  CheckLedger(text, options);
  CheckWhitelist(text, options);
  return 0;
}
