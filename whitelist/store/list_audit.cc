#include "whitelist/store/list_audit.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/mask.h"
#include "ingest/model/status_macros.h"
#include "whitelist/facts.h"
#include "whitelist/store/list_store.h"

namespace ringfence {
namespace {

// (list, subject) → all of it as JSON.
using Contents = std::map<std::pair<std::string, std::string>, std::string>;

absl::StatusOr<bool> HasLists(Database& database) {
  RF_ASSIGN_OR_RETURN(Statement select, database.Prepare("SELECT 1 FROM sqlite_master WHERE type = "
                                                         "'table' AND name = 'list_change'"));
  return select.Step();
}

absl::StatusOr<Contents> ReadLists(Database& database) {
  RF_ASSIGN_OR_RETURN(const auto store, ListStore::OpenExisting(&database));
  RF_ASSIGN_OR_RETURN(const auto lists, store->Load());
  Contents contents;
  for (const VoiceLine& line : lists->lines()) {
    contents[{"ledger", line.id.value()}] = DescribeLine(line);
  }
  for (const WhitelistEntry& entry : lists->entries()) {
    contents[{"whitelist", entry.number.ToString()}] = DescribeEntry(entry);
  }
  return contents;
}

absl::Status Differs(std::string_view list, std::string_view subject, std::string_view how) {
  return absl::DataLossError(absl::StrCat("the ", ToAbsl(list), ": ", MaskNumbers(subject), " ",
                                          ToAbsl(how), ": it was changed past ringfence"));
}

absl::Status Check(Database& database) {
  RF_ASSIGN_OR_RETURN(Contents contents, ReadLists(database));
  RF_ASSIGN_OR_RETURN(Statement select,
                      database.Prepare("SELECT list, subject, after FROM list_change WHERE id IN "
                                       "(SELECT max(id) FROM list_change GROUP BY list, subject)"));
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) break;
    const std::string list = select.Text(0);
    const std::string subject = select.Text(1);
    const std::string expected = select.Text(2);
    const auto found = contents.extract({list, subject});
    const std::string actual = found ? found.mapped() : std::string();
    if (actual == expected) continue;
    return Differs(list, subject,
                   actual.empty() ? "is gone" : "is not what its last recorded change made it");
  }
  if (contents.empty()) return absl::OkStatus();
  const auto& [list, subject] = contents.begin()->first;
  return Differs(list, subject, "is there without a recorded change");
}

}  // namespace

absl::Status CheckListsAgainstHistory(Database& database) {
  RF_ASSIGN_OR_RETURN(const bool any, HasLists(database));
  if (!any) return absl::OkStatus();
  return database.ReadTransaction([&] { return Check(database); });
}

}  // namespace ringfence
