#include "whitelist/csv/ledger_csv.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "ingest/text/encoding.h"

namespace ringfence {
namespace {

enum Column : size_t {
  kLine,
  kNumber,
  kCustomer,
  kCustomerName,
  kPurpose,
  kIndustry,
  kClass,
  kHours,
  kDailyLimit,
  kQualification,
  kQualificationExpires,
  kContract,
  kContractExpires,
  kRecordingDuty,
  kRecordingDays,
  kTrunks,
  kStatus,
  kColumnCount,
};

const std::vector<CsvColumn>& LedgerColumns() {
  static const auto* const columns = new std::vector<CsvColumn>{
      {"line_id", {"线路编号", "专线编号", "线路", "line"}},
      {"number", {"号码", "numbers", "电话号码", "主叫号码", "外呼号码"}},
      {"customer_id", {"客户编号", "客户代码", "customer"}},
      {"customer_name", {"客户名称", "客户", "企业名称", "单位名称"}},
      {"purpose", {"用途", "业务用途", "外呼用途"}},
      {"industry", {"行业", "所属行业"}},
      {"class", {"类别", "线路类别", "line_class"}},
      {"hours", {"时段", "外呼时段", "呼叫时段"}},
      {"daily_limit", {"日限额", "每日上限", "日呼叫上限", "日呼叫限额"}},
      {"qualification", {"资质", "资质编号"}},
      {"qualification_expires",
       {"qualification_expiry", "资质到期日", "资质有效期", "资质有效期至"}},
      {"contract", {"合同", "合同编号"}},
      {"contract_expires", {"contract_expiry", "合同到期日", "合同有效期", "合同有效期至"}},
      {"recording_duty", {"recording", "录音", "录音义务", "是否录音"}},
      {"recording_days", {"录音天数", "录音保存天数"}},
      {"trunks", {"中继", "中继群", "中继组", "trunk"}},
      {"status", {"状态"}},
  };
  return *columns;
}

struct ValueAlias {
  std::string_view alias;
  std::string_view name;
};
constexpr std::array<ValueAlias, 5> kClassAliases = {{{"普通", "ordinary"},
                                                      {"医院", "hospital"},
                                                      {"政府", "government"},
                                                      {"公用事业", "utility"},
                                                      {"灾害预警", "disaster-warning"}}};
constexpr std::array<ValueAlias, 7> kStatusAliases = {{{"正常", "active"},
                                                       {"在用", "active"},
                                                       {"警告", "warned"},
                                                       {"暂停", "suspended"},
                                                       {"停机", "suspended"},
                                                       {"关闭", "closed"},
                                                       {"销户", "closed"}}};

template <size_t n>
std::string_view Resolve(const std::array<ValueAlias, n>& aliases, std::string_view value) {
  for (const ValueAlias& alias : aliases) {
    if (alias.alias == value) return alias.name;
  }
  return value;
}

constexpr uint64_t kMaxRange = 10'000;
constexpr size_t kMaxNumbers = 1'000'000;

// "a" or "a..b", both ends included.
absl::StatusOr<std::vector<CallingNumber>> ParseNumbers(std::string_view item,
                                                        const CsvOptions& options) {
  const size_t dots = item.find("..");
  if (dots == std::string_view::npos) {
    RF_ASSIGN_OR_RETURN(const PhoneNumber number, ParseNumberCell(item, options));
    return std::vector<CallingNumber>{CallingNumber(number)};
  }
  RF_ASSIGN_OR_RETURN(const PhoneNumber first, ParseNumberCell(item.substr(0, dots), options));
  RF_ASSIGN_OR_RETURN(const PhoneNumber last, ParseNumberCell(item.substr(dots + 2), options));
  if (first.is_short_code() != last.is_short_code() ||
      first.Digits().size() != last.Digits().size()) {
    return absl::InvalidArgumentError("the two ends of the range are not of one kind and length");
  }
  if (last < first) return absl::InvalidArgumentError("the range ends before it begins");
  const uint64_t count = last.packed() - first.packed() + 1;
  if (count > kMaxRange) {
    return absl::InvalidArgumentError(
        absl::StrCat("the range has ", count, " numbers; ", kMaxRange, " are allowed"));
  }
  std::vector<CallingNumber> numbers;
  for (uint64_t i = 0; i < count; ++i) {
    numbers.emplace_back(PhoneNumber::FromPacked(first.packed() + i));
  }
  return numbers;
}

// Builds lines from rows.
class LedgerBuilder {
 public:
  LedgerBuilder(const CsvOptions& options, CsvFaults& faults)
      : options_(options), faults_(faults) {}

  void Add(const CsvRow& row) {
    const std::string& id = row.cells[kLine];
    if (id.empty()) return Fault(row, kLine, "is empty");
    auto [place, is_new] = drafts_.try_emplace(id, lines_.size());
    if (is_new) {
      lines_.push_back({.line = ParseLine(row), .first = row});
    } else {
      CheckSame(lines_[place->second].first, row);
    }
    AddNumbers(row, lines_[place->second]);
  }

