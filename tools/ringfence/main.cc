// ringfence: finds and stops nuisance calls. See `ringfence --help`.

#include <exception>
#include <iostream>

#include "tools/ringfence/command.h"
#include "tools/ringfence/examples.h"

namespace ringfence {
namespace {

int RunProgram(int argc, char** argv) {
  Context context = ProcessContext();
  cli::Program program(
      "ringfence", "ringfence finds and stops nuisance calls in a stream of call detail records.",
      "ringfence 0.1.0");
  const cli::Command ringfence = program.command();
  AddActionCommand(ringfence);
  AddAuditCommand(ringfence);
  AddCheckCommand(ringfence);
  AddCompletionCommand(ringfence);
  AddConfigCommand(ringfence);
  AddDemoCommand(ringfence);
  AddDoctorCommand(ringfence);
  AddGenerateCommand(ringfence);
  AddKeysCommand(ringfence);
  AddLineCommand(ringfence);
  AddOrderCommand(ringfence);
  AddRunCommand(ringfence);
  AddScanCommand(ringfence);
  AddSendCommand(ringfence);
  AddWhitelistCommand(ringfence);
  AddExamples(ringfence);
  return program.Run(argc, argv, context);
}

}  // namespace
}  // namespace ringfence

int main(int argc, char** argv) {
  try {
    return ringfence::RunProgram(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "ringfence: " << error.what() << "\n";
    return ringfence::kFailed;
  }
}
