// `ringfence order`: what people have to look at, and what they found.
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
#include "tools/ringfence/options.h"
#include "tools/ringfence/record_access.h"
#include "tools/terminal/table.h"

namespace ringfence {
namespace {

using Json = nlohmann::ordered_json;

struct OrderOptionsGiven {
  DataOptions data;
  ReadingOptions reading;
  std::string output;
  std::string id;
  std::string state;
  std::string number;
  bool all = false;
  uint32_t limit = 1000;
  std::string person;
  std::string outcome;
  std::string note;
};

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json Describe(const WorkOrder& order, EventTime now, const absl::TimeZone& zone) {
  Json json = {{"order", order.id.value()},
               {"priority", order.priority},
               {"state", std::string(OrderStateName(order.state))},
               {"kind", std::string(OrderKindName(order.kind))},
               {"subject", SubjectText(order.subject)},
               {"line", order.line.value()},
               {"customer", order.customer.value()},
               {"industry", order.industry},
               {"owner", order.owner},
               {"outcome", std::string(OrderOutcomeName(order.outcome))},
               {"opened", FormatTime(order.opened, zone)},
               {"due", FormatTime(order.due, zone)},
               {"overdue", order.Overdue(now)}};
  Json actions = Json::array();
  for (const ActionId& cause : order.causes) actions.push_back(cause.value());
  json["actions"] = std::move(actions);
  return json;
}

absl::StatusOr<OrderFilter> FilterOf(const OrderOptionsGiven& options) {
  OrderFilter filter;
  filter.limit = options.limit;
  filter.state = OrderStateFromName(options.state);
  filter.open_only = !options.all && !filter.state;
  if (!options.number.empty()) {
    RF_ASSIGN_OR_RETURN(filter.number, options.reading.ParseNumber("--number", options.number));
  }
  return filter;
}

absl::Status List(const OrderOptionsGiven& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const absl::TimeZone zone, LoadTimeZone(options.reading.time_zone));
  RF_ASSIGN_OR_RETURN(const OrderFilter filter, FilterOf(options));
  RF_ASSIGN_OR_RETURN(Record record, OpenRecordToRead(options.data));
  RF_ASSIGN_OR_RETURN(const std::vector<WorkOrder> orders, record.orders.List(filter));
  const EventTime now = context.now();
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    for (const WorkOrder& order : orders) context.out << Dump(Describe(order, now, zone)) << "\n";
    return absl::OkStatus();
  }
  Table table({{"order"},
               {"prio", Table::Align::kRight},
               {"state"},
               {"kind"},
               {"subject"},
               {"industry", Table::Align::kLeft, true},
               {"owner", Table::Align::kLeft, true},
               {"due"}});
  for (const WorkOrder& order : orders) {
    table.AddRow({order.id.value(), absl::StrCat(order.priority),
                  std::string(OrderStateName(order.state)), std::string(OrderKindName(order.kind)),
                  SubjectText(order.subject), order.industry, order.owner,
                  ShortTime(order.due, zone) + (order.Overdue(now) ? " overdue" : "")});
  }
  table.Print(context.out, context.width);
  return absl::OkStatus();
}

void PrintOrder(const WorkOrder& order, const Json& json, std::ostream& out) {
  for (const char* key : {"order", "priority", "state", "kind", "subject", "line", "customer",
                          "industry", "owner", "outcome", "opened", "due"}) {
    const Json& value = json[key];
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (text.empty()) continue;
    out << key << std::string(10 - std::string_view(key).size(), ' ') << text << "\n";
  }
  out << "actions\n";
  for (const ActionId& cause : order.causes) out << "  " << cause.value() << "\n";
}