  std::vector<VoiceLine> Finish() {
    std::vector<VoiceLine> finished;
    for (Draft& draft : lines_) {
      std::sort(draft.line.numbers.begin(), draft.line.numbers.end());
      // A line whose cells were bad has its faults; one with bad numbers may seem to have none.
      const absl::Status status = CheckLine(draft.line);
      if (draft.sound && !status.ok()) {
        faults_.Add(draft.first.line, "", "", std::string(ToStd(status.message())));
      }
      if (draft.sound && status.ok()) finished.push_back(std::move(draft.line));
    }
    return finished;
  }

 private:
  struct Draft {
    VoiceLine line;
    CsvRow first;
    bool sound = true;
  };
  struct Place {
    std::string line_id;
    uint64_t row;
  };

  void Fault(const CsvRow& row, Column column, std::string_view reason) {
    faults_.Add(row.line, LedgerColumns()[column].name, row.cells[column], reason);
  }

  // The cell's value, or `otherwise` for an empty one and, with a fault, for a bad one.
  template <typename T, typename Parse>
  T Value(const CsvRow& row, Column column, T otherwise, Parse parse) {
    const std::string& cell = row.cells[column];
    if (cell.empty()) return otherwise;
    auto value = parse(std::string_view(cell));
    if (value.ok()) return T(*std::move(value));
    Fault(row, column, ToStd(value.status().message()));
    return otherwise;
  }

  Credential ParseCredential(const CsvRow& row, Column reference, Column expires) {
    return {row.cells[reference],
            Value(row, expires, std::optional<EventTime>(), [&](std::string_view cell) {
              return ParseTimeCell(cell, /*end_of_day=*/true, options_);
            })};
  }

  VoiceLine ParseLine(const CsvRow& row) {
    VoiceLine line;
    line.id = LineId(row.cells[kLine]);
    // A ledger without customer numbers knows its customers by name.
    const bool named = row.cells[kCustomer].empty();
    line.customer = CustomerId(row.cells[named ? kCustomerName : kCustomer]);
    if (line.customer.empty()) Fault(row, kCustomer, "is empty, and customer_name too");
    line.customer_name = row.cells[kCustomerName];
    line.purpose = row.cells[kPurpose];
    line.industry = row.cells[kIndustry];
    line.line_class = Value(row, kClass, line.line_class, ParseClass);
    line.hours = Value(row, kHours, line.hours, ParseCallingHours);
    line.daily_limit = Value(row, kDailyLimit, line.daily_limit, ParseCountCell);
    line.qualification = ParseCredential(row, kQualification, kQualificationExpires);
    line.contract = ParseCredential(row, kContract, kContractExpires);
    ParseRecording(row, line);
    for (std::string& trunk : SplitCell(row.cells[kTrunks])) {
      line.trunks.emplace_back(std::move(trunk));
    }
    std::sort(line.trunks.begin(), line.trunks.end());
    line.trunks.erase(std::unique(line.trunks.begin(), line.trunks.end()), line.trunks.end());
    line.status = Value(row, kStatus, line.status, ParseStatus);
    return line;
  }

  // The duty as yes or no with the days in a column of their own, or both in one: "60d".
  void ParseRecording(const CsvRow& row, VoiceLine& line) {
    line.recording_days = Value(row, kRecordingDays, uint32_t{0}, ParseDaysCell);
    const std::string& duty = row.cells[kRecordingDuty];
    if (duty.ends_with('d') || duty.ends_with("天")) {
      line.recording_duty = true;
      const uint32_t days = Value(row, kRecordingDuty, uint32_t{0}, ParseDaysCell);
      if (row.cells[kRecordingDays].empty()) line.recording_days = days;
    } else {
      line.recording_duty = Value(row, kRecordingDuty, false, ParseBoolCell);
    }
  }

  static absl::StatusOr<LineClass> ParseClass(std::string_view cell) {
    const auto value = LineClassFromName(Resolve(kClassAliases, cell));
    if (value.has_value()) return *value;
    return absl::InvalidArgumentError(
        "must be ordinary, hospital, government, utility or disaster-warning");
  }

  static absl::StatusOr<LineStatus> ParseStatus(std::string_view cell) {
    const auto value = LineStatusFromName(Resolve(kStatusAliases, cell));
    if (value.has_value()) return *value;
    return absl::InvalidArgumentError("must be active, warned, suspended or closed");
  }

  void CheckSame(const CsvRow& first, const CsvRow& row) {
    for (size_t column = kCustomer; column < kColumnCount; ++column) {
      if (row.cells[column].empty() || row.cells[column] == first.cells[column]) continue;
      Fault(row, static_cast<Column>(column),
            absl::StrCat("line ", row.cells[kLine], " has '", first.cells[column], "' here in row ",
                         first.line));
    }
  }

  void AddNumbers(const CsvRow& row, Draft& draft) {
    for (const std::string& item : SplitCell(row.cells[kNumber])) {
      const auto numbers = ParseNumbers(item, options_);
      if (!numbers.ok()) {
        faults_.Add(row.line, LedgerColumns()[kNumber].name, item,
                    ToStd(numbers.status().message()));
        draft.sound = false;
        continue;
      }
      for (const CallingNumber number : *numbers) AddNumber(row, number, draft);
    }
  }

