#include "blocker/state_audit.h"

#include <array>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

struct Audit {
  std::string_view table;
  std::string_view what;
  std::string_view sql;  // the ids that don't agree
};

constexpr std::array kAudits = {
    Audit{"action", "action",
          "SELECT id FROM action WHERE (state, reason, detail, changed) IS NOT "
          "(SELECT to_state, reason, detail, at FROM action_change "
          "WHERE action = action.id ORDER BY seq DESC LIMIT 1) "
          "UNION ALL SELECT action FROM action_change WHERE action NOT IN (SELECT id FROM action) "
          "LIMIT 1"},
    Audit{"work_order", "work order",
          "SELECT id FROM work_order WHERE state IS NOT "
          "(SELECT to_state FROM work_order_change "
          "WHERE work_order = work_order.id ORDER BY seq DESC LIMIT 1) "
          "UNION ALL SELECT work_order FROM work_order_change "
          "WHERE work_order NOT IN (SELECT id FROM work_order) LIMIT 1"},
};

absl::StatusOr<bool> Exists(Database& database, std::string_view table) {
  RF_ASSIGN_OR_RETURN(
      Statement select,
      database.Prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"));
  return select.Bind(1, table).Step();
}

}  // namespace

absl::Status CheckStatesAgainstHistory(Database& database) {
  for (const Audit& audit : kAudits) {
    RF_ASSIGN_OR_RETURN(const bool exists, Exists(database, audit.table));
    if (!exists) continue;
    RF_ASSIGN_OR_RETURN(Statement select, database.Prepare(audit.sql));
    RF_ASSIGN_OR_RETURN(const bool found, select.Step());
    if (!found) continue;
    return absl::DataLossError(absl::StrCat(ToAbsl(audit.what), " ", select.Text(0),
                                            " is not as its last recorded change left it: it was "
                                            "changed past ringfence"));
  }
  return absl::OkStatus();
}

}  // namespace ringfence
