// `ringfence check`: what would happen to one call now, and why.
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "blocker/action_journal.h"
#include "blocker/call_check.h"
#include "blocker/redis_enforcement.h"
#include "ingest/json/json_text.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/list_access.h"
#include "tools/ringfence/options.h"
#include "tools/ringfence/service_access.h"
#include "tools/terminal/table.h"

namespace ringfence {
namespace {

constexpr char kCheckFooter[] =
    "Examples:\n"
    "  ringfence check --calling 0631-5550001 --called 13800001234\n"
    "  ringfence check --calling +12125550101 --called 06315550001 --trunk TG-1\n"
    "The exit code is 0 whether the call passes or is refused; 1 when that can't be found out.";

struct CheckGiven {
  ServiceOptions service;
  ReadingOptions reading;
  std::string calling;
  std::string called;
  std::string trunk;
  std::string output;
};

// Everything that is known about the call.
struct CheckedCall {
  CallAttempt call;
  std::shared_ptr<const Lists> lists;
  std::optional<ActionRecord> action;  // that stops the calling number, or may be doing so
  CallVerdict verdict;
  bool number_refused = false;  // by the state of the number alone: what a switch can know
  const WhitelistEntry* entry = nullptr;
  Protection protection = Protection::kNone;
  bool outside_hours = false;
  absl::StatusOr<std::optional<NumberState>> at_switch;
  bool differs = false;  // the switch would do something else
  EventTime now;
  absl::TimeZone zone;
};

bool InHours(const CallingHours& hours, int minute) {
  if (hours.begin < hours.end) return hours.begin <= minute && minute < hours.end;
  return hours.begin <= minute || minute < hours.end;
}

int MinuteOfDay(EventTime time, const absl::TimeZone& zone) {
  const auto local = absl::ToCivilMinute(absl::FromUnixMicros(ToUnixMicros(time)), zone);
  return local.hour() * 60 + local.minute();
}

absl::StatusOr<std::optional<ActionRecord>> FindAction(Database& database, CallingNumber number) {
  auto journal = ActionJournal::OpenExisting(database);
  // A store with lists alone: the service has not run yet.
  if (absl::IsNotFound(journal.status())) return std::nullopt;
  RF_RETURN_IF_ERROR(journal.status());
  return journal->Open(number);
}

// Whether the entry of the switch's table refuses calls at `now`.
bool Refuses(const std::optional<NumberState>& state, EventTime now) {
  if (!state.has_value()) return false;
  if (state->until != 0 && state->until * 1'000'000 <= ToUnixMicros(now)) return false;
  return state->state == "suspended" || state->state == "closed" || state->state == "blocked";
}

void AskSwitch(const Config& config, CheckedCall& checked) {
  const auto address = SwitchAddress(config);
  if (!address.ok()) {
    checked.at_switch = address.status();
    return;
  }
  RedisConnection redis(*address);
  RedisEnforcement table(redis);
  const absl::Status whole = table.Check();
  if (whole.ok()) {
    checked.at_switch = table.Read(checked.call.calling);
  } else {
    checked.at_switch = whole;
  }
  checked.differs =
      checked.at_switch.ok() && Refuses(*checked.at_switch, checked.now) != checked.number_refused;
}

absl::StatusOr<CheckedCall> Examine(const CheckGiven& options, const Config& config,
                                    Context& context) {
  CheckedCall checked;
  checked.now = context.now();
  RF_ASSIGN_OR_RETURN(const CellReading reading, MakeCellReading(options.reading, checked.now));
  checked.zone = reading.options.zone;
  RF_ASSIGN_OR_RETURN(checked.call.calling,
                      options.reading.ParseNumber("--calling", options.calling));
  RF_ASSIGN_OR_RETURN(const CallingNumber called,
                      options.reading.ParseNumber("--called", options.called));
  checked.call.called = CalledNumber(called.number());
  checked.call.trunk = TrunkGroupId(options.trunk);

  RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToRead({config.data}));
  RF_ASSIGN_OR_RETURN(checked.lists, store.lists->Load());
  RF_ASSIGN_OR_RETURN(checked.action, FindAction(*store.database, checked.call.calling));
  checked.verdict = CheckCall(*checked.lists, checked.action, checked.call, checked.now);
  const CallAttempt ordinary{.calling = checked.call.calling, .called = {}, .trunk = {}};
  checked.number_refused = !CheckCall(*checked.lists, checked.action, ordinary, checked.now).passes;
  checked.entry = checked.lists->FindEntry(checked.call.calling);
  checked.protection = checked.lists->Lookup(checked.call.calling, checked.now).protection;
  if (const VoiceLine* line = checked.verdict.line; line != nullptr) {
    checked.outside_hours = !InHours(line->hours, MinuteOfDay(checked.now, checked.zone));
  }
  AskSwitch(config, checked);
  return checked;
}

std::vector<std::string> Notes(const CheckedCall& checked) {
  std::vector<std::string> notes;
  if (checked.outside_hours) {
    notes.push_back(absl::StrCat("now is outside of the line's declared hours, ",
                                 FormatCallingHours(checked.verdict.line->hours),
                                 "; calls are not refused for that"));
  }
  if (checked.entry != nullptr && !checked.entry->StandsAt(checked.now)) {
    notes.emplace_back("the whitelist entry does not stand now: it has expired or begins later");
  }
  if (checked.differs) {
    notes.emplace_back(
        "the switch would act on another state than the record holds; a running service puts that "
        "right within seconds, else 'ringfence doctor' tells more");
  }
  return notes;
}

// "2026-11-25 11:37:37": a table has no room for more.
std::string Shown(EventTime time, const absl::TimeZone& zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixMicros(ToUnixMicros(time)), zone);
}

