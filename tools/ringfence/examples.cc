#include "tools/ringfence/examples.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace ringfence {
namespace {

// What a command's page shows, each line without the "ringfence " in front.
struct Example {
  std::string_view command;
  std::string_view lines;
};

constexpr std::array kExamples = {
    Example{"",
            "demo\n"
            "scan --ledger ledger.csv --whitelist whitelist.csv cdr-2026-11-23.csv.gz\n"
            "generate --rows 1000000 --out city"},
    Example{"action", "action list --state held\naction show 3f0c2c"},
    Example{"action list", "action list --state held\naction list --number 0631-5550100"},
    Example{"action show", "action show 3f0c2c"},
    Example{"action confirm",
            "action confirm 3f0c2c --by wang --note 'loan calls, see WO-20260303-3F0C2C'"},
    Example{"action reverse", "action reverse 3f0c2c --by wang --note 'clinic, called patients'"},
    Example{"action suspend", "action suspend 0631-5550111 --by wang --note 'court order 12'"},
    Example{"action block", "action block +12025550101 --by wang --note 'fraud desk, ticket 7'"},
    Example{"action restore",
            "action restore 0631-5550111 --by li --note 'a clinic'\n"
            "action restore 0631-5550111 --by li --config ringfence.toml --now"},
    Example{"action reset-breaker", "action reset-breaker --by wang"},
    Example{"action rearm",
            "action rearm --by wang --note 'poison record quarantined, see ticket 12'"},
    Example{"audit", "audit verify\naudit show --since 2026-11-24"},
    Example{"audit head", "audit head > /mnt/elsewhere/ringfence-head"},
    Example{"audit show", "audit show --since 2026-11-24\naudit show --full-numbers"},
    Example{"audit verify",
            "audit verify\naudit verify --head $(cat /mnt/elsewhere/ringfence-head)"},
    Example{"config", "config dump > ringfence.toml\nconfig check ringfence.toml"},
    Example{"config check", "config check ringfence.toml"},
    Example{"config dump", "config dump > ringfence.toml\nconfig dump ringfence.toml"},
    Example{"generate",
            "generate --rows 1000000 --out city\n"
            "generate --days 7 --seed 2 --disorder 0.05 --duplicates 0.01 --out week\n"
            "scan --ledger city/ledger.csv --whitelist city/whitelist.csv city/cdr.csv"},
    Example{"keys",
            "keys new service --dir /etc/ringfence\n"
            "keys new msc-01\n"
            "keys allow msc-01 msc-01.pub --list /etc/ringfence/allow"},
    Example{"keys new", "keys new msc-01\nkeys new service --dir /etc/ringfence"},
    Example{"keys allow",
            "keys allow msc-01 msc-01.pub --list /etc/ringfence/allow --note 'since 2026-11'"},
    Example{"keys revoke", "keys revoke msc-01-old.pub --list /etc/ringfence/allow"},
    Example{"keys list", "keys list --list /etc/ringfence/allow"},
    Example{"keys show", "keys show msc-01.key\nkeys show /etc/ringfence/service.pub"},
    Example{"line", "line import ledger.csv\nline list --status suspended\nline show WH-00003"},
    Example{"line import", "line import ledger.csv --dry-run\nline import ledger.csv"},
    Example{"line export", "line export ledger.csv"},
    Example{"line list", "line list --status suspended"},
    Example{"line show", "line show WH-00003\nline show 0631-5550100"},
    Example{"line status", "line status WH-00003 suspended --reason 'contract ended'"},
    Example{"order", "order list\norder assign WO-20260303-3F0C2C --to wang"},
    Example{"order list", "order list\norder list --state assigned --output json"},
    Example{"order show", "order show WO-20260303-3F0C2C"},
    Example{"order assign", "order assign WO-20260303-3F0C2C --to wang"},
    Example{"order return", "order return WO-20260303-3F0C2C --by wang --note 'not my district'"},
    Example{"order verify", "order verify WO-20260303-3F0C2C --by wang --outcome nuisance"},
    Example{"order close", "order close WO-20260303-3F0C2C --by wang"},
    Example{"whitelist",
            "whitelist import whitelist.csv\n"
            "whitelist add 0631-5550100 --reason 'appointment reminders' --requester wang "
            "--approver li\n"
            "whitelist audit"},
    Example{"whitelist add",
            "whitelist add 0631-5550100 --reason 'appointment reminders' --requester wang "
            "--approver li --expires 2027-12-31\n"
            "scan --whitelist ringfence-data/ringfence.db cdr.csv"},
    Example{"whitelist remove", "whitelist remove 0631-5550100 --reason 'contract ended'"},
    Example{"whitelist import",
            "whitelist import whitelist.csv --dry-run\nwhitelist import whitelist.csv"},
    Example{"whitelist export", "whitelist export whitelist.csv"},
    Example{"whitelist list", "whitelist list\nwhitelist list --output json"},
    Example{"whitelist audit", "whitelist audit"},
    Example{"whitelist history", "whitelist history\nwhitelist history 0631-5550100"},
};

std::string FooterOf(std::string_view lines) {
  std::string text = "Examples:";
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    text.append("\n  ringfence ").append(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return text;
}

// `path` without the program's name, which the examples leave out.
void AddBelow(cli::Command command, const std::string& path) {
  const auto* example = std::find_if(kExamples.begin(), kExamples.end(),
                                     [&](const Example& each) { return each.command == path; });
  if (example != kExamples.end()) command.AddFooter(FooterOf(example->lines));
  for (const cli::Command& inner : command.commands()) {
    AddBelow(inner, path.empty() ? inner.name() : path + " " + inner.name());
  }
}

}  // namespace

void AddExamples(cli::Command program) { AddBelow(program, ""); }

}  // namespace ringfence
