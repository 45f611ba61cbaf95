// `ringfence line`: the ledger of voice lines.

#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/text/byte_stream.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/list_access.h"
#include "tools/terminal/table.h"
#include "whitelist/csv/ledger_csv.h"
#include "whitelist/facts.h"

namespace ringfence {
namespace {

struct LineOptions : ListOptions {
  std::string id;
  std::string status;
  std::string note;
  bool unprotect = false;
};

absl::Status Import(const LineOptions& options, Context& context) {
  const EventTime now = context.now();
  RF_ASSIGN_OR_RETURN(const CellReading reading, MakeCellReading(options.reading, now));
  RF_ASSIGN_OR_RETURN(auto stream, OpenBytes(options.file));
  auto csv = ReadLedgerCsv(std::move(stream), reading.options);
  if (!csv.ok()) {
    return absl::Status(csv.status().code(),
                        absl::StrCat(options.file, ": ", csv.status().message()));
  }
  RF_RETURN_IF_ERROR(csv->faults.ToStatus(options.file));
  RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToChange(options.data));
  RF_ASSIGN_OR_RETURN(
      const ImportCounts counts,
      store.lists->PutLines(csv->lines, {options.actor, now}, options.dry_run,
                            options.unprotect ? Unprotect::kAllow : Unprotect::kRefuse));
  RF_ASSIGN_OR_RETURN(const ListRevision revision, store.lists->Revision());
  PrintImport(counts, revision.version, options, context);
  return absl::OkStatus();
}

absl::Status Export(const LineOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const CellReading reading, MakeCellReading(options.reading, context.now()));
  RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToRead(options.data));
  RF_ASSIGN_OR_RETURN(const auto lists, store.lists->Load());
  return WriteResult(options.file, WriteLedgerCsv(lists->lines(), reading.options.zone), context);
}

void PrintLines(const std::vector<const VoiceLine*>& lines, Context& context) {
  Table table({{"line"},
               {"customer", Table::Align::kLeft, true},
               {"industry", Table::Align::kLeft, true},
               {"class"},
               {"numbers", Table::Align::kRight},
               {"daily limit", Table::Align::kRight},
               {"hours"},
               {"status"}});
  for (const VoiceLine* line : lines) {
    table.AddRow({line->id.value(),
                  line->customer_name.empty() ? line->customer.value() : line->customer_name,
                  line->industry, std::string(LineClassName(line->line_class)),
                  WithThousands(line->numbers.size()),
                  line->daily_limit.has_value() ? WithThousands(*line->daily_limit) : "-",
                  FormatCallingHours(line->hours), std::string(LineStatusName(line->status))});
  }
  table.Print(context.out, context.width);
}

absl::Status List(const LineOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToRead(options.data));
  RF_ASSIGN_OR_RETURN(const auto lists, store.lists->Load());
  std::vector<const VoiceLine*> lines;
  for (const VoiceLine& line : lists->lines()) {
    if (options.status.empty() || LineStatusName(line.status) == options.status) {
      lines.push_back(&line);
    }
  }
  if (ChooseOutput(options.output, context) == OutputFormat::kTable) {
    PrintLines(lines, context);
    return absl::OkStatus();
  }
  for (const VoiceLine* line : lines) context.out << DescribeLine(*line) << "\n";
  return absl::OkStatus();
}

std::string ShowPaper(const Credential& paper, const CellReading& reading) {
  return absl::StrCat(paper.reference.empty() ? "-" : paper.reference, ", until ",
                      ShowTime(paper.expires, reading));
}

std::string ShowNumbers(const VoiceLine& line) {
  constexpr size_t kMaxShown = 20;
  std::string text;
  for (size_t i = 0; i < line.numbers.size() && i < kMaxShown; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : " ", line.numbers[i].ToString());
  }
  if (line.numbers.size() > kMaxShown) {
    absl::StrAppend(&text, " … (", WithThousands(line.numbers.size()), " in all)");
  }
  return text;
}

