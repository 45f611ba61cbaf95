#include "tools/ringfence/record_access.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {

absl::StatusOr<Record> OpenRecordToRead(const DataOptions& data) {
  auto database = Database::Open(data.StorePath(), Database::Mode::kReadOnly);
  if (absl::IsNotFound(database.status())) {
    return absl::NotFoundError(absl::StrCat(data.StorePath(), " does not exist: nothing was ",
                                            "recorded there; is --data the service's folder?"));
  }
  RF_RETURN_IF_ERROR(database.status());
  RF_ASSIGN_OR_RETURN(ActionJournal journal, ActionJournal::OpenExisting(**database));
  RF_ASSIGN_OR_RETURN(OrderStore orders, OrderStore::OpenExisting(**database));
  return Record{*std::move(database), std::move(journal), std::move(orders)};
}

absl::StatusOr<Record> OpenRecordToChange(const DataOptions& data) {
  // Reading first: a mistyped folder is an error, not a new store.
  RF_RETURN_IF_ERROR(OpenRecordToRead(data).status());
  RF_ASSIGN_OR_RETURN(auto database, Database::Open(data.StorePath()));
  RF_ASSIGN_OR_RETURN(ActionJournal journal, ActionJournal::Open(*database));
  RF_ASSIGN_OR_RETURN(OrderStore orders, OrderStore::Open(*database));
  return Record{std::move(database), std::move(journal), std::move(orders)};
}

std::string SubjectText(const Subject& subject) {
  return subject.kind == SubjectKind::kNumber ? subject.number.ToString() : subject.name;
}

std::string ShortTime(std::optional<EventTime> time, const absl::TimeZone& zone) {
  if (!time) return "-";
  return absl::FormatTime("%m-%d %H:%M:%S", absl::FromUnixMicros(ToUnixMicros(*time)), zone);
}

}  // namespace ringfence
