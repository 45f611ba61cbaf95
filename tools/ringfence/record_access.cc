#include "tools/ringfence/record_access.h"

#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {

namespace {

absl::StatusOr<std::unique_ptr<Database>> OpenToRead(const DataOptions& data) {
  auto database = Database::Open(data.StorePath(), Database::Mode::kReadOnly);
  if (!absl::IsNotFound(database.status())) return database;
  return absl::NotFoundError(absl::StrCat(data.StorePath(), " does not exist: nothing was ",
                                          "recorded there; is --data the service's folder?"));
}

absl::StatusOr<Record> RecordIn(std::unique_ptr<Database> database) {
  RF_ASSIGN_OR_RETURN(ActionJournal journal, ActionJournal::OpenExisting(*database));
  RF_ASSIGN_OR_RETURN(OrderStore orders, OrderStore::OpenExisting(*database));
  return Record{std::move(database), std::move(journal), std::move(orders)};
}

}  // namespace

absl::StatusOr<Record> OpenRecordToRead(const DataOptions& data) {
  RF_ASSIGN_OR_RETURN(auto database, OpenToRead(data));
  return RecordIn(std::move(database));
}

absl::StatusOr<std::optional<Record>> OpenRecordToList(const DataOptions& data) {
  RF_ASSIGN_OR_RETURN(auto database, OpenToRead(data));
  absl::StatusOr<Record> record = RecordIn(std::move(database));
  if (absl::IsNotFound(record.status())) return std::nullopt;
  RF_RETURN_IF_ERROR(record.status());
  return *std::move(record);
}

absl::StatusOr<Record> OpenRecordToChange(const DataOptions& data) {
  // Reading first: a mistyped folder is an error, not a new store.
  RF_RETURN_IF_ERROR(OpenRecordToRead(data).status());
  RF_ASSIGN_OR_RETURN(auto database, Database::Open(data.StorePath()));
  RF_ASSIGN_OR_RETURN(ActionJournal journal, ActionJournal::Open(*database));
  RF_ASSIGN_OR_RETURN(OrderStore orders, OrderStore::Open(*database));
  return Record{std::move(database), std::move(journal), std::move(orders)};
}

absl::StatusOr<ActionRecord> FindAction(Record& record, const std::string& id) {
  RF_ASSIGN_OR_RETURN(std::optional<ActionRecord> action, record.journal.Find(ActionId(id)));
  if (action) return *std::move(action);
  // A table shows the beginning of an id; it is enough where it fits one action only.
  constexpr size_t kShortest = 6;
  std::vector<ActionRecord> fitting;
  if (id.size() >= kShortest) {
    RF_ASSIGN_OR_RETURN(fitting,
                        record.journal.List({.state = {},
                                             .number = {},
                                             .since = {},
                                             .limit = std::numeric_limits<int32_t>::max()}));
    std::erase_if(fitting,
                  [&](const ActionRecord& other) { return !other.id.value().starts_with(id); });
  }
  if (fitting.size() == 1) return std::move(fitting.front());
  return absl::NotFoundError(absl::StrCat(
      fitting.empty() ? "there is no action " : "more than one action begins with ", id));
}

std::string ShortTime(std::optional<EventTime> time, const absl::TimeZone& zone) {
  if (!time) return "-";
  return absl::FormatTime("%m-%d %H:%M:%S", absl::FromUnixMicros(ToUnixMicros(*time)), zone);
}

}  // namespace ringfence
