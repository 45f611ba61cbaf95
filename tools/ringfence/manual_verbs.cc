#include "tools/ringfence/manual_verbs.h"

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "blocker/manual_action.h"
#include "ingest/json/json_text.h"
#include "ingest/model/status_macros.h"
#include "tools/ringfence/list_access.h"
#include "tools/ringfence/options.h"
#include "tools/ringfence/record_access.h"
#include "tools/ringfence/service_access.h"
#include "tools/service/data_folder.h"
#include "tools/service/direct_restore.h"

namespace ringfence {
namespace {

constexpr std::chrono::seconds kDirectBound{15};  // of `restore --now`

struct ManualOptions {
  ServiceOptions service;
  ReadingOptions reading;
  std::string output;
  std::string target;  // a number; for restore an action, too
  std::string person;
  std::string note;
  bool protected_line_too = false;
  bool now = false;
};

void Print(const std::vector<ActionRecord>& actions, std::string_view sentence,
           const ManualOptions& options, Context& context) {
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    for (const ActionRecord& action : actions) {
      context.out << JsonObject{{"action", action.id.value()},
                                {"number", action.number.ToString()},
                                {"kind", ActionKindName(action.kind)},
                                {"state", ActionStateName(action.state)},
                                {"reason", action.reason},
                                {"detail", action.detail},
                                {"person", action.person}}
                  << "\n";
    }
  }
  context.err << sentence << "\n";
}

using Verb = absl::Status(const Config&, const ManualOptions&, Context&);

int RunVerb(const std::function<Verb>& verb, const ManualOptions& options, Context& context) {
  const auto config = LoadServiceConfig(options.service);
  if (config.ok()) return Report(verb(*config, options, context), context);
  Report(config.status(), context);
  return kBadConfiguration;
}

absl::Status Stop(ActionKind kind, const Config& config, const ManualOptions& options,
                  Context& context) {
  RF_ASSIGN_OR_RETURN(const CallingNumber number,
                      options.reading.ParseNumber("NUMBER", options.target));
  const DataOptions data{config.data};
  RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToRead(data));
  RF_ASSIGN_OR_RETURN(const auto lists, store.lists->Load());
  const EventTime now = context.now();
  RF_ASSIGN_OR_RETURN(ActionRecord action,
                      MakeManualAction({.number = number,
                                        .kind = kind,
                                        .person = options.person,
                                        .note = options.note,
                                        .protected_line_too = options.protected_line_too},
                                       lists->Lookup(number, now), now));
  RF_ASSIGN_OR_RETURN(Record record, OpenRecordToChange(data));
  bool known = false;
  RF_RETURN_IF_ERROR(record.database->Transaction([&]() -> absl::Status {
    RF_ASSIGN_OR_RETURN(const auto open, record.journal.Open(number));
    known = open && open->state == ActionState::kConfirmed && open->kind == kind;
    if (!known) return record.journal.OrderByPerson(action, now);
    action = *open;
    return record.journal.ConfirmByPerson(action, options.person, options.note, now);
  }));
  Print({action},
        known ? "it was in force already; now it does not expire any more"
              : "recorded; the running service carries it out within a second",
        options, context);
  return absl::OkStatus();
}

// 32 hex digits, or the first of them with a letter among them: digits alone are a number.
bool IsActionId(const std::string& text) {
  constexpr size_t kWhole = 32;
  const bool hex = text.find_first_not_of("0123456789abcdef") == std::string::npos;
  return hex && (text.size() == kWhole || text.find_first_of("abcdef") != std::string::npos);
}

absl::Status CheckTarget(const ManualOptions& options) {
  if (IsActionId(options.target)) return CheckActionId(options.target);
  return options.reading.ParseNumber("ID|NUMBER", options.target).status();
}

absl::StatusOr<std::vector<ActionRecord>> Free(Record& record, const ManualOptions& options,
                                               EventTime now) {
  if (!IsActionId(options.target)) {
    RF_ASSIGN_OR_RETURN(const CallingNumber number,
                        options.reading.ParseNumber("ID|NUMBER", options.target));
    RF_ASSIGN_OR_RETURN(std::vector<ActionRecord> freed,
                        record.journal.FreeByPerson(number, options.person, options.note, now));
    if (!freed.empty()) return freed;
    return absl::NotFoundError(
        absl::StrCat("nothing stops ", number.ToString(), ", and nothing is held against it"));
  }
  RF_ASSIGN_OR_RETURN(ActionRecord action, FindAction(record, options.target));
  if (action.state != ActionState::kRestoring) {
    RF_RETURN_IF_ERROR(record.journal.ReverseByPerson(action, options.person, options.note, now));
  }
  return std::vector{std::move(action)};
}