absl::Status Show(const OrderOptionsGiven& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const absl::TimeZone zone, LoadTimeZone(options.reading.time_zone));
  RF_ASSIGN_OR_RETURN(Record record, OpenRecordToRead(options.data));
  const WorkOrderId id(options.id);
  RF_ASSIGN_OR_RETURN(const std::optional<WorkOrder> order, record.orders.Find(id));
  if (!order) return absl::NotFoundError(absl::StrCat("there is no work order ", options.id));
  RF_ASSIGN_OR_RETURN(const std::vector<OrderChange> history, record.orders.History(id));
  Json json = Describe(*order, context.now(), zone);
  Json changes = Json::array();
  for (const OrderChange& change : history) {
    changes.push_back({{"state", std::string(OrderStateName(change.to))},
                       {"at", FormatTime(change.at, zone)},
                       {"person", change.person},
                       {"note", change.note}});
  }
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    json["history"] = std::move(changes);
    context.out << Dump(json) << "\n";
    return absl::OkStatus();
  }
  PrintOrder(*order, json, context.out);
  Table table({{"at"}, {"state"}, {"person"}, {"note", Table::Align::kLeft, true}});
  for (const OrderChange& change : history) {
    table.AddRow({ShortTime(change.at, zone), std::string(OrderStateName(change.to)), change.person,
                  change.note});
  }
  table.Print(context.out, context.width);
  return absl::OkStatus();
}

absl::Status Change(OrderState to, const OrderOptionsGiven& options, Context& context) {
  RF_ASSIGN_OR_RETURN(Record record, OpenRecordToChange(options.data));
  const OrderOutcome outcome = OrderOutcomeFromName(options.outcome).value_or(OrderOutcome::kNone);
  RF_ASSIGN_OR_RETURN(const WorkOrder order,
                      record.orders.Change(WorkOrderId(options.id), to, options.person, outcome,
                                           options.note, context.now()));
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    RF_ASSIGN_OR_RETURN(const absl::TimeZone zone, LoadTimeZone(options.reading.time_zone));
    context.out << Dump(Describe(order, context.now(), zone)) << "\n";
  }
  context.err << order.id.value() << " is " << OrderStateName(order.state) << "\n";
  return absl::OkStatus();
}

using Run = std::function<absl::Status(const OrderOptionsGiven&, Context&)>;

CLI::App* AddVerb(CLI::App& order, const char* name, const char* help,
                  const std::shared_ptr<OrderOptionsGiven>& options, Context& context, Run run) {
  CLI::App* command = order.add_subcommand(name, help);
  AddDataOption(*command, options->data);
  command->callback([options, &context, run = std::move(run)] {
    const absl::Status status = run(*options, context);
    context.exit_code = status.ok() ? kDone : Report(status, context);
  });
  return command;
}

void AddChange(CLI::App& order, const char* name, const char* help, OrderState to,
               const char* person_option, const std::shared_ptr<OrderOptionsGiven>& options,
               Context& context) {
  CLI::App* command =
      AddVerb(order, name, help, options, context,
              [to](const OrderOptionsGiven& given, Context& c) { return Change(to, given, c); });
  command->add_option("ID", options->id, "Work order, WO-…")->required();
  command->add_option(person_option, options->person, "Who")->required();
  command->add_option("--note", options->note, "What should be remembered");
  AddOutputOption(*command, options->output);
  if (to != OrderState::kVerified) return;
  command->add_option("--outcome", options->outcome, "What it was")
      ->required()
      ->check(CLI::IsMember({"nuisance", "legitimate", "over-scope", "unclear"}));
}

}  // namespace

void AddOrderCommand(CLI::App& program, Context& context) {
  auto options = std::make_shared<OrderOptionsGiven>();
  CLI::App* order = program.add_subcommand("order", "Work orders: what people have to look at");
  order->require_subcommand(1);
  CLI::App* list =
      AddVerb(*order, "list", "What is open, most urgent first", options, context, List);
  list->add_option("--state", options->state, "Only these")
      ->check(CLI::IsMember({"open", "assigned", "verified", "closed"}));
  list->add_flag("--all", options->all, "Closed ones, too");
  list->add_option("--number", options->number, "Only of this calling number");
  list->add_option("--limit", options->limit, "At most so many")->capture_default_str();
  CLI::App* show = AddVerb(*order, "show", "One order with its history", options, context, Show);
  show->add_option("ID", options->id, "Work order, WO-…")->required();
  for (CLI::App* command : {list, show}) {
    AddOutputOption(*command, options->output);
    AddReadingOptions(*command, options->reading);
  }
  AddChange(*order, "assign", "Give it to somebody", OrderState::kAssigned, "--to", options,
            context);
  AddChange(*order, "return", "Give it back to the duty desk", OrderState::kOpen, "--by", options,
            context);
  AddChange(*order, "verify", "Say what it was", OrderState::kVerified, "--by", options, context);
  AddChange(*order, "close", "Close a verified one", OrderState::kClosed, "--by", options, context);
}

}  // namespace ringfence
