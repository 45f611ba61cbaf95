#include "tools/ringfence/account_output.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "tools/terminal/table.h"

namespace ringfence {
namespace {

constexpr char kUnbalanced[] = "DOES NOT BALANCE: please report this";

// "columns 7, time 8"; empty without rejects.
std::string Reasons(const Reconciliation& account) {
  std::string reasons;
  for (size_t i = 0; i < kRejectReasonCount; ++i) {
    if (account.rejected[i] == 0) continue;
    absl::StrAppend(&reasons, reasons.empty() ? "" : ", ",
                    ToAbsl(RejectReasonName(static_cast<RejectReason>(i))), " ",
                    WithThousands(account.rejected[i]));
  }
  return reasons;
}

}  // namespace

std::string AccountLine(const Reconciliation& account) {
  const std::string reasons = Reasons(account);
  return absl::StrCat(
      "read ", WithThousands(account.read), " = accepted ", WithThousands(account.accepted),
      " + duplicates ", WithThousands(account.duplicates), " + rejected ",
      WithThousands(account.RejectedTotal()),
      reasons.empty() ? "" : absl::StrCat(" (", reasons, ")"), " + late ",
      WithThousands(account.late), account.Balances() ? "" : absl::StrCat("  ", kUnbalanced));
}

void PrintAccount(const Reconciliation& account, std::ostream& out) {
  const size_t width = WithThousands(account.read).size();
  const auto row = [&](std::string_view name, uint64_t count, const std::string& note) {
    const std::string digits = WithThousands(count);
    out << "  " << name
        << std::string(12 - name.size() + width - std::min(width, digits.size()), ' ') << digits
        << (note.empty() ? "" : "   ") << note << "\n";
  };
  row("read", account.read, account.Balances() ? "= the sum of the following" : kUnbalanced);
  row("accepted", account.accepted, "");
  row("duplicates", account.duplicates, "");
  row("rejected", account.RejectedTotal(), Reasons(account));
  row("late", account.late, "");
}

}  // namespace ringfence
