#include "tools/ringfence/record_access.h"

#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr size_t kActionIdDigits = 32;
constexpr size_t kFewestActionIdDigits = 6;

// "WO-20261124-7KQ2MD", as MakeWorkOrderId() writes it.
absl::Status CheckOrderId(const std::string& text) {
  constexpr std::string_view kForm = "WO-00000000-******";
  bool fits = text.size() == kForm.size();
  for (size_t i = 0; fits && i < text.size(); ++i) {
    const auto character = static_cast<unsigned char>(text[i]);
    if (kForm[i] == '0') {
      fits = absl::ascii_isdigit(character);
    } else if (kForm[i] == '*') {
      fits = absl::ascii_isdigit(character) || absl::ascii_isupper(character);
    } else {
      fits = text[i] == kForm[i];
    }
  }
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", text, "' is no work order: they are written like WO-20261124-7KQ2MD, as ",
                   "'ringfence order list' shows them"));
}

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

absl::Status CheckActionId(const std::string& text) {
  const bool hex = text.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (hex && text.size() >= kFewestActionIdDigits && text.size() <= kActionIdDigits) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "'", text, "' is no action: that is ", kActionIdDigits, " hex digits, or the first ",
      kFewestActionIdDigits, " or more of them, as 'ringfence action list' shows them"));
}

cli::Option AddActionIdOption(cli::Command command, std::string& id) {
  return command.AddOption("ID", id, "Action, 32 hex digits or the first of them")
      .Required()
      .Check(CheckActionId);
}

cli::Option AddOrderIdOption(cli::Command command, std::string& id) {
  return command.AddOption("ID", id, "Work order, WO-…").Required().Check(CheckOrderId);
}

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
  std::vector<ActionRecord> fitting;
  if (id.size() >= kFewestActionIdDigits) {
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
