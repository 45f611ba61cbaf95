// `ringfence keys`: who may send records from other hosts.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/allow_list.h"
#include "ingest/transport/curve_keys.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/options.h"
#include "tools/terminal/table.h"

namespace ringfence {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kHelp[] =
    "Records from another host need CURVE keys on both sides. NAME.key is secret and never leaves\n"
    "its host; NAME.pub may be shown to anyone. The service has a list of the public keys that "
    "may\n"
    "send, each for one source, and reads it again when it changes.";

struct KeysOptions {
  std::string name;
  std::string folder = ".";
  std::string source;
  std::string file;
  std::string list;
  std::string note;
  std::string output;
};

// A public key as such or the file that holds it.
absl::StatusOr<std::string> KeyOrFile(const std::string& text) {
  if (CheckCurveKey(text).ok() && !std::filesystem::exists(text)) return text;
  return ReadPublicKey(text);
}

absl::Status New(const KeysOptions& options, Context& context) {
  if (options.name.empty() || options.name.find('/') != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", options.name, "' is no name of a file; the folder goes to --dir"));
  }
  RF_ASSIGN_OR_RETURN(const CurveKeyPair keys, MakeCurveKeys());
  RF_RETURN_IF_ERROR(WriteKeyFiles(keys, options.folder, options.name));
  const std::string base = options.folder + "/" + options.name;
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << Json{{"secret", base + ".key"},
                        {"public", base + ".pub"},
                        {"public_key", keys.public_key}}
                       .dump()
                << "\n";
  } else {
    context.out << base << ".key   secret: stays on the host that uses it\n"
                << base << ".pub   public: " << keys.public_key << "\n";
  }
  return absl::OkStatus();
}

absl::Status Allow(const KeysOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const std::string key, KeyOrFile(options.file));
  RF_RETURN_IF_ERROR(AllowKey(options.list, {key, options.source, options.note}));
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << Json{{"source", options.source}, {"public_key", key}}.dump() << "\n";
  }
  context.err << "'" << options.source << "' may send with the key " << key << "\n";
  return absl::OkStatus();
}

absl::Status Revoke(const KeysOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const std::string key, KeyOrFile(options.file));
  RF_RETURN_IF_ERROR(RevokeKey(options.list, key));
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << Json{{"revoked", key}}.dump() << "\n";
  }
  context.err << "the key " << key
              << " may not send any more; its connections end within a second\n";
  return absl::OkStatus();
}

absl::Status List(const KeysOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const AllowList list, AllowList::Load(options.list));
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    for (const AllowedKey& key : list.keys()) {
      context.out
          << Json{{"source", key.source}, {"public_key", key.public_key}, {"note", key.note}}.dump(
                 -1, ' ', false, Json::error_handler_t::replace)
          << "\n";
    }
    return absl::OkStatus();
  }
  Table table({{"Source", Table::Align::kLeft},
               {"Public key", Table::Align::kLeft},
               {"Note", Table::Align::kLeft, true}});
  for (const AllowedKey& key : list.keys()) table.AddRow({key.source, key.public_key, key.note});
  table.Print(context.out, context.width);
  return absl::OkStatus();
}

// The public key of a secret or of a public file.
absl::Status Show(const KeysOptions& options, Context& context) {
  std::string key;
  if (options.file.ends_with(".key")) {
    RF_ASSIGN_OR_RETURN(const std::string secret, ReadSecretKey(options.file));
    RF_ASSIGN_OR_RETURN(key, PublicCurveKey(secret));
  } else {
    RF_ASSIGN_OR_RETURN(key, ReadPublicKey(options.file));
  }
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << Json{{"file", options.file}, {"public_key", key}}.dump() << "\n";
  } else {
    context.out << key << "\n";
  }
  return absl::OkStatus();
}

using Action = absl::Status (*)(const KeysOptions&, Context&);

CLI::App* Add(CLI::App& keys, const char* name, const char* help, Action action,
              const std::shared_ptr<KeysOptions>& options, Context& context) {
  CLI::App* command = keys.add_subcommand(name, help);
  command->callback([options, action, &context] {
    context.exit_code = Report(action(*options, context), context);
  });
  return command;
}

void AddList(CLI::App& command, KeysOptions& options) {
  command.add_option("--list", options.list, "File of the keys that may send: input.curve_allow")
      ->required();
}

}  // namespace

void AddKeysCommand(CLI::App& program, Context& context) {
  auto options = std::make_shared<KeysOptions>();
  CLI::App* keys = program.add_subcommand("keys", "Make keys, and say which of them may send");
  keys->footer(kHelp);
  keys->require_subcommand(1);

  CLI::App* make = Add(*keys, "new", "Make NAME.key (secret) and NAME.pub", New, options, context);
  make->add_option("NAME", options->name, "Such as the source: msc-01")->required();
  make->add_option("--dir", options->folder, "Folder of the files")->capture_default_str();
  AddOutputOption(*make, options->output);

  CLI::App* allow = Add(*keys, "allow", "Let a key send as a source", Allow, options, context);
  allow->add_option("SOURCE", options->source, "As in `ringfence send --source`")->required();
  allow->add_option("PUBFILE", options->file, "File of the public key, or the key")->required();
  allow->add_option("--note", options->note, "Kept in the list: who, since when");
  AddList(*allow, *options);
  AddOutputOption(*allow, options->output);

  CLI::App* revoke = Add(*keys, "revoke", "End what a key may do", Revoke, options, context);
  revoke->add_option("PUBFILE", options->file, "File of the public key, or the key")->required();
  AddList(*revoke, *options);
  AddOutputOption(*revoke, options->output);

  CLI::App* list = Add(*keys, "list", "Keys that may send", List, options, context);
  AddList(*list, *options);
  AddOutputOption(*list, options->output);

  CLI::App* show = Add(*keys, "show", "The public key of a file", Show, options, context);
  show->add_option("FILE", options->file, "NAME.pub, or NAME.key for the public key of it")
      ->required();
  AddOutputOption(*show, options->output);
}

}  // namespace ringfence
