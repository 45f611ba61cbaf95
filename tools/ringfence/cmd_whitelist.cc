// `ringfence whitelist`: numbers that are allowed to call much, and whether they still should be.

#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/json/json_text.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/model/time_text.h"
#include "ingest/text/byte_stream.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/list_access.h"
#include "tools/terminal/table.h"
#include "whitelist/audit.h"
#include "whitelist/csv/whitelist_csv.h"
#include "whitelist/facts.h"

namespace ringfence {
namespace {

struct WhitelistOptions : ListOptions {
  std::string number;
  std::string scope = "outbound";
  std::string reason;
  std::string evidence;
  std::string requester;
  std::string approver;
  std::string added;
  std::string expires;
  uint32_t limit = 100;
};

absl::Status Put(std::vector<WhitelistEntry> entries, EventTime now, const CellReading& reading,
                 const WhitelistOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToChange(options.data));
  RF_ASSIGN_OR_RETURN(const auto lists, store.lists->Load());
  KeepAdded(*lists, reading.options.default_added, entries);
  RF_ASSIGN_OR_RETURN(const ImportCounts counts,
                      store.lists->PutEntries(entries, {options.actor, now}, options.dry_run));
  RF_ASSIGN_OR_RETURN(const ListRevision revision, store.lists->Revision());
  PrintImport(counts, revision.version, options, context);
  return absl::OkStatus();
}

absl::StatusOr<WhitelistEntry> EntryOf(const WhitelistOptions& options,
                                       const CellReading& reading) {
  WhitelistEntry entry;
  RF_ASSIGN_OR_RETURN(entry.number, options.reading.ParseNumber("NUMBER", options.number));
  entry.scope = options.scope;
  entry.reason = options.reason;
  entry.evidence = options.evidence;
  entry.requester = options.requester;
  entry.approver = options.approver;
  entry.added = reading.options.default_added;
  if (!options.added.empty()) {
    const auto added = ParseTimeCell(options.added, false, reading.options);
    if (!added.ok()) return InOption("--from", options.added, added.status());
    entry.added = *added;
  }
  if (!options.expires.empty()) {
    const auto expires = ParseTimeCell(options.expires, true, reading.options);
    if (!expires.ok()) return InOption("--expires", options.expires, expires.status());
    entry.expires = *expires;
  }
  RF_RETURN_IF_ERROR(CheckEntry(entry));
  if (entry.requester == entry.approver) {
    return absl::InvalidArgumentError(
        "--requester and --approver are the same person: somebody else must approve");
  }
  return entry;
}

absl::Status CheckGivenEntry(const WhitelistOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const CellReading reading, MakeCellReading(options.reading, context.now()));
  return EntryOf(options, reading).status();
}

absl::Status Add(const WhitelistOptions& options, Context& context) {
  const EventTime now = context.now();
  RF_ASSIGN_OR_RETURN(const CellReading reading, MakeCellReading(options.reading, now));
  RF_ASSIGN_OR_RETURN(const WhitelistEntry entry, EntryOf(options, reading));
  return Put({entry}, now, reading, options, context);
}

absl::Status Remove(const WhitelistOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const CallingNumber number,
                      options.reading.ParseNumber("NUMBER", options.number));
  RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToChange(options.data));
  RF_RETURN_IF_ERROR(
      store.lists->RemoveEntry(number, {options.actor, context.now()}, options.reason));
  RF_ASSIGN_OR_RETURN(const ListRevision revision, store.lists->Revision());
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << JsonObject{{"removed", number.ToString()}, {"version", revision.version}}
                << "\n";
  } else {
    context.out << number.ToString() << " removed; the lists have version " << revision.version
                << "\n";
  }
  return absl::OkStatus();
}

absl::Status Import(const WhitelistOptions& options, Context& context) {
  const EventTime now = context.now();
  RF_ASSIGN_OR_RETURN(const CellReading reading, MakeCellReading(options.reading, now));
  RF_ASSIGN_OR_RETURN(auto stream, OpenBytes(options.file));
  auto csv = ReadWhitelistCsv(std::move(stream), reading.options);
  if (!csv.ok()) {
    return absl::Status(csv.status().code(),
                        absl::StrCat(options.file, ": ", csv.status().message()));
  }
  RF_RETURN_IF_ERROR(csv->faults.ToStatus(options.file));
  return Put(std::move(csv->entries), now, reading, options, context);
}

