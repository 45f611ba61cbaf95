// `ringfence action`: what was done about numbers and why, and what people decide about it.
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "blocker/features_json.h"
#include "ingest/json/json_text.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/manual_verbs.h"
#include "tools/ringfence/options.h"
#include "tools/ringfence/record_access.h"
#include "tools/service/data_folder.h"
#include "tools/service/start_log.h"
#include "tools/terminal/table.h"

namespace ringfence {
namespace {

struct ActionOptions {
  DataOptions data;
  ReadingOptions reading;
  std::string output;
  std::string id;
  std::string state;
  std::string number;
  uint32_t limit = 1000;
  std::string person;
  std::string note;
};

JsonObject Describe(const ActionRecord& action, const absl::TimeZone& zone) {
  JsonObject json = {{"action", action.id.value()},
                     {"number", action.number.number().empty() ? "" : action.number.ToString()},
                     {"kind", ActionKindName(action.kind)},
                     {"would", ActionKindName(action.would)},
                     {"mode", RuleModeName(action.mode)},
                     {"state", ActionStateName(action.state)},
                     {"reason", action.reason},
                     {"detail", action.detail},
                     {"line", action.line.value()},
                     {"customer", action.customer.value()},
                     {"created", FormatTime(action.created, zone)},
                     {"changed", FormatTime(action.changed, zone)},
                     {"person", action.person}};
  if (action.expires) json.Add("expires", FormatTime(*action.expires, zone));
  json.Add("evidence", JsonValue::Parse(EvidenceToJson(action.evidence)));
  return json;
}

absl::StatusOr<ActionFilter> FilterOf(const ActionOptions& options) {
  ActionFilter filter;
  filter.limit = options.limit;
  filter.state = ActionStateFromName(options.state);
  if (!options.number.empty()) {
    RF_ASSIGN_OR_RETURN(filter.number, options.reading.ParseNumber("--number", options.number));
  }
  return filter;
}

void AddRow(const ActionRecord& action, const absl::TimeZone& zone, Table& table) {
  const Detection& detection = action.evidence.detection;
  const ActionKind kind = action.kind == ActionKind::kNone ? action.would : action.kind;
  const bool would = kind != action.kind;
  table.AddRow({action.id.value(), SubjectText(action.subject),
                absl::StrCat(would ? "would " : "", ToAbsl(ActionKindName(kind))),
                std::string(ActionStateName(action.state)), action.reason,
                absl::StrCat(detection.count, "/", detection.threshold),
                ShortTime(detection.at, zone), ShortTime(action.expires, zone)});
}

absl::Status List(const ActionOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const absl::TimeZone zone, LoadTimeZone(options.reading.time_zone));
  RF_ASSIGN_OR_RETURN(const ActionFilter filter, FilterOf(options));
  RF_ASSIGN_OR_RETURN(std::optional<Record> record, OpenRecordToList(options.data));
  std::vector<ActionRecord> actions;
  if (record) {
    RF_ASSIGN_OR_RETURN(actions, record->journal.List(filter));
  }
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    for (const ActionRecord& action : actions) context.out << Describe(action, zone) << "\n";
    return absl::OkStatus();
  }
  Table table({{"action", Table::Align::kLeft, true},
               {"subject"},
               {"kind"},
               {"state"},
               {"reason", Table::Align::kLeft, true},
               {"calls", Table::Align::kRight},
               {"at"},
               {"expires"}});
  for (const ActionRecord& action : actions) AddRow(action, zone, table);
  table.Print(context.out, context.width);
  return absl::OkStatus();
}

void PrintFields(const std::string& json, const std::string& indent, std::ostream& out) {
  constexpr size_t kKeyWidth = 14;
  for (const auto& [key, text] : PlainMembers(json)) {
    if (text.empty()) continue;
    const size_t gap = key.size() < kKeyWidth ? kKeyWidth - key.size() : 1;
    out << indent << key << std::string(gap, ' ') << text << "\n";
  }
}

absl::Status Show(const ActionOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const absl::TimeZone zone, LoadTimeZone(options.reading.time_zone));
  RF_ASSIGN_OR_RETURN(Record record, OpenRecordToRead(options.data));
  RF_ASSIGN_OR_RETURN(const ActionRecord action, FindAction(record, options.id));
  RF_ASSIGN_OR_RETURN(const std::vector<ActionChange> history, record.journal.History(action.id));
  RF_ASSIGN_OR_RETURN(const std::optional<WorkOrder> order, record.orders.FindByCause(action.id));
  JsonObject json = Describe(action, zone);
  json.Add("order", order ? order->id.value() : "");
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    std::vector<JsonObject> changes;
    for (const ActionChange& change : history) {
      changes.push_back({{"state", ActionStateName(change.to)},
                         {"at", FormatTime(change.at, zone)},
                         {"reason", change.reason},
                         {"detail", change.detail},
                         {"person", change.person}});
    }
    json.Add("history", changes);
    context.out << json << "\n";
    return absl::OkStatus();
  }
  PrintFields(json.json(), "", context.out);
  context.out << "evidence\n";
  PrintFields(EvidenceToJson(action.evidence), "  ", context.out);
  if (const auto& features = action.evidence.detection.features) {
    const auto text_of = [&zone](EventTime time) { return FormatTime(time, zone); };
    context.out << "features\n";
    PrintFields(FeaturesToJson(*features, text_of).json(), "  ", context.out);
  }
  Table table({{"at"}, {"state"}, {"reason"}, {"person"}, {"detail", Table::Align::kLeft, true}});
  for (const ActionChange& change : history) {
    table.AddRow({ShortTime(change.at, zone), std::string(ActionStateName(change.to)),
                  change.reason, change.person, change.detail});
  }
  table.Print(context.out, context.width);
  return absl::OkStatus();
}

