// `ringfence whitelist`: numbers that are allowed to call much, and whether they still should be.

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
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

using Json = nlohmann::ordered_json;

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

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json ParseOrNull(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return json.is_discarded() ? Json(nullptr) : json;
}

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

absl::Status Add(const WhitelistOptions& options, Context& context) {
  const EventTime now = context.now();
  RF_ASSIGN_OR_RETURN(const CellReading reading, MakeCellReading(options.reading, now));
  WhitelistEntry entry;
  RF_ASSIGN_OR_RETURN(entry.number, ParseCaller(options.number, reading));
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
  return Put({entry}, now, reading, options, context);
}

absl::Status Remove(const WhitelistOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const CellReading reading, MakeCellReading(options.reading, context.now()));
  RF_ASSIGN_OR_RETURN(const CallingNumber number, ParseCaller(options.number, reading));
  RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToChange(options.data));
  RF_RETURN_IF_ERROR(
      store.lists->RemoveEntry(number, {options.actor, context.now()}, options.reason));
  RF_ASSIGN_OR_RETURN(const ListRevision revision, store.lists->Revision());
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << Dump({{"removed", number.ToString()}, {"version", revision.version}}) << "\n";
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

absl::Status RunAudit(const WhitelistOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToRead(options.data));
  RF_ASSIGN_OR_RETURN(const auto lists, store.lists->Load());
  const std::vector<Finding> findings = Audit(*lists, context.now());
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    for (const Finding& finding : findings) {
      context.out << Dump({{"severity", SeverityName(finding.severity)},
                           {"finding", FindingKindName(finding.kind)},
                           {"number", finding.number.ToString()},
                           {"line", finding.line.value()},
                           {"text", finding.sentence}})
                  << "\n";
    }
    return absl::OkStatus();
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
              << WithThousands(lists->entries().size()) << " whitelist entries and "
              << WithThousands(lists->lines().size()) << " lines (version "
              << lists->version().version << ")\n";
  return absl::OkStatus();
}

absl::Status RunHistory(const WhitelistOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const CellReading reading, MakeCellReading(options.reading, context.now()));
  std::optional<std::string> subject;
  if (!options.number.empty()) {
    const auto number = ParseCaller(options.number, reading);
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
      context.out << Dump({{"version", change.version},
                           {"at", FormatTime(change.at, reading.options.zone)},
                           {"actor", change.actor},
                           {"list", change.list},
                           {"subject", change.subject},
                           {"what", what},
                           {"note", change.note},
                           {"before", ParseOrNull(change.before)},
                           {"after", ParseOrNull(change.after)}})
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

using Run = absl::Status (*)(const WhitelistOptions& options, Context& context);

CLI::App* AddVerb(CLI::App& parent, const char* name, const char* help, Run run,
                  const std::shared_ptr<WhitelistOptions>& options, Context& context) {
  CLI::App* command = parent.add_subcommand(name, help);
  AddDataOption(*command, options->data);
  AddReadingOptions(*command, options->reading);
  command->callback(
      [run, options, &context] { context.exit_code = Report(run(*options, context), context); });
  return command;
}

void AddChangeVerbs(CLI::App& whitelist, const std::shared_ptr<WhitelistOptions>& options,
                    Context& context) {
  CLI::App* command =
      AddVerb(whitelist, "add", "Put a number on the whitelist, or change its entry", Add, options,
              context);
  command->add_option("NUMBER", options->number, "The calling number")->required();
  command->add_option("--reason", options->reason, "Why it may call much")->required();
  command->add_option("--requester", options->requester, "Who asks for it")->required();
  command->add_option("--approver", options->approver, "Who allows it; somebody else")->required();
  command->add_option("--evidence", options->evidence, "Number or link of the document");
  command->add_option("--scope", options->scope, "What it may do")->capture_default_str();
  command->add_option("--from", options->added, "Day or time from which it stands; now without it");
  command->add_option("--expires", options->expires, "Last day, or time, until which it stands");
  AddActorOption(*command, options->actor);
  AddOutputOption(*command, options->output);

  command =
      AddVerb(whitelist, "remove", "Take a number off the whitelist", Remove, options, context);
  command->add_option("NUMBER", options->number, "The calling number")->required();
  command->add_option("--reason", options->reason, "Why, for the history")->required();
  AddActorOption(*command, options->actor);
  AddOutputOption(*command, options->output);

  command = AddVerb(whitelist, "import", "Add or update the entries of a CSV file, all or none",
                    Import, options, context);
  command->add_option("FILE", options->file, "CSV file, - for standard input")->required();
  command->add_flag("--dry-run", options->dry_run, "Check the file and say what would change");
  AddActorOption(*command, options->actor);
  AddOutputOption(*command, options->output);
}

}  // namespace

void AddWhitelistCommand(CLI::App& program, Context& context) {
  CLI::App& whitelist =
      *program.add_subcommand("whitelist", "Numbers that may call much, and their audit");
  whitelist.require_subcommand(1);
  const auto options = std::make_shared<WhitelistOptions>();
  AddChangeVerbs(whitelist, options, context);

  CLI::App* command =
      AddVerb(whitelist, "export", "Write the whitelist as CSV", Export, options, context);
  command->add_option("FILE", options->file, "Where to; standard output without it");

  command = AddVerb(whitelist, "list", "All entries", List, options, context);
  AddOutputOption(*command, options->output);

  command =
      AddVerb(whitelist, "audit", "Entries that no longer stand, and lines without their papers",
              RunAudit, options, context);
  AddOutputOption(*command, options->output);

  command = AddVerb(whitelist, "history", "Who changed which entry or line, when and how",
                    RunHistory, options, context);
  command->add_option("SUBJECT", options->number, "Only this number or line id");
  command->add_option("--limit", options->limit, "At most so many, the newest")
      ->capture_default_str();
  AddOutputOption(*command, options->output);
}

}  // namespace ringfence
