#include "whitelist/files/list_files.h"

#include <fstream>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"
#include "ingest/text/byte_stream.h"
#include "whitelist/csv/ledger_csv.h"
#include "whitelist/csv/whitelist_csv.h"
#include "whitelist/store/database.h"
#include "whitelist/store/list_store.h"

namespace ringfence {
namespace {

bool IsStore(const std::string& path) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  std::ifstream file(path, std::ios::binary);
  std::string head(kMagic.size(), '\0');
  return file.read(head.data(), static_cast<std::streamsize>(head.size())) && head == kMagic;
}

absl::StatusOr<std::shared_ptr<const Lists>> LoadStore(const std::string& path) {
  RF_ASSIGN_OR_RETURN(const auto database, Database::Open(path, Database::Mode::kReadOnly));
  RF_ASSIGN_OR_RETURN(const auto store, ListStore::OpenExisting(database.get()));
  return store->Load();
}

absl::Status Named(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

template <typename Csv>
absl::StatusOr<Csv> LoadCsv(const std::string& path, CsvOptions options,
                            std::vector<std::string>* notes,
                            absl::StatusOr<Csv> (*read)(std::unique_ptr<ByteStream>,
                                                        const CsvOptions&)) {
  std::vector<std::string> unused;
  options.unused_columns = notes == nullptr ? nullptr : &unused;
  RF_ASSIGN_OR_RETURN(auto stream, OpenBytes(path));
  auto csv = read(std::move(stream), options);
  if (!csv.ok()) return Named(path, csv.status());
  RF_RETURN_IF_ERROR(csv->faults.ToStatus(path, "the file is not used"));
  for (const std::string& column : unused) {
    notes->push_back(absl::StrCat(path, ": the column '", column, "' is not used"));
  }
  return csv;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Lists>> LoadListFiles(const ListFiles& files,
                                                           const CsvOptions& options,
                                                           std::vector<std::string>* notes) {
  std::vector<VoiceLine> lines;
  std::vector<WhitelistEntry> entries;
  if (!files.whitelist.empty() && IsStore(files.whitelist)) {
    RF_ASSIGN_OR_RETURN(const auto stored, LoadStore(files.whitelist));
    entries = stored->entries();
    if (files.ledger.empty()) lines = stored->lines();
  } else if (!files.whitelist.empty()) {
    RF_ASSIGN_OR_RETURN(auto csv, LoadCsv(files.whitelist, options, notes, ReadWhitelistCsv));
    entries = std::move(csv.entries);
  }
  if (!files.ledger.empty() && IsStore(files.ledger)) {
    RF_ASSIGN_OR_RETURN(const auto stored, LoadStore(files.ledger));
    lines = stored->lines();
  } else if (!files.ledger.empty()) {
    RF_ASSIGN_OR_RETURN(auto csv, LoadCsv(files.ledger, options, notes, ReadLedgerCsv));
    lines = std::move(csv.lines);
  }
  return Lists::Create(0, std::move(lines), std::move(entries));
}

}  // namespace ringfence
