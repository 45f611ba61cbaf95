// A program's command line: commands, what may follow each, and what runs then. No other file knows
// the parser behind it.
//
//   cli::Program program("ringfence", "finds and stops nuisance calls", "ringfence 0.1.0");
//   cli::Command send = program.command().AddCommand("send", "Ship CDR files to a service");
//   auto options = std::make_shared<SendOptions>();
//   send.AddOption("FILE", options->files, "CDR files, - for standard input").Required();
//   send.AddOption("--limit", options->limit, "At most so many").Between(1, 100);
//   send.Runs(options, RunSend);
//   return program.Run(argc, argv, context);
//
// Command and Option are handles: a copy means the same command or option, and both live as long as
// their Program. Not thread-safe. Mistakes of the programmer, such as an option that is there
// already, are exceptions of the parser; mistakes of the user end in Program::Run.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "tools/terminal/context.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace ringfence::cli {

// "--limit" with its value, a flag, or an argument by its place. What is not allowed here is a
// usage error that names the option. Each function returns the option itself.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option Required();
  // Only one of these; the help page lists them.
  Option OneOf(const std::vector<std::string>& values);
  // Bounds included; the help page shows them.
  Option Between(int low, int high);
  Option Between(unsigned low, unsigned high);
  Option Between(double low, double high);
  Option Positive();
  // Whatever else can be said of the value as it was written: not OK tells why it is refused.
  Option Check(std::function<absl::Status(const std::string& value)> check);
  // Only together with, or only without, another option of the command.
  Option Needs(Option other);
  Option Excludes(Option other);
  // Below this heading of the help page.
  Option Group(const std::string& heading);
  // The help page does not show the default.
  Option HideDefault();

  // Whether the user gave it. Known once the command runs.
  bool given() const;

 private:
  CLI::Option* option_;
};

// The program itself or a command of it. Names are as a user writes them: "--limit" for an option,
// "FILE" for an argument by its place. What `value` holds beforehand is the default; it must live
// until Program::Run returns.
class Command {
 public:
  // A command that has commands of its own needs one of them.
  Command AddCommand(const std::string& name, const std::string& help);

  Option AddOption(const std::string& name, std::string& value, const std::string& help);
  // Arguments by their place, all that are left; or an option that may be given again, one value
  // each time.
  Option AddOption(const std::string& name, std::vector<std::string>& value,
                   const std::string& help);
  Option AddOption(const std::string& name, uint32_t& value, const std::string& help);
  Option AddOption(const std::string& name, uint64_t& value, const std::string& help);
  Option AddOption(const std::string& name, double& value, const std::string& help);
  Option AddFlag(const std::string& name, bool& value, const std::string& help);

  // Another paragraph at the end of the help page, and of those of commands that are added later.
  void AddFooter(const std::string& text);

  // What its values must be together, or with the world around: asked once all are read and before
  // the command runs. Not OK tells why they are refused: a usage error. It may be called again.
  using Check = std::function<absl::Status(Context&)>;
  void Checks(Check check);

  // What the command does: it returns the exit code, or a status for Report() to make one of.
  void Runs(std::function<int(Context&)> run);
  template <typename Options>
  void Runs(std::shared_ptr<Options> options,
            int (*run)(const std::type_identity_t<Options>&, Context&)) {
    Runs([options, run](Context& context) { return run(*options, context); });
  }
  template <typename Options>
  void Runs(std::shared_ptr<Options> options,
            absl::Status (*run)(const std::type_identity_t<Options>&, Context&)) {
    Runs([options, run](Context& context) { return Report(run(*options, context), context); });
  }

  std::string name() const;
  std::string path() const;                       // "ringfence whitelist add"
  std::vector<Command> commands() const;          // in the order in which they were added
  std::vector<std::string> option_names() const;  // "--limit", …; no arguments by place

 private:
  friend class Program;
  // What the program keeps of its commands.
  struct Runner {
    std::function<int(Context&)> chosen;  // that of the command which the user gave
    std::map<const CLI::App*, std::vector<Check>> checks;
  };

  Command(CLI::App* app, Runner* runner) : app_(app), runner_(runner) {}

  CLI::App* app_;
  Runner* runner_;  // of the program
};

class Program {
 public:
  Program(const std::string& name, const std::string& description, const std::string& version);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  Command command() { return {app_.get(), &runner_}; }

  // Runs the command that the arguments name and returns its exit code. --help and --version print
  // to context.out: kDone. What can't be understood is told on context.err: kUsage.
  int Run(int argc, const char* const* argv, Context& context);

 private:
  std::unique_ptr<CLI::App> app_;
  Command::Runner runner_;
};

// For what only a command itself can see, such as options that don't fit together: tells it as
// other usage errors are told. Returns kUsage.
int UsageError(std::string_view message, Context& context);

}  // namespace ringfence::cli
