// ringfence: finds and stops nuisance calls. See `ringfence --help`.

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "tools/ringfence/command.h"

namespace ringfence {
namespace {

int Run(int argc, char** argv) {
  Context context = ProcessContext();
  CLI::App program{"ringfence finds and stops nuisance calls in a stream of call detail records."};
  program.name("ringfence");
  program.set_version_flag("--version", "ringfence 0.1.0");
  program.require_subcommand(1);
  AddActionCommand(program, context);
  AddCheckCommand(program, context);
  AddCompletionCommand(program, context);
  AddConfigCommand(program, context);
  AddDemoCommand(program, context);
  AddDoctorCommand(program, context);
  AddGenerateCommand(program, context);
  AddLineCommand(program, context);
  AddOrderCommand(program, context);
  AddRunCommand(program, context);
  AddScanCommand(program, context);
  AddSendCommand(program, context);
  AddWhitelistCommand(program, context);
  try {
    program.parse(argc, argv);
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