absl::StatusOr<std::string> CarryOut(const Config& config, Record& record,
                                     const std::vector<ActionRecord>& freed, Context& context) {
  std::vector<ActionRecord> open;
  std::copy_if(freed.begin(), freed.end(), std::back_inserter(open),
               [](const ActionRecord& a) { return a.state == ActionState::kRestoring; });
  if (open.empty()) return std::string("called off; nothing had been sent");
  const auto lock = FolderLock::Take({config.data}, getpid());
  if (absl::IsFailedPrecondition(lock.status())) {
    return std::string("recorded; the running service takes it back within a second");
  }
  RF_RETURN_IF_ERROR(lock.status());
  RF_ASSIGN_OR_RETURN(const DirectRestore result,
                      RestoreDirectly(config, record.journal, std::move(open), kDirectBound,
                                      {context.now, context.steady_now}));
  if (!result.missing.empty()) {
    return absl::UnavailableError(absl::StrCat(
        "recorded, and not taken back everywhere; a service goes on when it starts. Missing: ",
        absl::StrJoin(result.missing, "; ")));
  }
  if (result.complete) return absl::StrCat("taken back: ", absl::StrJoin(result.confirmed, ", "));
  return absl::StrCat(
      "taken back: ",
      result.confirmed.empty() ? "nobody had to be asked" : absl::StrJoin(result.confirmed, ", "),
      "; the service's own table for switches follows when the service starts");
}

absl::Status Restore(const Config& config, const ManualOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(Record record, OpenRecordToChange(DataOptions{config.data}));
  std::vector<ActionRecord> freed;
  RF_RETURN_IF_ERROR(record.database->Transaction([&]() -> absl::Status {
    RF_ASSIGN_OR_RETURN(freed, Free(record, options, context.now()));
    return absl::OkStatus();
  }));
  std::string sentence = "recorded; the running service takes it back within a second";
  if (options.now) {
    RF_ASSIGN_OR_RETURN(sentence, CarryOut(config, record, freed, context));
    for (ActionRecord& action : freed) {
      RF_ASSIGN_OR_RETURN(std::optional<ActionRecord> stored, record.journal.Find(action.id));
      if (stored) action = *std::move(stored);
    }
  }
  Print(freed, sentence, options, context);
  return absl::OkStatus();
}

cli::Command AddManualVerb(cli::Command action, const char* name, const char* help,
                           const std::shared_ptr<ManualOptions>& options) {
  cli::Command command = action.AddCommand(name, help);
  AddServiceOptions(command, options->service);
  AddReadingOptions(command, options->reading);
  AddOutputOption(command, options->output);
  AddPersonOption(command, "--by", options->person, "Who decides").Required();
  command.AddOption("--note", options->note, "Why");
  return command;
}

void AddStop(cli::Command action, const char* name, const char* help, ActionKind kind) {
  auto options = std::make_shared<ManualOptions>();
  cli::Command command = AddManualVerb(action, name, help, options);
  AddNumberOption(command, "NUMBER", options->target, options->reading, "Whose calls are stopped")
      .Required();
  command.AddFlag("--protected-line-too", options->protected_line_too,
                  "Also a hospital's line, or another of a protected class");
  const auto stop = [kind](const Config& config, const ManualOptions& given, Context& context) {
    return Stop(kind, config, given, context);
  };
  command.Runs([stop, options](Context& context) { return RunVerb(stop, *options, context); });
}

}  // namespace

void AddManualVerbs(cli::Command action) {
  AddStop(action, "suspend", "Suspend a line of the ledger until a person restores it",
          ActionKind::kSuspend);
  AddStop(action, "block", "Block a number that is not in the ledger until a person restores it",
          ActionKind::kBlock);
  auto options = std::make_shared<ManualOptions>();
  cli::Command restore = AddManualVerb(
      action, "restore", "Free a number; the machine never acts against it again", options);
  restore.AddOption("ID|NUMBER", options->target, "An action, or a number and all against it")
      .Required();
  restore.Checks([options](Context&) { return CheckTarget(*options); });
  restore.AddFlag("--now", options->now,
                  "Where no service runs: tell the receivers from here and wait for them");
  restore.Runs([options](Context& context) { return RunVerb(Restore, *options, context); });
}

}  // namespace ringfence
