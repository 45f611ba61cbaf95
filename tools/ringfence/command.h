// The subcommands of `ringfence`. Each function adds one to the command line, with what it does
// when the user calls it.
//
// A new one: write cmd_<name>.cc, declare it here, call it in main.cc, list it in CMakeLists.txt:
//
//   void AddSendCommand(cli::Command program) {
//     auto options = std::make_shared<SendOptions>();
//     cli::Command command = program.AddCommand("send", "Ship CDR files to a service");
//     command.AddOption("FILE", options->files, "CDR files, - for standard input").Required();
//     AddOutputOption(command, options->output);
//     command.Runs(options, RunSend);
//   }
//
// What a parser can check (range, one of) it checks there: exit code 2. What goes wrong while
// running is a status: exit code 1.
#pragma once

#include "tools/terminal/command_line.h"

namespace ringfence {

void AddActionCommand(cli::Command program);
void AddAuditCommand(cli::Command program);
void AddCheckCommand(cli::Command program);
void AddCompletionCommand(cli::Command program);
void AddConfigCommand(cli::Command program);
void AddDemoCommand(cli::Command program);
void AddDoctorCommand(cli::Command program);
void AddGenerateCommand(cli::Command program);
void AddKeysCommand(cli::Command program);
void AddLineCommand(cli::Command program);
void AddOrderCommand(cli::Command program);
void AddRunCommand(cli::Command program);
void AddScanCommand(cli::Command program);
void AddSendCommand(cli::Command program);
void AddWhitelistCommand(cli::Command program);

}  // namespace ringfence
