// The subcommands of `ringfence`. Each function adds one to the command line; when the user calls
// it, its callback runs and leaves the exit code in context.exit_code.
//
// A new one: write cmd_<name>.cc, declare it here, call it in main.cc, list it in CMakeLists.txt:
//
//   void AddSendCommand(CLI::App& program, Context& context) {
//     auto options = std::make_shared<SendOptions>();
//     CLI::App* command = program.add_subcommand("send", "Ship CDR files to a service");
//     command->add_option("FILE", options->files, "CDR files, - for standard input")->required();
//     AddOutputOption(*command, options->output);
//     command->callback([options, &context] { context.exit_code = RunSend(*options, context); });
//   }
//
// What a parser can check (range, one of) it checks there: exit code 2. What goes wrong while
// running is a Status given to Report(): exit code 1. `context` outlives the program's parsing and
// running.
#pragma once

#include "tools/terminal/context.h"

namespace CLI {
class App;
}

namespace ringfence {

void AddActionCommand(CLI::App& program, Context& context);
void AddAuditCommand(CLI::App& program, Context& context);
void AddCheckCommand(CLI::App& program, Context& context);
void AddCompletionCommand(CLI::App& program, Context& context);
void AddConfigCommand(CLI::App& program, Context& context);
void AddDemoCommand(CLI::App& program, Context& context);
void AddDoctorCommand(CLI::App& program, Context& context);
void AddGenerateCommand(CLI::App& program, Context& context);
void AddKeysCommand(CLI::App& program, Context& context);
void AddLineCommand(CLI::App& program, Context& context);
void AddOrderCommand(CLI::App& program, Context& context);
void AddRunCommand(CLI::App& program, Context& context);
void AddScanCommand(CLI::App& program, Context& context);
void AddSendCommand(CLI::App& program, Context& context);
void AddWhitelistCommand(CLI::App& program, Context& context);

}  // namespace ringfence
