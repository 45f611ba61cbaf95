#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "ingest/client/file_shipper.h"
#include "ingest/client/sender.h"
#include "ingest/json/json_text.h"
#include "ingest/model/fixed_record.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/curve_keys.h"
#include "ingest/transport/endpoint.h"
#include "ingest/transport/wire.h"
#include "ingest/transport/zmq_context.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/options.h"
#include "tools/ringfence/send_spool.h"
#include "tools/terminal/progress.h"
#include "tools/terminal/table.h"

namespace ringfence {
namespace {

constexpr char kSendFooter[] =
    "Returns when every record is durable at the service. Safe to repeat: a file that was sent\n"
    "before is recognised, one that was interrupted or has grown goes on where the service "
    "ends.\n\n"
    "Examples:\n"
    "  ringfence send /var/spool/cdr/2026-11-2*.csv.gz --to tcp://127.0.0.1:7700 --source msc-01\n"
    "  ringfence send cdr.csv --to tcp://192.0.2.10:7700 --source msc-01 "
    "--curve-secret msc-01.key --server-key service.pub\n\n"
    "A live feed goes through a spool, a folder on this machine: each record is safe there within\n"
    "200 ms, whether the service is there or not, and is sent when it is. The same command goes "
    "on\n"
    "after any crash; without - it sends what is left in the spool.\n"
    "  tail -F cdr.csv | ringfence send - --spool /var/spool/ringfence --to "
    "tcp://127.0.0.1:7700\n"
    "  ringfence send --spool /var/spool/ringfence --to tcp://127.0.0.1:7700\n\n"
    "With --binary the text is read here and goes as records of one size, which the service "
    "judges\n"
    "with less work; its account is the same. A live feed then begins with its header each time.";

struct SendOptions {
  std::vector<std::string> files;
  std::string to;
  std::string source;
  std::string curve_secret;
  std::string server_key;
  uint32_t give_up_seconds = 30;
  LayoutChoice layout;
  ReadingOptions reading;
  bool binary = false;
  size_t record_bytes = kUsualBinaryRecord;
  std::string spool;
  std::string stream = "live";
  uint64_t spool_megabytes = 1024;
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

absl::StatusOr<std::optional<BinaryOptions>> MakeBinaryOptions(const SendOptions& options) {
  if (!options.binary) return std::nullopt;
  RF_ASSIGN_OR_RETURN(NumberPlan numbers, options.reading.MakeNumberPlan());
  RF_ASSIGN_OR_RETURN(const absl::TimeZone zone, LoadTimeZone(options.reading.time_zone));
  return BinaryOptions{options.record_bytes, {std::move(numbers), zone}};
}

absl::StatusOr<ShipReport> SendFile(Sender& sender, const std::string& path,
                                    const SendOptions& options, Context& context) {
  ShipOptions ship;
  ship.layout = options.layout;
  ship.country = options.reading.country;
  ship.area = options.reading.area;
  ship.numbers = options.reading.numbers;
  ship.time_zone = options.reading.time_zone;
  RF_ASSIGN_OR_RETURN(ship.binary, MakeBinaryOptions(options));
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

absl::StatusOr<SenderOptions> MakeSenderOptions(const SendOptions& options, Context& context) {
  RF_RETURN_IF_ERROR(options.reading.MakeNumberPlan().status());
  SenderOptions sender;
  sender.endpoint = options.to;
  sender.source = options.source;
  RF_RETURN_IF_ERROR(ReadKeys(options, sender));
  sender.give_up_after = std::chrono::seconds(options.give_up_seconds);
  sender.clock = context.steady_now;
  sender.interrupted = context.interrupted;
  return sender;
}

absl::Status SendFiles(const SendOptions& options, Context& context, std::vector<SentFile>& sent) {
  RF_ASSIGN_OR_RETURN(SenderOptions sender_options, MakeSenderOptions(options, context));
  if (sender_options.source.empty()) sender_options.source = HostName();
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
      context.out << JsonObject{{"file", file.path},
                                {"records", file.report.records},
                                {"sent", file.report.records - file.report.had},
                                {"had", file.report.had},
                                {"cut", file.report.cut}}
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

absl::Status SendThroughSpool(const SendOptions& options, Context& context, SpoolSent& sent) {
  SpoolSendOptions spool;
  RF_ASSIGN_OR_RETURN(spool.sender, MakeSenderOptions(options, context));
  spool.folder = options.spool;
  spool.stream = options.stream;
  spool.max_megabytes = options.spool_megabytes;
  spool.standard_input = !options.files.empty();
  spool.patience = std::chrono::seconds(options.give_up_seconds);
  spool.layout = options.layout;
  spool.reading = options.reading;
  RF_ASSIGN_OR_RETURN(spool.binary, MakeBinaryOptions(options));
  spool.host = HostName();
  RF_RETURN_IF_ERROR(SendSpool(spool, context, sent));
  if (sent.state.Empty()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      WithThousands(sent.state.only_here), " records are durable in the spool ", options.spool,
      " alone, not known to be at ", options.to, ": they are sent at the next start"));
}

void PrintSpool(const SpoolSent& sent, const SendOptions& options, Context& context) {
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << JsonObject{{"spool", options.spool},
                              {"records", sent.taken},
                              {"cut", sent.cut},
                              {"durable", sent.state.durable_there},
                              {"only_in_spool", sent.state.only_here}}
                << "\n";
    return;
  }
  Table table({{"Spool", Table::Align::kLeft, true},
               {"Records taken now", Table::Align::kRight},
               {"Too long, cut", Table::Align::kRight},
               {"Of all: durable there", Table::Align::kRight},
               {"Only in the spool", Table::Align::kRight}});
  table.AddRow({options.spool, WithThousands(sent.taken), WithThousands(sent.cut),
                WithThousands(sent.state.durable_there), WithThousands(sent.state.only_here)});
  table.Print(context.out, context.width);
}

int RunSpool(const SendOptions& options, Context& context) {
  SpoolSent sent;
  const absl::Status status = SendThroughSpool(options, context, sent);
  PrintSpool(sent, options, context);
  return status.ok() ? kDone : Report(status, context);
}

int RunSend(const SendOptions& options, Context& context) {
  if (options.spool.empty() && options.files.empty()) {
    return cli::UsageError("FILE is required", context);
  }
  if (!options.spool.empty() && !options.files.empty() &&
      options.files != std::vector<std::string>{"-"}) {
    return cli::UsageError("--spool: takes standard input, -, or nothing; files need none",
                           context);
  }
  if (!options.spool.empty()) return RunSpool(options, context);
  if (std::find(options.files.begin(), options.files.end(), "-") != options.files.end()) {
    return cli::UsageError(
        "FILE: standard input, -, can't be read again after a failure: give it a spool (--spool "
        "FOLDER), or write it to a file and send that",
        context);
  }
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

absl::Status CheckReceiver(const SendOptions& options) {
  absl::Status status = CheckEndpoint(options.to, !options.curve_secret.empty());
  if (status.ok() && options.to.ends_with(":*")) {
    status =
        absl::InvalidArgumentError(absl::StrCat("'", options.to, "': * is no port to connect to"));
  }
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat("--to ", status.message()));
}

std::function<absl::Status(const std::string&)> HasBytes(size_t most) {
  return [most](const std::string& text) {
    if (!text.empty() && text.size() <= most) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' does not have 1 to ", most, " bytes"));
  };
}

absl::Status CheckRecordBytes(const std::string& text) {
  uint32_t bytes = 0;
  if (absl::SimpleAtoi(text, &bytes) && IsBinaryRecordSize(bytes)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", text, "' is no size of a binary record: ", BinaryRecordSizes()));
}

}  // namespace

void AddSendCommand(cli::Command program) {
  auto options = std::make_shared<SendOptions>();
  cli::Command command = program.AddCommand("send", "Ship CDR files to a service");
  command.AddFooter(kSendFooter);
  command.AddOption("FILE", options->files, "CDR files, gzip and zstd too; - with --spool");
  command.AddOption("--to", options->to, "Address of the service: tcp://127.0.0.1:7700, ipc:///…")
      .Required();
  command.Checks([options](Context&) { return CheckReceiver(*options); });
  command.AddOption("--source", options->source, "Name of this sender; default: the host's name")
      .Check(HasBytes(wire::kMaxSourceBytes));
  cli::Option secret = command.AddOption("--curve-secret", options->curve_secret,
                                         "File of this sender's secret key: `ringfence keys`");
  cli::Option server =
      command.AddOption("--server-key", options->server_key, "File of the service's public key");
  secret.Needs(server);
  server.Needs(secret);
  command
      .AddOption("--give-up-after", options->give_up_seconds,
                 "Seconds without progress after which it fails")
      .Between(1, 86'400);
  cli::Option spool = command.AddOption(
      "--spool", options->spool, "Folder that keeps a live feed's records until they are sent");
  command.AddOption("--stream", options->stream, "Name of the live feed")
      .Needs(spool)
      .Check(HasBytes(wire::kMaxStreamBytes));
  command
      .AddOption("--spool-max", options->spool_megabytes,
                 "Megabytes of a spool; when it is full, the feed has to wait")
      .Needs(spool)
      .Between(32, 1'048'576);
  cli::Option binary =
      command.AddFlag("--binary", options->binary, "Send records of one size in place of text");
  command
      .AddOption("--record-bytes", options->record_bytes,
                 "Bytes of a binary record: " + BinaryRecordSizes() +
                     "; long ids are cut, and still recognised")
      .Needs(binary)
      .Check(CheckRecordBytes);
  AddLayoutOptions(command, options->layout);
  AddReadingOptions(command, options->reading);
  AddOutputOption(command, options->output);
  command.Runs(options, RunSend);
}

}  // namespace ringfence
