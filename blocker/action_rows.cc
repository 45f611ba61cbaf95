#include "blocker/action_rows.h"

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

absl::Status Damaged(const ActionRecord& record, std::string_view column, std::string_view text) {
  return absl::DataLossError(absl::StrCat("action ", record.id.value(), ": ", ToAbsl(column),
                                          " can't be '", ToAbsl(text), "'"));
}

template <typename Enum, typename Parse>
absl::Status ReadName(const Statement& row, int column, std::string_view name, Parse parse,
                      const ActionRecord& record, Enum& value) {
  const std::string text = row.Text(column);
  const auto parsed = parse(text);
  if (!parsed) return Damaged(record, name, text);
  value = *parsed;
  return absl::OkStatus();
}

absl::Status ReadNames(const Statement& row, ActionRecord& record) {
  RF_RETURN_IF_ERROR(ReadName(row, 2, "kind", ActionKindFromName, record, record.kind));
  RF_RETURN_IF_ERROR(ReadName(row, 3, "would", ActionKindFromName, record, record.would));
  RF_RETURN_IF_ERROR(ReadName(row, 4, "mode", RuleModeFromName, record, record.mode));
  RF_RETURN_IF_ERROR(ReadName(row, 5, "state", ActionStateFromName, record, record.state));
  return ReadName(row, 10, "line_status", LineStatusFromName, record, record.line_status);
}

absl::Status ReadNumber(const Statement& row, ActionRecord& record) {
  const std::string text = row.Text(1);
  if (text.empty()) return absl::OkStatus();
  const auto number = PhoneNumber::FromString(text);
  if (!number.ok()) return Damaged(record, "number", "no number");
  record.number = CallingNumber(*number);
  return absl::OkStatus();
}

}  // namespace

std::string NumberText(CallingNumber number) {
  return number.number().empty() ? std::string() : number.ToString();
}

absl::StatusOr<ActionRecord> ReadAction(const Statement& row) {
  ActionRecord record;
  record.id = ActionId(row.Text(0));
  RF_RETURN_IF_ERROR(ReadNumber(row, record));
  RF_RETURN_IF_ERROR(ReadNames(row, record));
  record.reason = row.Text(6);
  record.detail = row.Text(7);
  record.line = LineId(row.Text(8));
  record.customer = CustomerId(row.Text(9));
  auto evidence = EvidenceFromJson(row.Text(11));
  if (!evidence.ok()) return Damaged(record, "evidence", ToStd(evidence.status().message()));
  record.evidence = *std::move(evidence);
  record.subject = record.evidence.detection.subject;
  record.created = FromUnixMicros(row.Int(12));
  record.changed = FromUnixMicros(row.Int(13));
  if (!row.IsNull(14)) record.expires = FromUnixMicros(row.Int(14));
  record.person = row.Text(15);
  if (!row.IsNull(16)) record.restore_to = ActionStateFromName(row.Text(16));
  record.attempts = static_cast<uint32_t>(row.Int(17));
  return record;
}

void BindAction(Statement& statement, const ActionRecord& record) {
  statement.Bind(1, record.id.value())
      .Bind(2, NumberText(record.number))
      .Bind(3, ActionKindName(record.kind))
      .Bind(4, ActionKindName(record.would))
      .Bind(5, RuleModeName(record.mode))
      .Bind(6, ActionStateName(record.state))
      .Bind(7, record.reason)
      .Bind(8, record.detail)
      .Bind(9, record.line.value())
      .Bind(10, record.customer.value())
      .Bind(11, LineStatusName(record.line_status))
      .Bind(12, EvidenceToJson(record.evidence))
      .Bind(13, ToUnixMicros(record.created))
      .Bind(14, ToUnixMicros(record.changed));
  if (record.expires) {
    statement.Bind(15, ToUnixMicros(*record.expires));
  } else {
    statement.BindNull(15);
  }
  statement.Bind(16, record.person);
  if (record.restore_to) {
    statement.Bind(17, ActionStateName(*record.restore_to));
  } else {
    statement.BindNull(17);
  }
  statement.Bind(18, static_cast<int64_t>(record.attempts));
}

}  // namespace ringfence
