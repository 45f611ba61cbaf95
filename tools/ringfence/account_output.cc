#include "tools/ringfence/account_output.h"

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "tools/terminal/table.h"

namespace ringfence {

std::string AccountLine(const Reconciliation& account) {
  std::string reasons;
  for (size_t i = 0; i < kRejectReasonCount; ++i) {
    if (account.rejected[i] == 0) continue;
    absl::StrAppend(&reasons, reasons.empty() ? " (" : ", ",
                    ToAbsl(RejectReasonName(static_cast<RejectReason>(i))), " ",
                    WithThousands(account.rejected[i]));
  }
  if (!reasons.empty()) reasons += ")";
  return absl::StrCat(
      "read ", WithThousands(account.read), " = accepted ", WithThousands(account.accepted),
      " + duplicates ", WithThousands(account.duplicates), " + rejected ",
      WithThousands(account.RejectedTotal()), reasons, " + late ", WithThousands(account.late),
      account.Balances() ? "" : "  DOES NOT BALANCE: please report this");
}

}  // namespace ringfence