std::string SwitchText(const CheckedCall& checked) {
  if (!checked.at_switch.ok()) {
    return absl::StrCat("can't be read: ", checked.at_switch.status().message());
  }
  const std::optional<NumberState>& state = *checked.at_switch;
  if (!state.has_value()) return "lets the call pass: no entry";
  std::string text =
      Refuses(state, checked.now) ? "refuses all but emergency calls: " : "lets the call pass: ";
  absl::StrAppend(&text, state->state);
  if (state->until != 0) {
    absl::StrAppend(&text, " until ",
                    Shown(FromUnixMicros(state->until * 1'000'000), checked.zone));
  }
  return text;
}

JsonObject Describe(const CheckedCall& checked) {
  JsonObject json = {{"calling", checked.call.calling.ToString()},
                     {"called", checked.call.called.ToString()},
                     {"trunk", checked.call.trunk.value()},
                     {"verdict", checked.verdict.passes ? "passes" : "refused"},
                     {"reason", CallReasonName(checked.verdict.reason)},
                     {"text", CallReasonText(checked.verdict.reason)}};
  if (const VoiceLine* line = checked.verdict.line; line != nullptr) {
    json.Add("line", line->id.value());
    json.Add("customer", line->customer.value());
    json.Add("hours", FormatCallingHours(line->hours));
    json.Add("outside_hours", checked.outside_hours);
  }
  if (const VoiceLine* line = checked.verdict.trunk_line; line != nullptr) {
    json.Add("trunk_line", line->id.value());
  }
  json.Add("whitelisted", checked.entry != nullptr && checked.entry->StandsAt(checked.now));
  json.Add("protection", ProtectionName(checked.protection));
  if (checked.action.has_value()) {
    json.Add("action", checked.action->id.value());
    json.Add("action_kind", ActionKindName(checked.action->kind));
    json.Add("action_state", ActionStateName(checked.action->state));
    if (checked.action->expires) {
      json.Add("expires", FormatTime(*checked.action->expires, checked.zone));
    }
  }
  if (!checked.at_switch.ok()) {
    json.Add("switch_error", ToStd(checked.at_switch.status().message()));
  } else {
    json.Add("switch", checked.at_switch->has_value() ? NumberValue(**checked.at_switch) : "");
    json.Add("switch_refuses", Refuses(*checked.at_switch, checked.now));
    json.Add("switch_differs", checked.differs);
  }
  json.Add("notes", Notes(checked));
  return json;
}

