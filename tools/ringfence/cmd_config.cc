#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "tools/config/config.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/options.h"

namespace ringfence {
namespace {

int ReportConfig(const absl::Status& status, Context& context) {
  return Report(status, context) == kDone ? kDone : kBadConfiguration;
}

int RunCheck(const std::string& path, const std::string& output, Context& context) {
  const auto config = LoadConfig(path);
  if (!config.ok()) return ReportConfig(config.status(), context);
  if (ChooseOutput(output, context) == OutputFormat::kJson) {
    context.out << nlohmann::ordered_json({{"file", path}, {"good", true}}).dump() << "\n";
  } else {
    context.out << path << ": good\n";
  }
  return kDone;
}

int RunDump(const std::string& path, Context& context) {
  Config config;
  if (!path.empty()) {
    auto loaded = LoadConfig(path);
    if (!loaded.ok()) return ReportConfig(loaded.status(), context);
    config = *std::move(loaded);
  }
  context.out << DumpConfig(config);
  return kDone;
}

}  // namespace

void AddConfigCommand(CLI::App& program, Context& context) {
  CLI::App* command =
      program.add_subcommand("config", "Check a configuration, or print one with comments");
  command->require_subcommand(1);
  auto path = std::make_shared<std::string>();

  CLI::App* check = command->add_subcommand("check", "Say whether a configuration file is good");
  check->add_option("FILE", *path, "TOML file")->required();
  auto output = std::make_shared<std::string>();
  AddOutputOption(*check, *output);
  check->callback(
      [path, output, &context] { context.exit_code = RunCheck(*path, *output, context); });

  CLI::App* dump = command->add_subcommand(
      "dump", "Print all keys with their values: the defaults, or those that FILE sets");
  dump->add_option("FILE", *path, "TOML file");
  dump->callback([path, &context] { context.exit_code = RunDump(*path, context); });
}

}  // namespace ringfence