absl::Status Export(const WhitelistOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const CellReading reading, MakeCellReading(options.reading, context.now()));
  RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToRead(options.data));
  RF_ASSIGN_OR_RETURN(const auto lists, store.lists->Load());
  return WriteResult(options.file, WriteWhitelistCsv(lists->entries(), reading.options.zone),
                     context);
}

absl::Status List(const WhitelistOptions& options, Context& context) {
  const EventTime now = context.now();
  RF_ASSIGN_OR_RETURN(const CellReading reading, MakeCellReading(options.reading, now));
  RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToRead(options.data));
  RF_ASSIGN_OR_RETURN(const auto lists, store.lists->Load());
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    for (const WhitelistEntry& entry : lists->entries()) {
      context.out << DescribeEntry(entry) << "\n";
    }
    return absl::OkStatus();
  }
  Table table({{"number"},
               {"stands"},
               {"scope", Table::Align::kLeft, true},
               {"reason", Table::Align::kLeft, true},
               {"approver", Table::Align::kLeft, true},
               {"expires"},
               {"line"}});
  for (const WhitelistEntry& entry : lists->entries()) {
    const VoiceLine* owner = lists->FindOwner(entry.number);
    table.AddRow({entry.number.ToString(), entry.StandsAt(now) ? "yes" : "no", entry.scope,
                  entry.reason, entry.approver, ShowTime(entry.expires, reading),
                  owner == nullptr ? "-" : owner->id.value()});
  }
  table.Print(context.out, context.width);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Lists>> LoadLists(const WhitelistOptions& options) {
  RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToRead(options.data));
  return store.lists->Load();
}

void PrintFindings(const std::vector<Finding>& findings, const Lists& lists,
                   const WhitelistOptions& options, Context& context) {
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    for (const Finding& finding : findings) {
      context.out << JsonObject{{"severity", SeverityName(finding.severity)},
                                {"finding", FindingKindName(finding.kind)},
                                {"number", finding.number.ToString()},
                                {"line", finding.line.value()},
                                {"text", finding.sentence}}
                  << "\n";
    }
    return;
  }
  Table table(
      {{"severity"}, {"number"}, {"line"}, {"finding"}, {"text", Table::Align::kLeft, true}});
  for (const Finding& finding : findings) {
    table.AddRow({std::string(SeverityName(finding.severity)),
                  finding.number.number().empty() ? "-" : finding.number.ToString(),
                  finding.line.empty() ? "-" : finding.line.value(),
                  std::string(FindingKindName(finding.kind)), finding.sentence});
  }
  table.Print(context.out, context.width);
  context.out << WithThousands(findings.size()) << " findings in "
              << WithThousands(lists.entries().size()) << " whitelist entries and "
              << WithThousands(lists.lines().size()) << " lines (version "
              << lists.version().version << ")\n";
}

int RunAudit(const WhitelistOptions& options, Context& context) {
  const auto lists = LoadLists(options);
  if (!lists.ok()) return Report(lists.status(), context);
  const std::vector<Finding> findings = Audit(**lists, context.now());
  PrintFindings(findings, **lists, options, context);
  const bool failed = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Severity::kFailure;
  });
  return failed ? kFailed : kDone;
}

absl::Status RunHistory(const WhitelistOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const CellReading reading, MakeCellReading(options.reading, context.now()));
  std::optional<std::string> subject;
  if (!options.number.empty()) {
    const auto number = ParseCaller("SUBJECT", options.number, reading);
    subject = number.ok() ? number->ToString() : options.number;  // or the id of a line
  }
  RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToRead(options.data));
  RF_ASSIGN_OR_RETURN(const auto changes, store.lists->History(subject, options.limit));
  const bool json = ChooseOutput(options.output, context) == OutputFormat::kJson;
  Table table({{"version", Table::Align::kRight},
               {"at"},
               {"actor"},
               {"list"},
               {"subject"},
               {"what", Table::Align::kLeft, true}});
  for (const ListChange& change : changes) {
    const char* what = change.before.empty()  ? "added"
                       : change.after.empty() ? "removed"
                                              : "changed";
    if (json) {
      context.out << JsonObject{{"version", change.version},
                                {"at", FormatTime(change.at, reading.options.zone)},
                                {"actor", change.actor},
                                {"list", change.list},
                                {"subject", change.subject},
                                {"what", what},
                                {"note", change.note},
                                {"before", JsonValue::Parse(change.before)},
                                {"after", JsonValue::Parse(change.after)}}
                  << "\n";
    } else {
      table.AddRow({std::to_string(change.version), ShowTime(change.at, reading), change.actor,
                    change.list, change.subject,
                    change.note.empty() ? what : absl::StrCat(what, ": ", change.note)});
    }
  }
  if (!json) table.Print(context.out, context.width);
  return absl::OkStatus();
}

