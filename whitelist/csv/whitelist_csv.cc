#include "whitelist/csv/whitelist_csv.h"

#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "ingest/text/encoding.h"

namespace ringfence {
namespace {

enum Column : size_t {
  kNumber,
  kScope,
  kReason,
  kEvidence,
  kRequester,
  kApprover,
  kAdded,
  kExpires,
  kColumnCount,
};

const std::vector<CsvColumn>& WhitelistColumns() {
  static const auto* const columns = new std::vector<CsvColumn>{
      {"number", {"号码", "numbers", "电话号码", "主叫号码", "白名单号码"}},
      {"scope", {"范围", "授权范围", "外呼范围"}},
      {"reason", {"原因", "理由", "申请原因"}},
      {"evidence", {"依据", "证明材料", "凭证"}},
      {"requester", {"申请人"}},
      {"approver", {"审批人", "批准人"}},
      {"added", {"生效日", "生效日期", "添加日期"}},
      {"expires", {"到期日", "到期日期", "失效日期", "有效期至"}},
  };
  return *columns;
}

bool IsNumber(std::string_view cell, const CsvOptions& options) {
  return ParseNumberCell(cell, options).ok();
}

// Adds a fault and leaves `time` as it is when the cell can't be read.
template <typename Time>
bool ReadTime(const CsvRow& row, Column column, bool end_of_day, const CsvOptions& options,
              CsvFaults& faults, Time& time) {
  if (row.cells[column].empty()) return true;
  const auto value = ParseTimeCell(row.cells[column], end_of_day, options);
  if (value.ok()) {
    time = *value;
    return true;
  }
  faults.Add(row.line, WhitelistColumns()[column].name, row.cells[column],
             ToStd(value.status().message()));
  return false;
}

std::optional<WhitelistEntry> ParseEntry(const CsvRow& row, const CsvOptions& options,
                                         CsvFaults& faults) {
  WhitelistEntry entry;
  const auto number = ParseNumberCell(row.cells[kNumber], options);
  bool sound = number.ok();
  if (number.ok()) {
    entry.number = CallingNumber(*number);
  } else {
    faults.Add(row.line, WhitelistColumns()[kNumber].name, row.cells[kNumber],
               ToStd(number.status().message()));
  }
  entry.scope = row.cells[kScope];
  entry.reason = row.cells[kReason];
  entry.evidence = row.cells[kEvidence];
  entry.requester = row.cells[kRequester];
  entry.approver = row.cells[kApprover];
  entry.added = options.default_added;
  sound = ReadTime(row, kAdded, /*end_of_day=*/false, options, faults, entry.added) && sound;
  sound = ReadTime(row, kExpires, /*end_of_day=*/true, options, faults, entry.expires) && sound;
  if (!sound) return std::nullopt;
  // An entry that had expired before the import stands at no time; the audit shall say so.
  if (row.cells[kAdded].empty() && entry.expires.has_value() && *entry.expires <= entry.added) {
    entry.added = *entry.expires - std::chrono::milliseconds(1);
  }
  if (const absl::Status status = CheckEntry(entry); !status.ok()) {
    faults.Add(row.line, "", "", ToStd(status.message()));
    return std::nullopt;
  }
  return entry;
}

}  // namespace

absl::StatusOr<WhitelistCsv> ReadWhitelistCsv(std::unique_ptr<ByteStream> stream,
                                              const CsvOptions& options) {
  const CsvTable::Layout layout{.columns = WhitelistColumns(),
                                .required = {kNumber},
                                .bare_column = kNumber,
                                .is_bare = IsNumber};
  RF_ASSIGN_OR_RETURN(CsvTable table, CsvTable::Open(std::move(stream), layout, options));
  WhitelistCsv whitelist;
  struct Place {
    uint64_t line;
    size_t index;
  };
  absl::flat_hash_map<CallingNumber, Place> seen;
  CsvRow row;
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool found, table.Next(row, whitelist.faults));
    if (!found) return whitelist;
    auto entry = ParseEntry(row, options, whitelist.faults);
    if (!entry.has_value()) continue;
    const auto [place, is_new] =
        seen.try_emplace(entry->number, Place{row.line, whitelist.entries.size()});
    if (is_new) {
      whitelist.entries.push_back(*std::move(entry));
    } else if (*entry != whitelist.entries[place->second.index]) {
      whitelist.faults.Add(
          row.line, WhitelistColumns()[kNumber].name, row.cells[kNumber],
          absl::StrCat("is in row ", place->second.line, " already, with another entry"));
    }
  }
}

void KeepAdded(const Lists& stored, EventTime default_added, std::vector<WhitelistEntry>& entries) {
  for (WhitelistEntry& entry : entries) {
    const WhitelistEntry* before = stored.FindEntry(entry.number);
    if (before == nullptr || entry.added != default_added) continue;
    if (!entry.expires.has_value() || before->added < *entry.expires) entry.added = before->added;
  }
}

std::string WriteWhitelistCsv(absl::Span<const WhitelistEntry> entries,
                              const absl::TimeZone& zone) {
  std::string text;
  std::vector<std::string_view> views;
  for (const CsvColumn& column : WhitelistColumns()) views.push_back(column.name);
  AppendCsvRow(text, views);
  for (const WhitelistEntry& entry : entries) {
    const std::vector<std::string> cells = {
        entry.number.ToString(),
        entry.scope,
        entry.reason,
        entry.evidence,
        entry.requester,
        entry.approver,
        FormatTime(entry.added, zone),
        entry.expires.has_value() ? FormatTime(*entry.expires, zone) : std::string()};
    AppendCsvRow(text, std::vector<std::string_view>(cells.begin(), cells.end()));
  }
  return text;
}

}  // namespace ringfence
