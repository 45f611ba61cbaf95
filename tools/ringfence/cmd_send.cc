#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/client/file_shipper.h"
#include "ingest/client/sender.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/curve_keys.h"
#include "ingest/transport/zmq_context.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/options.h"
#include "tools/terminal/progress.h"
#include "tools/terminal/table.h"

namespace ringfence {
namespace {

constexpr char kHelp[] =
    "Returns when every record is durable at the service. Safe to repeat: a file that was sent\n"
    "before is recognised, one that was interrupted or has grown goes on where the service "
    "ends.\n\n"
    "Examples:\n"
    "  ringfence send /var/spool/cdr/2026-11-2*.csv.gz --to tcp://127.0.0.1:7700 --source msc-01\n"
    "  ringfence send cdr.csv --to tcp://192.0.2.10:7700 --source msc-01 "
    "--curve-secret msc-01.key --server-key service.pub";

struct SendOptions {
  std::vector<std::string> files;
  std::string to;
  std::string source;
  std::string curve_secret;
  std::string server_key;
  uint32_t give_up_seconds = 30;
  LayoutChoice layout;
  ReadingOptions reading;
  std::string output;
};

struct SentFile {
  std::string path;
  ShipReport report;
};

std::string HostName() {
  char name[65] = {};
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

absl::StatusOr<ShipReport> SendFile(Sender& sender, const std::string& path,
                                    const SendOptions& options, Context& context) {
  ShipOptions ship;
  ship.layout = options.layout;
  ship.country = options.reading.country;
  ship.area = options.reading.area;
  ship.numbers = options.reading.numbers;
  ship.time_zone = options.reading.time_zone;
  std::unique_ptr<ProgressBar> bar;
  return ShipFile(sender, path, ship, [&](const ShipProgress& progress) {
    if (bar == nullptr) {
      bar = std::make_unique<ProgressBar>(context, path, progress.total_bytes.value_or(0));
    }
    bar->Update(progress.bytes, absl::StrCat(WithThousands(progress.acked), " of ",
                                             WithThousands(progress.records), " records durable"));
  });
}

absl::Status ReadKeys(const SendOptions& options, SenderOptions& sender) {
  if (options.curve_secret.empty()) return absl::OkStatus();
  RF_ASSIGN_OR_RETURN(sender.curve_secret_key, ReadSecretKey(options.curve_secret));
  RF_ASSIGN_OR_RETURN(sender.curve_server_key, ReadPublicKey(options.server_key));
  return absl::OkStatus();
}

absl::Status SendFiles(const SendOptions& options, Context& context, std::vector<SentFile>& sent) {
  RF_RETURN_IF_ERROR(options.reading.MakeNumberPlan().status());
  SenderOptions sender_options;
  sender_options.endpoint = options.to;
  sender_options.source = options.source.empty() ? HostName() : options.source;
  RF_RETURN_IF_ERROR(ReadKeys(options, sender_options));
  sender_options.give_up_after = std::chrono::seconds(options.give_up_seconds);
  sender_options.clock = context.steady_now;
  sender_options.interrupted = context.interrupted;
  ZmqContext zmq;
  RF_ASSIGN_OR_RETURN(std::unique_ptr<Sender> sender, Sender::Create(zmq, sender_options));
  for (const std::string& path : options.files) {
    RF_ASSIGN_OR_RETURN(ShipReport report, SendFile(*sender, path, options, context));
    sent.push_back({path, report});
  }
  return absl::OkStatus();
}

void Print(const std::vector<SentFile>& sent, const SendOptions& options, Context& context) {
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    for (const SentFile& file : sent) {
      context.out << nlohmann::ordered_json{{"file", file.path},
                                            {"records", file.report.records},
                                            {"sent", file.report.records - file.report.had},
                                            {"had", file.report.had},
                                            {"cut", file.report.cut}}
                         .dump()
                  << "\n";
    }
    return;
  }
  if (sent.empty()) return;
  Table table({{"File", Table::Align::kLeft, true},
               {"Records durable", Table::Align::kRight},
               {"Sent now", Table::Align::kRight},
               {"Sent before", Table::Align::kRight},
               {"Too long, cut", Table::Align::kRight}});
  for (const SentFile& file : sent) {
    table.AddRow({file.path, WithThousands(file.report.records),
                  WithThousands(file.report.records - file.report.had),
                  WithThousands(file.report.had), WithThousands(file.report.cut)});
  }
  table.Print(context.out, context.width);
}

int RunSend(const SendOptions& options, Context& context) {
  std::vector<SentFile> sent;
  const absl::Status status = SendFiles(options, context, sent);
  Print(sent, options, context);
  if (status.ok()) return kDone;
  const size_t left = options.files.size() - sent.size();
  return Report(
      absl::Status(status.code(), absl::StrCat(status.message(), ". Not sent whole: ", left, " of ",
                                               options.files.size(),
                                               " files; the same command again goes on from here")),
      context);
}

}  // namespace

void AddSendCommand(CLI::App& program, Context& context) {
  auto options = std::make_shared<SendOptions>();
  CLI::App* command = program.add_subcommand("send", "Ship CDR files to a service");
  command->footer(kHelp);
  command->add_option("FILE", options->files, "CDR files, gzip and zstd too")->required();
  command->add_option("--to", options->to, "Address of the service: tcp://127.0.0.1:7700, ipc:///…")
      ->required();
  command->add_option("--source", options->source, "Name of this sender; default: the host's name");
  CLI::Option* secret = command->add_option("--curve-secret", options->curve_secret,
                                            "File of this sender's secret key: `ringfence keys`");
  CLI::Option* server =
      command->add_option("--server-key", options->server_key, "File of the service's public key");
  secret->needs(server);
  server->needs(secret);
  command
      ->add_option("--give-up-after", options->give_up_seconds,
                   "Seconds without progress after which it fails")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  AddLayoutOptions(*command, options->layout);
  AddReadingOptions(*command, options->reading);
  AddOutputOption(*command, options->output);
  command->callback([options, &context] { context.exit_code = RunSend(*options, context); });
}

}  // namespace ringfence
