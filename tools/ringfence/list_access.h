// What the commands `line` and `whitelist` share: the store, the actor, the reading of files.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ingest/model/number_plan.h"
#include "tools/ringfence/options.h"
#include "tools/terminal/context.h"
#include "whitelist/csv/csv_table.h"
#include "whitelist/store/list_store.h"

namespace ringfence {

// The store of a data folder with its ledger and whitelist.
struct OpenedStore {
  std::unique_ptr<Database> database;
  std::unique_ptr<ListStore> lists;
};

// To be changed: the folder and the store are made when missing.
absl::StatusOr<OpenedStore> OpenStoreToChange(const DataOptions& options);
// To be read: NotFound says how to fill one.
absl::StatusOr<OpenedStore> OpenStoreToRead(const DataOptions& options);

// Options of a command that changes something or reads a file.
struct ListOptions {
  DataOptions data;
  ReadingOptions reading;
  std::string actor;  // who is written into the history; by default the user of the system
  std::string output;
  std::string file;
  bool dry_run = false;
};
void AddActorOption(cli::Command command, std::string& actor);

// Cells as the options say; owns the number plan that CsvOptions points to.
struct CellReading {
  std::unique_ptr<NumberPlan> plan;
  CsvOptions options;
};
absl::StatusOr<CellReading> MakeCellReading(const ReadingOptions& reading, EventTime now);

// Reads one number as the options say; InvalidArgument names it and its option.
absl::StatusOr<CallingNumber> ParseCaller(std::string_view option, const std::string& text,
                                          const CellReading& reading);

// Writes to the file, or to context.out for "" and "-". The file is replaced whole or not at all
// and readable by its owner alone: it holds numbers.
absl::Status WriteResult(const std::string& path, const std::string& text, Context& context);

// "added 3, updated 1, unchanged 20, version 7" as table or JSON.
void PrintImport(const ImportCounts& counts, uint64_t version, const ListOptions& options,
                 Context& context);

// "…T08:00+08:00" without seconds that nobody needs; "-" for none.
std::string ShowTime(const std::optional<EventTime>& time, const CellReading& reading);

}  // namespace ringfence
