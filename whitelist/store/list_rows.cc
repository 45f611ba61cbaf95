#include "whitelist/store/list_rows.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr char kTrunkSeparator = ';';  // which CheckLine keeps out of the names

absl::Status Unknown(std::string_view what, std::string_view value) {
  return absl::DataLossError(
      absl::StrCat("the store holds an unknown ", ToAbsl(what), ": '", ToAbsl(value), "'"));
}

std::optional<EventTime> ReadTime(const Statement& row, int column) {
  if (row.IsNull(column)) return std::nullopt;
  return FromUnixMicros(row.Int(column));
}

void BindTime(int parameter, const std::optional<EventTime>& time, Statement& statement) {
  if (time.has_value()) {
    statement.Bind(parameter, ToUnixMicros(*time));
  } else {
    statement.BindNull(parameter);
  }
}

}  // namespace

const char kSelectLines[] =
    "SELECT id, customer, customer_name, purpose, industry, class, begin_minute, end_minute, "
    "daily_limit, qualification, qualification_expires, contract, contract_expires, "
    "recording_duty, recording_days, trunks, status FROM voice_line";

const char kUpsertLine[] =
    "INSERT INTO voice_line(id, customer, customer_name, purpose, industry, class, begin_minute, "
    "end_minute, daily_limit, qualification, qualification_expires, contract, contract_expires, "
    "recording_duty, recording_days, trunks, status) "
    "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT(id) DO UPDATE SET customer = excluded.customer, "
    "customer_name = excluded.customer_name, purpose = excluded.purpose, "
    "industry = excluded.industry, class = excluded.class, begin_minute = excluded.begin_minute, "
    "end_minute = excluded.end_minute, daily_limit = excluded.daily_limit, "
    "qualification = excluded.qualification, "
    "qualification_expires = excluded.qualification_expires, contract = excluded.contract, "
    "contract_expires = excluded.contract_expires, recording_duty = excluded.recording_duty, "
    "recording_days = excluded.recording_days, trunks = excluded.trunks, status = excluded.status";

const char kSelectEntries[] =
    "SELECT number, scope, reason, evidence, requester, approver, added, expires "
    "FROM whitelist_entry";

const char kUpsertEntry[] =
    "INSERT INTO whitelist_entry(number, scope, reason, evidence, requester, approver, added, "
    "expires) VALUES(?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT(number) DO UPDATE SET scope = excluded.scope, reason = excluded.reason, "
    "evidence = excluded.evidence, requester = excluded.requester, approver = excluded.approver, "
    "added = excluded.added, expires = excluded.expires";

absl::StatusOr<VoiceLine> ReadLine(const Statement& row) {
  VoiceLine line;
  line.id = LineId(row.Text(0));
  line.customer = CustomerId(row.Text(1));
  line.customer_name = row.Text(2);
  line.purpose = row.Text(3);
  line.industry = row.Text(4);
  const auto line_class = LineClassFromName(row.Text(5));
  if (!line_class.has_value()) return Unknown("class of a line", row.Text(5));
  line.line_class = *line_class;
  line.hours = {static_cast<uint16_t>(row.Int(6)), static_cast<uint16_t>(row.Int(7))};
  if (!row.IsNull(8)) line.daily_limit = static_cast<uint32_t>(row.Int(8));
  line.qualification = {row.Text(9), ReadTime(row, 10)};
  line.contract = {row.Text(11), ReadTime(row, 12)};
  line.recording_duty = row.Int(13) != 0;
  line.recording_days = static_cast<uint32_t>(row.Int(14));
  for (const absl::string_view trunk :
       absl::StrSplit(row.Text(15), kTrunkSeparator, absl::SkipEmpty())) {
    line.trunks.emplace_back(ToStd(trunk));
  }
  const auto status = LineStatusFromName(row.Text(16));
  if (!status.has_value()) return Unknown("status of a line", row.Text(16));
  line.status = *status;
  return line;
}

Statement& BindLine(const VoiceLine& line, Statement& statement) {
  statement.Bind(1, line.id.value())
      .Bind(2, line.customer.value())
      .Bind(3, line.customer_name)
      .Bind(4, line.purpose)
      .Bind(5, line.industry)
      .Bind(6, LineClassName(line.line_class))
      .Bind(7, int64_t{line.hours.begin})
      .Bind(8, int64_t{line.hours.end});
  if (line.daily_limit.has_value()) {
    statement.Bind(9, int64_t{*line.daily_limit});
  } else {
    statement.BindNull(9);
  }
  statement.Bind(10, line.qualification.reference);
  BindTime(11, line.qualification.expires, statement);
  statement.Bind(12, line.contract.reference);
  BindTime(13, line.contract.expires, statement);
  const std::string trunks = absl::StrJoin(
      line.trunks, std::string(1, kTrunkSeparator).c_str(),
      [](std::string* out, const TrunkGroupId& trunk) { out->append(trunk.value()); });
  return statement.Bind(14, int64_t{line.recording_duty})
      .Bind(15, int64_t{line.recording_days})
      .Bind(16, trunks)
      .Bind(17, LineStatusName(line.status));
}

absl::StatusOr<CallingNumber> ReadNumber(const Statement& row, int column) {
  const std::string text = row.Text(column);
  auto number = PhoneNumber::FromString(text);
  if (!number.ok()) return Unknown("form of a number", text);
  return CallingNumber(*number);
}

absl::StatusOr<WhitelistEntry> ReadEntry(const Statement& row) {
  WhitelistEntry entry;
  RF_ASSIGN_OR_RETURN(entry.number, ReadNumber(row, 0));
  entry.scope = row.Text(1);
  entry.reason = row.Text(2);
  entry.evidence = row.Text(3);
  entry.requester = row.Text(4);
  entry.approver = row.Text(5);
  entry.added = FromUnixMicros(row.Int(6));
  entry.expires = ReadTime(row, 7);
  return entry;
}

Statement& BindEntry(const WhitelistEntry& entry, Statement& statement) {
  statement.Bind(1, entry.number.ToString())
      .Bind(2, entry.scope)
      .Bind(3, entry.reason)
      .Bind(4, entry.evidence)
      .Bind(5, entry.requester)
      .Bind(6, entry.approver)
      .Bind(7, ToUnixMicros(entry.added));
  BindTime(8, entry.expires, statement);
  return statement;
}

}  // namespace ringfence
