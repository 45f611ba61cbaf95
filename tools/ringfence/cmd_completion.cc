#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "tools/ringfence/command.h"

namespace ringfence {
namespace {

struct Words {
  std::string path;  // "ringfence whitelist"
  std::vector<std::string> options;
  std::vector<std::string> subcommands;
};

// All commands below `app`, each with what may follow it.
void Collect(const CLI::App& app, const std::string& path, std::vector<Words>& all) {
  Words words{.path = path, .options = {}, .subcommands = {}};
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words.options.push_back("--" + name);
  }
  for (const CLI::App* inner : app.get_subcommands([](const CLI::App*) { return true; })) {
    words.subcommands.push_back(inner->get_name());
  }
  all.push_back(words);
  for (const CLI::App* inner : app.get_subcommands([](const CLI::App*) { return true; })) {
    Collect(*inner, path + " " + inner->get_name(), all);
  }
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// Offers subcommands, then options after a dash, else files.
void PrintBash(const std::vector<Words>& all, std::ostream& out) {
  out << "_ringfence() {\n"
         "  local path=ringfence word i words=\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    word=${COMP_WORDS[i]}\n"
         "    case \"$path $word\" in\n";
  for (const Words& words : all) {
    if (words.path != "ringfence")
      out << "      '" << words.path << "') path='" << words.path << "' ;;\n";
  }
  out << "    esac\n  done\n  case \"$path:${COMP_WORDS[COMP_CWORD]}\" in\n";
  for (const Words& words : all) {
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

void AddCompletionCommand(CLI::App& program, Context& context) {
  CLI::App* command = program.add_subcommand("completion", "Print shell completion");
  command->footer("Example:\n  ringfence completion bash > /etc/bash_completion.d/ringfence");
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash (zsh reads it after bashcompinit)")
      ->required()
      ->check(CLI::IsMember({"bash"}));
  command->callback([&program, shell, &context] {
    std::vector<Words> all;
    Collect(program, "ringfence", all);
    PrintBash(all, context.out);
  });
}

}  // namespace ringfence
