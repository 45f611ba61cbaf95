// ringfence: finds and stops nuisance calls. See `ringfence --help`.

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "tools/ringfence/command.h"
#include "tools/ringfence/examples.h"

namespace ringfence {
namespace {

// CLI11 says "A subcommand is required" even when one was given that does not exist.
int ReportMissing(const CLI::App& program, const CLI::RequiredError& error, Context& context) {
  const CLI::App* command = &program;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  const std::vector<std::string> unknown = program.remaining(/*recurse=*/true);
  if (command->get_require_subcommand_min() == 0 || unknown.empty()) {
    program.exit(error, context.out, context.err);
    return kUsage;
  }
  context.err << "'" << unknown.front() << "' is no subcommand of '" << PathOf(*command)
              << "'; there are:";
  for (const CLI::App* known : command->get_subcommands([](const CLI::App*) { return true; })) {
    context.err << " " << known->get_name();
  }
  context.err << "\nRun with --help for more information.\n";
  return kUsage;
}

int Run(int argc, char** argv) {
  Context context = ProcessContext();
  CLI::App program{"ringfence finds and stops nuisance calls in a stream of call detail records."};
  program.name("ringfence");
  program.set_version_flag("--version", "ringfence 0.1.0");
  program.require_subcommand(1);
  AddActionCommand(program, context);
  AddAuditCommand(program, context);
  AddCheckCommand(program, context);
  AddCompletionCommand(program, context);
  AddConfigCommand(program, context);
  AddDemoCommand(program, context);
  AddDoctorCommand(program, context);
  AddGenerateCommand(program, context);
  AddKeysCommand(program, context);
  AddLineCommand(program, context);
  AddOrderCommand(program, context);
  AddRunCommand(program, context);
  AddScanCommand(program, context);
  AddSendCommand(program, context);
  AddWhitelistCommand(program, context);
  AddExamples(program);
  try {
    program.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    return ReportMissing(program, error, context);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? kDone : kUsage;
  }
  return context.exit_code;
}

}  // namespace
}  // namespace ringfence

int main(int argc, char** argv) {
  try {
    return ringfence::Run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "ringfence: " << error.what() << "\n";
    return ringfence::kFailed;
  }
}
