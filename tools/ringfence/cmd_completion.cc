#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "tools/ringfence/command.h"

namespace ringfence {
namespace {

struct CommandWords {
  std::string path;  // "ringfence whitelist"
  std::vector<std::string> options;
  std::vector<std::string> subcommands;
};

// The command and all below it, each with what may follow it.
void Collect(const cli::Command& command, std::vector<CommandWords>& all) {
  CommandWords words{.path = command.path(), .options = command.option_names(), .subcommands = {}};
  for (const cli::Command& inner : command.commands()) words.subcommands.push_back(inner.name());
  all.push_back(std::move(words));
  for (const cli::Command& inner : command.commands()) Collect(inner, all);
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// Offers subcommands, then options after a dash, else files.
void PrintBash(const std::vector<CommandWords>& all, std::ostream& out) {
  out << "_ringfence() {\n"
         "  local path=ringfence word i words=\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    word=${COMP_WORDS[i]}\n"
         "    case \"$path $word\" in\n";
  for (const CommandWords& words : all) {
    if (words.path != "ringfence")
      out << "      '" << words.path << "') path='" << words.path << "' ;;\n";
  }
  out << "    esac\n  done\n  case \"$path:${COMP_WORDS[COMP_CWORD]}\" in\n";
  for (const CommandWords& words : all) {
    out << "    '" << words.path << ":-'*) words='" << Joined(words.options) << "' ;;\n";
    if (!words.subcommands.empty()) {
      out << "    '" << words.path << ":'*) words='" << Joined(words.subcommands) << "' ;;\n";
    }
  }
  out << "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "complete -o default -F _ringfence ringfence\n";
}

}  // namespace

void AddCompletionCommand(cli::Command program) {
  cli::Command command = program.AddCommand("completion", "Print shell completion");
  command.AddFooter("Example:\n  ringfence completion bash > /etc/bash_completion.d/ringfence");
  auto shell = std::make_shared<std::string>();
  command.AddOption("SHELL", *shell, "bash (zsh reads it after bashcompinit)")
      .Required()
      .OneOf({"bash"});
  command.Runs([program, shell](Context& context) {
    std::vector<CommandWords> all;
    Collect(program, all);
    PrintBash(all, context.out);
    return kDone;
  });
}

}  // namespace ringfence
