// `ringfence action`: what was done about numbers and why, and what people decide about it.
#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
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

using Json = nlohmann::ordered_json;

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

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json Describe(const ActionRecord& action, const absl::TimeZone& zone) {
  Json json = {{"action", action.id.value()},
               {"number", action.number.number().empty() ? "" : action.number.ToString()},
               {"kind", std::string(ActionKindName(action.kind))},
               {"would", std::string(ActionKindName(action.would))},
               {"mode", std::string(RuleModeName(action.mode))},
               {"state", std::string(ActionStateName(action.state))},
               {"reason", action.reason},
               {"detail", action.detail},
               {"line", action.line.value()},
               {"customer", action.customer.value()},
               {"created", FormatTime(action.created, zone)},
               {"changed", FormatTime(action.changed, zone)},
               {"person", action.person}};
  if (action.expires) json["expires"] = FormatTime(*action.expires, zone);
  json["evidence"] = Json::parse(EvidenceToJson(action.evidence), nullptr, false);
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
  RF_ASSIGN_OR_RETURN(Record record, OpenRecordToRead(options.data));
  RF_ASSIGN_OR_RETURN(const std::vector<ActionRecord> actions, record.journal.List(filter));
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    for (const ActionRecord& action : actions) context.out << Dump(Describe(action, zone)) << "\n";
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

void PrintFields(const Json& json, const std::string& indent, std::ostream& out) {
  constexpr size_t kKeyWidth = 14;
  for (const auto& [key, value] : json.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (text.empty() || value.is_object()) continue;
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
  Json json = Describe(action, zone);
  json["order"] = order ? order->id.value() : "";
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    Json changes = Json::array();
    for (const ActionChange& change : history) {
      changes.push_back({{"state", std::string(ActionStateName(change.to))},
                         {"at", FormatTime(change.at, zone)},
                         {"reason", change.reason},
                         {"detail", change.detail},
                         {"person", change.person}});
    }
    json["history"] = std::move(changes);
    context.out << Dump(json) << "\n";
    return absl::OkStatus();
  }
  PrintFields(json, "", context.out);
  context.out << "evidence\n";
  PrintFields(json["evidence"], "  ", context.out);
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
    context.out << Dump(Describe(action, zone)) << "\n";
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
    context.out << Dump({{"breaker", "reset"}, {"person", options.person}}) << "\n";
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
    context.out << Dump({{"service", "rearmed"}, {"person", options.person}}) << "\n";
  }
  context.err << "recorded; the running service acts again within seconds\n";
  return absl::OkStatus();
}

using Run = std::function<absl::Status(const ActionOptions&, Context&)>;

CLI::App* AddVerb(CLI::App& action, const char* name, const char* help,
                  const std::shared_ptr<ActionOptions>& options, Context& context, Run run) {
  CLI::App* command = action.add_subcommand(name, help);
  AddDataOption(*command, options->data);
  command->callback([options, &context, run = std::move(run)] {
    const absl::Status status = run(*options, context);
    context.exit_code = status.ok() ? kDone : Report(status, context);
  });
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

void AddActionCommand(CLI::App& program, Context& context) {
  auto options = std::make_shared<ActionOptions>();
  CLI::App* action = program.add_subcommand("action", "What was done about numbers, and why");
  action->require_subcommand(1);
  CLI::App* list = AddVerb(*action, "list", "Newest first", options, context, List);
  list->add_option("--state", options->state, "Only these")->check(CLI::IsMember(StateNames()));
  list->add_option("--number", options->number, "Only of this calling number");
  list->add_option("--limit", options->limit, "At most so many")->capture_default_str();
  CLI::App* show =
      AddVerb(*action, "show", "One action with evidence and history", options, context, Show);
  CLI::App* confirm = AddVerb(*action, "confirm", "Keep it in force: it does not expire any more",
                              options, context, Confirm);
  CLI::App* reverse =
      AddVerb(*action, "reverse", "Take it back; the machine never repeats it against this number",
              options, context, Reverse);
  CLI::App* reset =
      AddVerb(*action, "reset-breaker", "Let held actions go on after a daily bound was reached",
              options, context, ResetBreaker);
  CLI::App* rearm =
      AddVerb(*action, "rearm", "Let the machine act again after the service crashed repeatedly",
              options, context, Rearm);
  for (CLI::App* command : {list, show, confirm, reverse, reset, rearm}) {
    AddOutputOption(*command, options->output);
  }
  for (CLI::App* command : {list, show}) {
    AddReadingOptions(*command, options->reading);
  }
  for (CLI::App* command : {show, confirm, reverse}) {
    command->add_option("ID", options->id, "Action, 32 hex digits or the first of them")
        ->required();
  }
  for (CLI::App* command : {confirm, reverse, reset, rearm}) {
    command->add_option("--by", options->person, "Who decides")->required();
  }
  for (CLI::App* command : {confirm, reverse, rearm}) {
    command->add_option("--note", options->note, "Why");
  }
  AddManualVerbs(*action, context);
}

}  // namespace ringfence