void PrintLine(const VoiceLine& line, const CellReading& reading, Context& context) {
  std::string trunks;
  for (const TrunkGroupId& trunk : line.trunks) absl::StrAppend(&trunks, trunk.value(), " ");
  Table table({{"field"}, {"value", Table::Align::kLeft, true}});
  table.AddRow({"line", line.id.value()});
  table.AddRow({"customer", absl::StrCat(line.customer.value(), " ", line.customer_name)});
  table.AddRow({"purpose", line.purpose});
  table.AddRow({"industry", line.industry});
  table.AddRow({"class", std::string(LineClassName(line.line_class))});
  table.AddRow({"hours", FormatCallingHours(line.hours)});
  table.AddRow(
      {"daily limit", line.daily_limit.has_value() ? WithThousands(*line.daily_limit) : "-"});
  table.AddRow({"qualification", ShowPaper(line.qualification, reading)});
  table.AddRow({"contract", ShowPaper(line.contract, reading)});
  table.AddRow({"recording", line.recording_duty ? absl::StrCat(line.recording_days, " days")
                                                 : std::string("no duty")});
  table.AddRow({"trunks", trunks});
  table.AddRow({"status", std::string(LineStatusName(line.status))});
  table.AddRow({"numbers", ShowNumbers(line)});
  table.Print(context.out, context.width);
}

absl::Status Show(const LineOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const CellReading reading, MakeCellReading(options.reading, context.now()));
  RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToRead(options.data));
  RF_ASSIGN_OR_RETURN(const auto lists, store.lists->Load());
  const VoiceLine* line = lists->FindLine(LineId(options.id));
  if (line == nullptr) {
    // A number finds its line, too.
    const auto number = ParseCaller("LINE", options.id, reading);
    if (number.ok()) line = lists->FindOwner(*number);
  }
  if (line == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("no line ", options.id, ", and no line of that number"));
  }
  if (ChooseOutput(options.output, context) == OutputFormat::kTable) {
    PrintLine(*line, reading, context);
  } else {
    context.out << DescribeLine(*line) << "\n";
  }
  return absl::OkStatus();
}

absl::Status SetStatus(const LineOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const OpenedStore store, OpenStoreToChange(options.data));
  const LineId id(options.id);
  RF_RETURN_IF_ERROR(store.lists->SetLineStatus(id, *LineStatusFromName(options.status),
                                                {options.actor, context.now()}, options.note));
  if (ChooseOutput(options.output, context) == OutputFormat::kTable) {
    context.out << options.id << " is " << options.status << "\n";
    return absl::OkStatus();
  }
  RF_ASSIGN_OR_RETURN(const auto lists, store.lists->Load());
  if (const VoiceLine* line = lists->FindLine(id)) context.out << DescribeLine(*line) << "\n";
  return absl::OkStatus();
}

cli::Command AddVerb(cli::Command line, const char* name, const char* help,
                     const std::shared_ptr<LineOptions>& options,
                     absl::Status (*run)(const LineOptions&, Context&)) {
  cli::Command command = line.AddCommand(name, help);
  AddDataOption(command, options->data);
  command.Runs(options, run);
  return command;
}

}  // namespace

void AddLineCommand(cli::Command program) {
  cli::Command line = program.AddCommand("line", "The ledger of voice lines and their numbers");
  const auto options = std::make_shared<LineOptions>();
  const std::vector<std::string> statuses({"active", "warned", "suspended", "closed"});

  cli::Command command = AddVerb(
      line, "import", "Add or update the lines of a CSV file, all or none", options, Import);
  command.AddOption("FILE", options->file, "CSV file, - for standard input").Required();
  command.AddFlag("--dry-run", options->dry_run, "Check the file and say what would change");
  command.AddFlag("--unprotect", options->unprotect,
                  "Allow that numbers of hospitals and other protected lines become ordinary");
  AddActorOption(command, options->actor);
  AddReadingOptions(command, options->reading);
  AddOutputOption(command, options->output);

  command = AddVerb(line, "export", "Write the ledger as CSV", options, Export);
  command.AddOption("FILE", options->file, "Where to; standard output without it");
  AddReadingOptions(command, options->reading);

  command = AddVerb(line, "list", "All lines", options, List);
  command.AddOption("--status", options->status, "Only lines of this status").OneOf(statuses);
  AddOutputOption(command, options->output);

  command = AddVerb(line, "show", "One line with everything known of it", options, Show);
  command.AddOption("LINE", options->id, "Id of the line, or one of its numbers").Required();
  AddReadingOptions(command, options->reading);
  AddOutputOption(command, options->output);

  command = AddVerb(line, "status", "Set the status of a line", options, SetStatus);
  command.AddOption("LINE", options->id, "Id of the line").Required();
  command.AddOption("STATUS", options->status, "The new status").Required().OneOf(statuses);
  command.AddOption("--reason", options->note, "Why, for the history").Required();
  AddActorOption(command, options->actor);
  AddOutputOption(command, options->output);
}

}  // namespace ringfence
