#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>
#include <ostream>
#include <string>

#include "ingest/model/absl_bridge.h"
#include "ingest/model/mask.h"
#include "tools/config/config.h"
#include "tools/ringfence/account_output.h"
#include "tools/ringfence/command.h"
#include "tools/service/process_limits.h"
#include "tools/service/service.h"
#include "tools/service/service_log.h"

namespace ringfence {
namespace {

struct RunOptions {
  std::string config;
  bool once = false;
};

// What it ends with goes where the log goes, and must hold no number either.
int ReportMasked(const absl::Status& status, Context& context) {
  return Report(absl::Status(status.code(), MaskNumbers(ToStd(status.message()))), context);
}

int RunService(const RunOptions& options, Context& context) {
  Config config;
  if (!options.config.empty()) {
    auto loaded = LoadConfig(options.config);
    if (!loaded.ok()) return Report(loaded.status(), context) == kDone ? kDone : kBadConfiguration;
    config = *std::move(loaded);
  }
  const auto log =
      MakeServiceLog(std::make_shared<spdlog::sinks::stderr_sink_st>(), config.log_level);
  if (const absl::Status limited = SetProcessLimits(); !limited.ok()) {
    log->warn("{}", std::string(ToStd(limited.message())));
  }
  auto service = Service::Start(config, {.now = context.now,
                                         .steady_now = context.steady_now,
                                         .stop = context.interrupted,
                                         .log = log,
                                         .pid = getpid(),
                                         .random = context.random(),
                                         .journal_salt = context.random()});
  if (!service.ok()) return ReportMasked(service.status(), context);
  log->info("running on {}", config.data);
  const absl::Status status = (*service)->Run(options.once);
  log->info("stopped; {}", AccountLine((*service)->account()));
  return ReportMasked(status, context);
}

}  // namespace

void AddRunCommand(cli::Command program) {
  auto options = std::make_shared<RunOptions>();
  cli::Command command = program.AddCommand(
      "run", "The service: read CDRs, decide, suspend and block, open work orders");
  command.AddFooter(
      "Examples:\n"
      "  ringfence config dump > ringfence.toml\n"
      "  ringfence run --config ringfence.toml\n"
      "SIGTERM or Ctrl-C ends it after the batch at hand.");
  command.AddOption("--config", options->config, "TOML file; without it the defaults are used");
  command.AddFlag("--once", options->once, "Stop after the configured files");
  command.Runs(options, RunService);
}

}  // namespace ringfence
