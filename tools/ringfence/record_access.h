// What `order` and `action` share: the record of actions and orders in the store, and how they are
// printed.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "blocker/action_journal.h"
#include "blocker/order_store.h"
#include "tools/ringfence/options.h"

namespace ringfence {

struct Record {
  std::unique_ptr<Database> database;
  ActionJournal journal;
  OrderStore orders;
};

// NotFound says that nothing was recorded yet, and where it looked.
absl::StatusOr<Record> OpenRecordToRead(const DataOptions& data);
// The same for a list, which is empty where the store is there and no service worked in it yet:
// none.
absl::StatusOr<std::optional<Record>> OpenRecordToList(const DataOptions& data);
absl::StatusOr<Record> OpenRecordToChange(const DataOptions& data);

// An action by its id, or by the first six digits or more where they fit one action only.
absl::StatusOr<ActionRecord> FindAction(Record& record, const std::string& id);

// The argument ID of a command: of an action, or of a work order. What none can have is a usage
// error.
cli::Option AddActionIdOption(cli::Command command, std::string& id);
cli::Option AddOrderIdOption(cli::Command command, std::string& id);
absl::Status CheckActionId(const std::string& text);

// "11-24 16:03:12" in `zone`: a table has no room for more. "-" for none.
std::string ShortTime(std::optional<EventTime> time, const absl::TimeZone& zone);

}  // namespace ringfence
