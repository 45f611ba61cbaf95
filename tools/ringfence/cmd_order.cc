// `ringfence order`: what people have to look at, and what they found.
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "ingest/json/json_text.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/options.h"
#include "tools/ringfence/record_access.h"
#include "tools/terminal/table.h"

namespace ringfence {
namespace {

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

JsonObject Describe(const WorkOrder& order, EventTime now, const absl::TimeZone& zone) {
  JsonObject json = {{"order", order.id.value()},
                     {"priority", order.priority},
                     {"state", OrderStateName(order.state)},
                     {"kind", OrderKindName(order.kind)},
                     {"subject", SubjectText(order.subject)},
                     {"line", order.line.value()},
                     {"customer", order.customer.value()},
                     {"industry", order.industry},
                     {"owner", order.owner},
                     {"outcome", OrderOutcomeName(order.outcome)},
                     {"opened", FormatTime(order.opened, zone)},
                     {"due", FormatTime(order.due, zone)},
                     {"overdue", order.Overdue(now)}};
  std::vector<std::string> actions;
  for (const ActionId& cause : order.causes) actions.push_back(cause.value());
  json.Add("actions", actions);
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
  RF_ASSIGN_OR_RETURN(std::optional<Record> record, OpenRecordToList(options.data));
  std::vector<WorkOrder> orders;
  if (record) {
    RF_ASSIGN_OR_RETURN(orders, record->orders.List(filter));
  }
  const EventTime now = context.now();
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    for (const WorkOrder& order : orders) context.out << Describe(order, now, zone) << "\n";
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

void PrintOrder(const WorkOrder& order, const JsonObject& json, std::ostream& out) {
  constexpr size_t kKeyWidth = 10;
  for (const auto& [key, text] : PlainMembers(json.json())) {
    if (text.empty() || key == "overdue" || key == "actions") continue;
    out << key << std::string(kKeyWidth - key.size(), ' ') << text << "\n";
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
  JsonObject json = Describe(*order, context.now(), zone);
  std::vector<JsonObject> changes;
  for (const OrderChange& change : history) {
    changes.push_back({{"state", OrderStateName(change.to)},
                       {"at", FormatTime(change.at, zone)},
                       {"person", change.person},
                       {"note", change.note}});
  }
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    json.Add("history", changes);
    context.out << json << "\n";
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
    context.out << Describe(order, context.now(), zone) << "\n";
  }
  context.err << order.id.value() << " is " << OrderStateName(order.state) << "\n";
  return absl::OkStatus();
}

cli::Command AddVerb(cli::Command order, const char* name, const char* help,
                     const std::shared_ptr<OrderOptionsGiven>& options) {
  cli::Command command = order.AddCommand(name, help);
  AddDataOption(command, options->data);
  return command;
}

void AddChange(cli::Command order, const char* name, const char* help, OrderState to,
               const char* person_option, const std::shared_ptr<OrderOptionsGiven>& options) {
  cli::Command command = AddVerb(order, name, help, options);
  command.Runs(
      [to, options](Context& context) { return Report(Change(to, *options, context), context); });
  AddOrderIdOption(command, options->id);
  AddPersonOption(command, person_option, options->person, "Who").Required();
  command.AddOption("--note", options->note, "What should be remembered");
  AddOutputOption(command, options->output);
  if (to != OrderState::kVerified) return;
  command.AddOption("--outcome", options->outcome, "What it was")
      .Required()
      .OneOf({"nuisance", "legitimate", "over-scope", "unclear"});
}

}  // namespace

void AddOrderCommand(cli::Command program) {
  auto options = std::make_shared<OrderOptionsGiven>();
  cli::Command order = program.AddCommand("order", "Work orders: what people have to look at");
  cli::Command list = AddVerb(order, "list", "What is open, most urgent first", options);
  list.Runs(options, List);
  list.AddOption("--state", options->state, "Only these")
      .OneOf({"open", "assigned", "verified", "closed"});
  list.AddFlag("--all", options->all, "Closed ones, too");
  AddNumberOption(list, "--number", options->number, options->reading,
                  "Only of this number, and of floods of it");
  list.AddOption("--limit", options->limit, "At most so many");
  cli::Command show = AddVerb(order, "show", "One order with its history", options);
  show.Runs(options, Show);
  AddOrderIdOption(show, options->id);
  for (cli::Command command : {list, show}) {
    AddOutputOption(command, options->output);
    AddReadingOptions(command, options->reading);
  }
  AddChange(order, "assign", "Give it to somebody", OrderState::kAssigned, "--to", options);
  AddChange(order, "return", "Give it back to the duty desk", OrderState::kOpen, "--by", options);
  AddChange(order, "verify", "Say what it was", OrderState::kVerified, "--by", options);
  AddChange(order, "close", "Close a verified one", OrderState::kClosed, "--by", options);
}

}  // namespace ringfence
