#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ingest/json/json_text.h"
#include "tools/config/config.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/key_files.h"
#include "tools/ringfence/list_access.h"
#include "tools/ringfence/options.h"
#include "tools/service/service.h"
#include "tools/service/subjects.h"
#include "tools/service/threshold_names.h"

namespace ringfence {
namespace {

struct ConfigOptions {
  std::string path;
  std::string output;
};

int ReportConfig(const absl::Status& status, Context& context) {
  return Report(status, context) == kDone ? kDone : kBadConfiguration;
}

// What is allowed, but probably not meant: found out where there is a ledger already.
std::vector<std::string> WarningsOf(const Config& config) {
  const auto store = OpenStoreToRead({.directory = config.data});
  if (!store.ok()) return {};
  const auto lists = store->lists->Load();
  if (!lists.ok()) return {};
  return ThresholdsOfNobody(RulesOf(config), BuildDirectory(**lists).get());
}

int RunConfigCheck(const ConfigOptions& options, Context& context) {
  const auto config = LoadConfig(options.path);
  if (!config.ok()) return ReportConfig(config.status(), context);
  for (const std::string& warning : WarningsOf(*config)) {
    context.err << "ringfence: " << options.path << ": " << warning << "\n";
  }
  const std::vector<absl::Status> errors = KeyFileErrors(*config);
  for (const absl::Status& error : errors) {
    Report(absl::Status(error.code(), absl::StrCat(options.path, ": ", error.message())), context);
  }
  if (!errors.empty()) return kBadConfiguration;
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << JsonObject{{"file", options.path}, {"good", true}} << "\n";
  } else {
    context.out << options.path << ": good\n";
  }
  return kDone;
}

int RunConfigDump(const ConfigOptions& options, Context& context) {
  Config config;
  if (!options.path.empty()) {
    auto loaded = LoadConfig(options.path);
    if (!loaded.ok()) return ReportConfig(loaded.status(), context);
    config = *std::move(loaded);
  }
  context.out << DumpConfig(config);
  return kDone;
}

}  // namespace

void AddConfigCommand(cli::Command program) {
  cli::Command command =
      program.AddCommand("config", "Check a configuration, or print one with comments");
  auto options = std::make_shared<ConfigOptions>();

  cli::Command check =
      command.AddCommand("check", "Say whether a configuration and its key files are good");
  check.AddOption("FILE", options->path, "TOML file").Required();
  AddOutputOption(check, options->output);
  check.Runs(options, RunConfigCheck);

  cli::Command dump = command.AddCommand(
      "dump", "Print all keys with their values: the defaults, or those that FILE sets");
  dump.AddOption("FILE", options->path, "TOML file");
  dump.Runs(options, RunConfigDump);
}

}  // namespace ringfence