cli::Command AddVerb(cli::Command whitelist, const char* name, const char* help,
                     const std::shared_ptr<WhitelistOptions>& options,
                     absl::Status (*run)(const WhitelistOptions&, Context&)) {
  cli::Command command = whitelist.AddCommand(name, help);
  AddDataOption(command, options->data);
  AddReadingOptions(command, options->reading);
  command.Runs(options, run);
  return command;
}

void AddChangeVerbs(cli::Command whitelist, const std::shared_ptr<WhitelistOptions>& options) {
  cli::Command command =
      AddVerb(whitelist, "add", "Put a number on the whitelist, or change its entry", options, Add);
  command.Checks([options](Context& context) { return CheckGivenEntry(*options, context); });
  command.AddOption("NUMBER", options->number, "The calling number").Required();
  command.AddOption("--reason", options->reason, "Why it may call much").Required();
  AddPersonOption(command, "--requester", options->requester, "Who asks for it").Required();
  AddPersonOption(command, "--approver", options->approver, "Who allows it; somebody else")
      .Required();
  command.AddOption("--evidence", options->evidence, "Number or link of the document");
  command.AddOption("--scope", options->scope, "What it may do");
  AddTimeOption(command, "--from", options->added,
                "Day or time from which it stands; now without it");
  AddTimeOption(command, "--expires", options->expires, "Last day, or time, until which it stands");
  AddActorOption(command, options->actor);
  AddOutputOption(command, options->output);

  command = AddVerb(whitelist, "remove", "Take a number off the whitelist", options, Remove);
  AddNumberOption(command, "NUMBER", options->number, options->reading, "The calling number")
      .Required();
  command.AddOption("--reason", options->reason, "Why, for the history").Required();
  AddActorOption(command, options->actor);
  AddOutputOption(command, options->output);

  command = AddVerb(whitelist, "import", "Add or update the entries of a CSV file, all or none",
                    options, Import);
  command.AddOption("FILE", options->file, "CSV file, - for standard input").Required();
  command.AddFlag("--dry-run", options->dry_run, "Check the file and say what would change");
  AddActorOption(command, options->actor);
  AddOutputOption(command, options->output);
}

}  // namespace

void AddWhitelistCommand(cli::Command program) {
  cli::Command whitelist =
      program.AddCommand("whitelist", "Numbers that may call much, and their audit");
  const auto options = std::make_shared<WhitelistOptions>();
  AddChangeVerbs(whitelist, options);

  cli::Command command =
      AddVerb(whitelist, "export", "Write the whitelist as CSV", options, Export);
  command.AddOption("FILE", options->file, "Where to; standard output without it");

  command = AddVerb(whitelist, "list", "All entries", options, List);
  AddOutputOption(command, options->output);

  command =
      whitelist.AddCommand("audit", "Entries that no longer stand, and lines without their papers");
  AddDataOption(command, options->data);
  AddReadingOptions(command, options->reading);
  command.Runs(options, RunAudit);
  command.AddFooter("The exit code is 1 when one of them is a failure, 0 otherwise.");
  AddOutputOption(command, options->output);

  command = AddVerb(whitelist, "history", "Who changed which entry or line, when and how", options,
                    RunHistory);
  command.AddOption("SUBJECT", options->number, "Only this number or line id");
  command.AddOption("--limit", options->limit, "At most so many, the newest");
  AddOutputOption(command, options->output);
}

}  // namespace ringfence
