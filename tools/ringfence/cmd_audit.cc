// `ringfence audit`: the log of every change, and whether it is as it was written.
#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "blocker/state_audit.h"
#include "ingest/json/json_text.h"
#include "ingest/json/json_tree.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/mask.h"
#include "ingest/model/phone_number.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/options.h"
#include "tools/terminal/table.h"
#include "whitelist/csv/csv_table.h"
#include "whitelist/store/audit_chain.h"
#include "whitelist/store/list_audit.h"

namespace ringfence {
namespace {

constexpr char kAuditFooter[] =
    "Every change of lists, actions, work orders and the breaker, by people or the machine, is in\n"
    "one chain of hashes. Keep the head where who can change the store can't change it: against\n"
    "that head 'audit verify' also finds an end that was cut off. See docs/security.md.";

constexpr size_t kHashDigits = 64;

struct AuditOptions {
  DataOptions data;
  std::string time_zone = "Asia/Shanghai";
  std::string output;
  std::string since;
  std::string head;
  bool full_numbers = false;
};

absl::StatusOr<std::unique_ptr<Database>> OpenStore(const AuditOptions& options) {
  auto database = Database::Open(options.data.StorePath(), Database::Mode::kReadOnly);
  if (!absl::IsNotFound(database.status())) return database;
  return absl::NotFoundError(
      absl::StrCat(options.data.StorePath(), " does not exist; is --data the service's folder?"));
}

absl::Status Verify(const AuditOptions& options, Context& context) {
  std::optional<std::string> known;
  if (!options.head.empty()) known = absl::AsciiStrToLower(options.head);
  RF_ASSIGN_OR_RETURN(const auto database, OpenStore(options));
  RF_ASSIGN_OR_RETURN(const ChainHead head, VerifyChain(*database, known));
  RF_RETURN_IF_ERROR(CheckListsAgainstHistory(*database));
  RF_RETURN_IF_ERROR(CheckStatesAgainstHistory(*database));
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << JsonObject{{"entries", head.entries}, {"head", head.hash}, {"whole", true}}
                << "\n";
    return absl::OkStatus();
  }
  context.out << "whole: " << WithThousands(static_cast<uint64_t>(head.entries))
              << " entries, head " << head.hash << "\n";
  if (!known) context.out << "an end that was cut off shows only against a kept --head\n";
  return absl::OkStatus();
}

absl::Status Head(const AuditOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const auto database, OpenStore(options));
  RF_ASSIGN_OR_RETURN(const ChainHead head, ReadChainHead(*database));
  if (options.output == "json") {
    context.out << JsonObject{{"entries", head.entries}, {"head", head.hash}} << "\n";
  } else {
    context.out << head.hash << "\n";  // to be kept in a file as it is
  }
  return absl::OkStatus();
}

std::string MaskedText(const std::string& text) {
  const auto number = PhoneNumber::FromString(text);
  return number.ok() ? number->Masked() : MaskNumbers(text);
}

// The same JSON with its texts masked.
JsonValue Masked(const JsonTree& tree) {
  if (tree.IsText()) return MaskedText(*tree.Text());
  if (tree.IsList()) {
    std::vector<JsonValue> items;
    for (const JsonTree& item : tree.items()) items.push_back(Masked(item));
    return items;
  }
  if (!tree.IsObject()) return tree;
  JsonObject object;
  for (const auto& [name, member] : tree.members()) object.Add(name, Masked(member));
  return object;
}

// What is JSON in the record is JSON in the output; times are made readable.
JsonValue ValueOf(const ChainEntry::Value& value, bool full_numbers, const absl::TimeZone& zone) {
  int64_t number = 0;
  if (absl::SimpleAtoi(value.text, &number)) {
    if (value.column == "at") return FormatTime(FromUnixMicros(number), zone);
    if (value.column == "version") return number;
  }
  if (value.text.starts_with('{')) {
    const auto parsed = JsonTree::Parse(value.text);
    if (parsed.has_value()) return full_numbers ? *parsed : Masked(*parsed);
  }
  return full_numbers ? value.text : MaskedText(value.text);
}