// What a change left behind: the action for a program, a sentence for a person.
absl::Status PrintChanged(const ActionRecord& action, std::string_view sentence,
                          const ActionOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const absl::TimeZone zone, LoadTimeZone(options.reading.time_zone));
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << Describe(action, zone) << "\n";
  }
  context.err << sentence << "\n";
  return absl::OkStatus();
}

absl::Status Confirm(const ActionOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(Record record, OpenRecordToChange(options.data));
  ActionRecord action;
  // In one transaction, so that the service can't change the action between reading and writing.
  RF_RETURN_IF_ERROR(record.database->Transaction([&]() -> absl::Status {
    RF_ASSIGN_OR_RETURN(action, FindAction(record, options.id));
    return record.journal.ConfirmByPerson(action, options.person, options.note, context.now());
  }));
  return PrintChanged(action, "recorded; the running service tells the switch within seconds",
                      options, context);
}

absl::Status Reverse(const ActionOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(Record record, OpenRecordToChange(options.data));
  ActionRecord action;
  RF_RETURN_IF_ERROR(record.database->Transaction([&]() -> absl::Status {
    RF_ASSIGN_OR_RETURN(action, FindAction(record, options.id));
    return record.journal.ReverseByPerson(action, options.person, options.note, context.now());
  }));
  return PrintChanged(action,
                      action.state == ActionState::kWithdrawn
                          ? "called off; nothing had been sent"
                          : "recorded; the running service takes it back within seconds",
                      options, context);
}

absl::Status ResetBreaker(const ActionOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(Record record, OpenRecordToChange(options.data));
  RF_RETURN_IF_ERROR(record.journal.RecordReset(options.person, context.now()));
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << JsonObject{{"breaker", "reset"}, {"person", options.person}} << "\n";
  }
  context.err << "recorded; the running service goes on with held actions within seconds\n";
  return absl::OkStatus();
}

absl::Status Rearm(const ActionOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(Record record, OpenRecordToChange(options.data));
  RF_RETURN_IF_ERROR(record.journal.events().AddAlarm(
      context.now(), "rearmed",
      absl::StrCat(options.person, " let the machine act again after crashes. ", options.note)));
  // It counts no start and knows no bound: only the file is emptied.
  RF_RETURN_IF_ERROR(StartLog(DataFolder{options.data.directory}.Starts(), 1).Reset());
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << JsonObject{{"service", "rearmed"}, {"person", options.person}} << "\n";
  }
  context.err << "recorded; the running service acts again within seconds\n";
  return absl::OkStatus();
}

cli::Command AddVerb(cli::Command action, const char* name, const char* help,
                     const std::shared_ptr<ActionOptions>& options,
                     absl::Status (*run)(const ActionOptions&, Context&)) {
  cli::Command command = action.AddCommand(name, help);
  AddDataOption(command, options->data);
  command.Runs(options, run);
  return command;
}

std::vector<std::string> StateNames() {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(ActionState::kExpired); ++i) {
    names.emplace_back(ActionStateName(static_cast<ActionState>(i)));
  }
  return names;
}

}  // namespace

void AddActionCommand(cli::Command program) {
  auto options = std::make_shared<ActionOptions>();
  cli::Command action = program.AddCommand("action", "What was done about numbers, and why");
  cli::Command list = AddVerb(action, "list", "Newest first", options, List);
  list.AddOption("--state", options->state, "Only these").OneOf(StateNames());
  AddNumberOption(list, "--number", options->number, options->reading,
                  "Only of this number, and of floods of it");
  list.AddOption("--limit", options->limit, "At most so many");
  cli::Command show =
      AddVerb(action, "show", "One action with evidence and history", options, Show);
  cli::Command confirm =
      AddVerb(action, "confirm", "Keep it in force: it does not expire any more", options, Confirm);
  cli::Command reverse =
      AddVerb(action, "reverse", "Take it back; the machine never repeats it against this number",
              options, Reverse);
  cli::Command reset =
      AddVerb(action, "reset-breaker", "Let held actions go on after a daily bound was reached",
              options, ResetBreaker);
  cli::Command rearm =
      AddVerb(action, "rearm", "Let the machine act again after the service crashed repeatedly",
              options, Rearm);
  for (cli::Command command : {list, show, confirm, reverse, reset, rearm}) {
    AddOutputOption(command, options->output);
  }
  for (cli::Command command : {list, show}) {
    AddReadingOptions(command, options->reading);
  }
  for (cli::Command command : {show, confirm, reverse}) {
    AddActionIdOption(command, options->id);
  }
  for (cli::Command command : {confirm, reverse, reset, rearm}) {
    AddPersonOption(command, "--by", options->person, "Who decides").Required();
  }
  for (cli::Command command : {confirm, reverse, rearm}) {
    command.AddOption("--note", options->note, "Why");
  }
  AddManualVerbs(action);
}

}  // namespace ringfence
