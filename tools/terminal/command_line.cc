#include "tools/terminal/command_line.h"

#include <CLI/CLI.hpp>
#include <ostream>
#include <utility>

#include "ingest/model/absl_bridge.h"

namespace ringfence::cli {
namespace {

// Shows the default where there is one: a list or text may be empty.
template <typename Value>
Option Add(CLI::App& app, const std::string& name, Value& value, const std::string& help) {
  CLI::Option* option = app.add_option(name, value, help);
  if constexpr (std::is_arithmetic_v<Value>) {
    option->capture_default_str();
  } else if (!value.empty()) {
    option->capture_default_str();
  }
  return Option(option);
}

std::vector<CLI::App*> CommandsOf(CLI::App& app) {
  return app.get_subcommands([](CLI::App*) { return true; });
}

std::string PathOf(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? app.get_name() : PathOf(*parent) + " " + app.get_name();
}

// CLI11 says "A subcommand is required" even when one was given that does not exist.
int ReportMissing(CLI::App& program, const CLI::RequiredError& error, Context& context) {
  CLI::App* command = &program;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  const std::vector<std::string> unknown = program.remaining(/*recurse=*/true);
  if (command->get_require_subcommand_min() == 0 || unknown.empty()) {
    return UsageError(error.what(), context);
  }
  std::string message =
      "'" + unknown.front() + "' is no subcommand of '" + PathOf(*command) + "'; there are:";
  for (const CLI::App* known : CommandsOf(*command)) message += " " + known->get_name();
  return UsageError(message, context);
}

}  // namespace

Option Option::Required() {
  option_->required();
  return *this;
}

Option Option::OneOf(const std::vector<std::string>& values) {
  option_->check(CLI::IsMember(values));
  return *this;
}

Option Option::Between(int low, int high) {
  option_->check(CLI::Range(low, high));
  return *this;
}

Option Option::Between(unsigned low, unsigned high) {
  option_->check(CLI::Range(low, high));
  return *this;
}

Option Option::Between(double low, double high) {
  option_->check(CLI::Range(low, high));
  return *this;
}

Option Option::Positive() {
  option_->check(CLI::PositiveNumber);
  return *this;
}

Option Option::Check(std::function<absl::Status(const std::string& value)> check) {
  // The parser wants a reason, empty for none.
  option_->check([check = std::move(check)](const std::string& value) {
    const absl::Status status = check(value);
    return status.ok() ? std::string() : std::string(ToStd(status.message()));
  });
  return *this;
}

Option Option::Needs(Option other) {
  option_->needs(other.option_);
  return *this;
}

Option Option::Excludes(Option other) {
  option_->excludes(other.option_);
  return *this;
}

Option Option::Group(const std::string& heading) {
  option_->group(heading);
  return *this;
}

Option Option::HideDefault() {
  option_->default_str("");
  return *this;
}

bool Option::given() const { return option_->count() > 0; }

Command Command::AddCommand(const std::string& name, const std::string& help) {
  app_->require_subcommand(1);
  return {app_->add_subcommand(name, help), runner_};
}

Option Command::AddOption(const std::string& name, std::string& value, const std::string& help) {
  return Add(*app_, name, value, help);
}

Option Command::AddOption(const std::string& name, std::vector<std::string>& value,
                          const std::string& help) {
  CLI::Option* const option = app_->add_option(name, value, help);
  // Else the first one would take the arguments behind its value, too.
  if (name.starts_with("--")) option->allow_extra_args(false);
  return Option(option);
}

Option Command::AddOption(const std::string& name, uint32_t& value, const std::string& help) {
  return Add(*app_, name, value, help);
}

Option Command::AddOption(const std::string& name, uint64_t& value, const std::string& help) {
  return Add(*app_, name, value, help);
}

Option Command::AddOption(const std::string& name, double& value, const std::string& help) {
  return Add(*app_, name, value, help);
}

Option Command::AddFlag(const std::string& name, bool& value, const std::string& help) {
  return Option(app_->add_flag(name, value, help));
}

void Command::AddFooter(const std::string& text) {
  const std::string footer = app_->get_footer();
  app_->footer(footer.empty() ? text : footer + "\n\n" + text);
}

void Command::Runs(std::function<int(Context&)> run) {
  app_->callback([app = app_, runner = runner_, run = std::move(run)] {
    runner->chosen = [app, runner, run](Context& context) {
      for (const Check& check : runner->checks[app]) {
        const absl::Status status = check(context);
        if (!status.ok()) return UsageError(ToStd(status.message()), context);
      }
      return run(context);
    };
  });
}

void Command::Checks(Check check) { runner_->checks[app_].push_back(std::move(check)); }

std::string Command::name() const { return app_->get_name(); }

std::string Command::path() const { return PathOf(*app_); }

std::vector<Command> Command::commands() const {
  std::vector<Command> commands;
  for (CLI::App* app : CommandsOf(*app_)) commands.push_back({app, runner_});
  return commands;
}

std::vector<std::string> Command::option_names() const {
  std::vector<std::string> names;
  for (const CLI::Option* option : std::as_const(*app_).get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

Program::Program(const std::string& name, const std::string& description,
                 const std::string& version)
    : app_(std::make_unique<CLI::App>(description)),
      runner_{.chosen = [](Context&) { return kDone; }, .checks = {}} {
  app_->name(name);
  app_->set_version_flag("--version", version);
}

Program::~Program() = default;

int Program::Run(int argc, const char* const* argv, Context& context) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    return ReportMissing(*app_, error, context);
  } catch (const CLI::ParseError& error) {
    return app_->exit(error, context.out, context.err) == 0 ? kDone : kUsage;
  }
  return runner_.chosen(context);
}

int UsageError(std::string_view message, Context& context) {
  context.err << message << "\nRun with --help for more information.\n";
  return kUsage;
}

}  // namespace ringfence::cli