std::optional<EventTime> TimeOf(const ChainEntry& entry) {
  for (const ChainEntry::Value& value : entry.values) {
    int64_t micros = 0;
    if (value.column == "at" && absl::SimpleAtoi(value.text, &micros)) {
      return FromUnixMicros(micros);
    }
  }
  return std::nullopt;
}

JsonObject RecordOf(const ChainEntry& entry, bool full_numbers, const absl::TimeZone& zone) {
  JsonObject record;
  for (const ChainEntry::Value& value : entry.values) {
    record.Add(value.column, ValueOf(value, full_numbers, zone));
  }
  return record;
}

void AddRow(const ChainEntry& entry, const JsonObject& record, Table& table) {
  std::string at = "-";
  std::string what;
  const auto tree = JsonTree::Parse(record.json());
  for (const auto& [column, value] : tree->members()) {
    const std::string text = value.IsText() ? *value.Text() : value.json();
    if (column == "at") at = text;
    if (column == "at" || text.empty()) continue;
    absl::StrAppend(&what, what.empty() ? "" : " ", column, "=", text);
  }
  table.AddRow({absl::StrCat(entry.place), at, entry.table, what});
}

absl::Status Show(const AuditOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const absl::TimeZone zone, LoadTimeZone(options.time_zone));
  std::optional<EventTime> since;
  if (!options.since.empty()) {
    CsvOptions reading;
    reading.zone = zone;
    const auto time = ParseTimeCell(options.since, /*end_of_day=*/false, reading);
    if (!time.ok()) return InOption("--since", options.since, time.status());
    since = *time;
  }
  RF_ASSIGN_OR_RETURN(const auto database, OpenStore(options));
  const bool json = ChooseOutput(options.output, context) == OutputFormat::kJson;
  Table table(
      {{"place", Table::Align::kRight}, {"at"}, {"table"}, {"record", Table::Align::kLeft, true}});
  RF_RETURN_IF_ERROR(ReadChain(*database, [&](const ChainEntry& entry) {
    const auto time = TimeOf(entry);
    if (since && (!time || *time < *since)) return true;
    const JsonObject record = RecordOf(entry, options.full_numbers, zone);
    if (json) {
      context.out << JsonObject{{"place", entry.place},
                                {"table", entry.table},
                                {"row", entry.row},
                                {"record", record},
                                {"hash", entry.hash}}
                  << "\n";
    } else {
      AddRow(entry, record, table);
    }
    return true;
  }));
  if (!json) table.Print(context.out, context.width);
  return absl::OkStatus();
}

// Each command has options of its own: what the environment says for one must not reach another.
cli::Command AddVerb(cli::Command audit, const char* name, const char* help,
                     const std::shared_ptr<AuditOptions>& options,
                     absl::Status (*run)(const AuditOptions&, Context&)) {
  cli::Command command = audit.AddCommand(name, help);
  AddDataOption(command, options->data);
  AddOutputOption(command, options->output);
  command.Runs(options, run);
  return command;
}

absl::Status CheckHash(const std::string& text) {
  const bool hex = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isxdigit(static_cast<unsigned char>(c));
  });
  if (hex && text.size() == kHashDigits) return absl::OkStatus();
  return absl::InvalidArgumentError("a head has 64 hex digits");
}

}  // namespace

void AddAuditCommand(cli::Command program) {
  cli::Command audit = program.AddCommand("audit", "The log of every change, sealed by hashes");
  audit.AddFooter(kAuditFooter);

  auto options = std::make_shared<AuditOptions>();
  cli::Command verify = AddVerb(
      audit, "verify", "Whether the log is as it was written; else where not", options, Verify);
  verify.AddOption("--head", options->head, "A head that was kept elsewhere").Check(CheckHash);

  options = std::make_shared<AuditOptions>();
  AddVerb(audit, "head", "The newest hash, to be kept elsewhere", options, Head);

  options = std::make_shared<AuditOptions>();
  cli::Command show = AddVerb(audit, "show", "The entries, oldest first", options, Show);
  AddTimeOption(show, "--since", options->since, "From this day or time on");
  show.AddFlag("--full-numbers", options->full_numbers,
               "Phone numbers in full; they are personal data");
  AddTimeZoneOption(show, options->time_zone, "Time zone of the output and of --since");
}

}  // namespace ringfence