  void AddNumber(const CsvRow& row, CallingNumber number, Draft& draft) {
    const std::string& id = row.cells[kLine];
    const auto [place, is_new] = owners_.try_emplace(number, Place{id, row.line});
    if (!is_new) {
      faults_.Add(row.line, LedgerColumns()[kNumber].name, number.ToString(),
                  absl::StrCat("is in line ", place->second.line_id, " already, by row ",
                               place->second.row));
      return;
    }
    if (owners_.size() == kMaxNumbers + 1) {
      faults_.Add(row.line, LedgerColumns()[kNumber].name, number.ToString(),
                  absl::StrCat("more than ", kMaxNumbers, " numbers"));
    }
    if (owners_.size() <= kMaxNumbers) draft.line.numbers.push_back(number);
  }

  const CsvOptions& options_;
  CsvFaults& faults_;
  std::vector<Draft> lines_;
  absl::flat_hash_map<std::string, size_t> drafts_;
  absl::flat_hash_map<CallingNumber, Place> owners_;
};

// Cells of numbers, each of a bounded size; runs of three and more as ranges.
std::vector<std::string> NumberCells(const std::vector<CallingNumber>& numbers) {
  constexpr size_t kMaxItems = 500;
  std::vector<std::string> cells(1);
  size_t items = 0;
  for (size_t i = 0; i < numbers.size();) {
    const uint64_t first = numbers[i].number().packed();
    const size_t digits = numbers[i].number().Digits().size();
    size_t run = 1;
    while (i + run < numbers.size() && run < kMaxRange &&
           numbers[i + run].number().packed() == first + run &&
           numbers[i + run].number().Digits().size() == digits) {
      ++run;
    }
    if (run < 3) run = 1;
    if (items++ == kMaxItems) {
      cells.emplace_back();
      items = 1;
    }
    absl::StrAppend(&cells.back(), cells.back().empty() ? "" : ";", numbers[i].ToString());
    if (run > 1) absl::StrAppend(&cells.back(), "..", numbers[i + run - 1].ToString());
    i += run;
  }
  return cells;
}

std::string TimeCell(const std::optional<EventTime>& time, const absl::TimeZone& zone) {
  return time.has_value() ? FormatTime(*time, zone) : std::string();
}

std::vector<std::string> Cells(const VoiceLine& line, const absl::TimeZone& zone) {
  std::vector<std::string> cells(kColumnCount);
  cells[kLine] = line.id.value();
  cells[kCustomer] = line.customer.value();
  cells[kCustomerName] = line.customer_name;
  cells[kPurpose] = line.purpose;
  cells[kIndustry] = line.industry;
  cells[kClass] = LineClassName(line.line_class);
  cells[kHours] = FormatCallingHours(line.hours);
  if (line.daily_limit.has_value()) cells[kDailyLimit] = std::to_string(*line.daily_limit);
  cells[kQualification] = line.qualification.reference;
  cells[kQualificationExpires] = TimeCell(line.qualification.expires, zone);
  cells[kContract] = line.contract.reference;
  cells[kContractExpires] = TimeCell(line.contract.expires, zone);
  cells[kRecordingDuty] = line.recording_duty ? "yes" : "no";
  cells[kRecordingDays] = std::to_string(line.recording_days);
  cells[kTrunks] = absl::StrJoin(line.trunks, ";", [](std::string* out, const TrunkGroupId& trunk) {
    out->append(trunk.value());
  });
  cells[kStatus] = LineStatusName(line.status);
  return cells;
}

}  // namespace

absl::StatusOr<LedgerCsv> ReadLedgerCsv(std::unique_ptr<ByteStream> stream,
                                        const CsvOptions& options) {
  const CsvTable::Layout layout{.columns = LedgerColumns(), .required = {kLine, kNumber}};
  RF_ASSIGN_OR_RETURN(CsvTable table, CsvTable::Open(std::move(stream), layout, options));
  LedgerCsv ledger;
  LedgerBuilder builder(options, ledger.faults);
  CsvRow row;
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool found, table.Next(row, ledger.faults));
    if (!found) break;
    builder.Add(row);
  }
  ledger.lines = builder.Finish();
  return ledger;
}

std::string WriteLedgerCsv(absl::Span<const VoiceLine> lines, const absl::TimeZone& zone) {
  std::string text;
  std::vector<std::string_view> views;
  for (const CsvColumn& column : LedgerColumns()) views.push_back(column.name);
  AppendCsvRow(text, views);
  for (const VoiceLine& line : lines) {
    std::vector<std::string> cells = Cells(line, zone);
    for (std::string& numbers : NumberCells(line.numbers)) {
      cells[kNumber] = std::move(numbers);
      AppendCsvRow(text, std::vector<std::string_view>(cells.begin(), cells.end()));
    }
  }
  return text;
}

}  // namespace ringfence