std::string EntryText(const CheckedCall& checked) {
  if (checked.entry == nullptr) return "no";
  const WhitelistEntry& entry = *checked.entry;
  std::string text = entry.StandsAt(checked.now) ? "yes" : "an entry that does not stand now";
  if (!entry.scope.empty()) absl::StrAppend(&text, ", ", entry.scope);
  absl::StrAppend(&text, ", ", Shown(entry.added, checked.zone), " to ",
                  entry.expires ? Shown(*entry.expires, checked.zone) : "no end");
  return text;
}

std::string ActionText(const CheckedCall& checked) {
  if (!checked.action.has_value()) return "none";
  const ActionRecord& action = *checked.action;
  return absl::StrCat(
      ToAbsl(ActionKindName(action.kind)), " ", action.id.value(), ", ",
      ToAbsl(ActionStateName(action.state)), ", ",
      action.expires ? "until " + Shown(*action.expires, checked.zone) : "without an end");
}

void PrintTable(const CheckedCall& checked, Context& context) {
  const CallVerdict& verdict = checked.verdict;
  Table table({{"call"}, {"", Table::Align::kLeft, true}});
  table.AddRow({"verdict", verdict.passes ? "passes" : "refused"});
  table.AddRow({"reason", absl::StrCat(ToAbsl(CallReasonName(verdict.reason)), ": ",
                                       ToAbsl(CallReasonText(verdict.reason)))});
  table.AddRow({"calling", checked.call.calling.ToString()});
  table.AddRow({"called", checked.call.called.ToString()});
  if (!checked.call.trunk.empty()) {
    const VoiceLine* owner = verdict.trunk_line;
    table.AddRow({"trunk", absl::StrCat(checked.call.trunk.value(),
                                        owner == nullptr ? ", of no line" : ", of line ",
                                        owner == nullptr ? "" : owner->id.value())});
  }
  table.AddRow({"line", verdict.line == nullptr ? "none"
                                                : absl::StrCat(verdict.line->id.value(), " of ",
                                                               verdict.line->customer.value(), " ",
                                                               verdict.line->customer_name)});
  table.AddRow({"whitelisted", EntryText(checked)});
  table.AddRow({"protection", std::string(ProtectionName(checked.protection))});
  table.AddRow({"action", ActionText(checked)});
  table.AddRow({"switch", SwitchText(checked)});
  table.Print(context.out, context.width);
  for (const std::string& note : Notes(checked)) context.out << "note: " << note << "\n";
}

int RunCallCheck(const CheckGiven& options, Context& context) {
  const auto config = LoadServiceConfig(options.service);
  if (!config.ok()) {
    Report(config.status(), context);
    return kBadConfiguration;
  }
  const auto checked = Examine(options, *config, context);
  if (!checked.ok()) return Report(checked.status(), context);
  if (ChooseOutput(options.output, context) == OutputFormat::kTable) {
    PrintTable(*checked, context);
  } else {
    context.out << Describe(*checked) << "\n";
  }
  return kDone;
}

}  // namespace

void AddCheckCommand(cli::Command program) {
  auto options = std::make_shared<CheckGiven>();
  cli::Command command = program.AddCommand("check", "What would happen to one call now, and why");
  command.AddFooter(kCheckFooter);
  AddNumberOption(command, "--calling", options->calling, options->reading, "The number that calls")
      .Required();
  AddNumberOption(command, "--called", options->called, options->reading,
                  "The number that is called")
      .Required();
  command.AddOption("--trunk", options->trunk,
                    "Trunk group that the call arrives on; without it the trunk is not judged");
  AddServiceOptions(command, options->service);
  AddReadingOptions(command, options->reading);
  AddOutputOption(command, options->output);
  command.Runs(options, RunCallCheck);
}

}  // namespace ringfence
