// `ringfence keys`: who may send records from other hosts.
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "ingest/json/json_text.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/allow_list.h"
#include "ingest/transport/curve_keys.h"
#include "ingest/transport/wire.h"
#include "tools/ringfence/command.h"
#include "tools/ringfence/options.h"
#include "tools/terminal/table.h"

namespace ringfence {
namespace {

constexpr char kKeysFooter[] =
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

absl::Status CheckName(const std::string& name) {
  if (!name.empty() && name.find('/') == std::string::npos) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", name, "' is no name of a file; the folder goes to --dir"));
}

// What a line of the list can hold beside the key.
absl::Status CheckSource(const std::string& source) {
  const bool word = source.find_first_of(" \t\r\n") == std::string::npos;
  if (word && !source.empty() && !source.starts_with('#') &&
      source.size() <= wire::kMaxSourceBytes) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", source, "' is no source: one word of at most ", wire::kMaxSourceBytes,
                   " bytes that does not begin with #"));
}

absl::Status CheckNote(const std::string& note) {
  if (note.find_first_of("\r\n") == std::string::npos) return absl::OkStatus();
  return absl::InvalidArgumentError("has more than one line");
}

// A public key as such or the file that holds it.
absl::StatusOr<std::string> KeyOrFile(const std::string& text) {
  if (CheckCurveKey(text).ok() && !std::filesystem::exists(text)) return text;
  return ReadPublicKey(text);
}

absl::Status New(const KeysOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const CurveKeyPair keys, MakeCurveKeys());
  RF_RETURN_IF_ERROR(WriteKeyFiles(keys, options.folder, options.name));
  const std::string base = options.folder + "/" + options.name;
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << JsonObject{{"secret", base + ".key"},
                              {"public", base + ".pub"},
                              {"public_key", keys.public_key}}
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
    context.out << JsonObject{{"source", options.source}, {"public_key", key}} << "\n";
  }
  context.err << "'" << options.source << "' may send with the key " << key << "\n";
  return absl::OkStatus();
}

absl::Status Revoke(const KeysOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const std::string key, KeyOrFile(options.file));
  RF_RETURN_IF_ERROR(RevokeKey(options.list, key));
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    context.out << JsonObject{{"revoked", key}} << "\n";
  }
  context.err << "the key " << key
              << " may not send any more; its connections end within a second\n";
  return absl::OkStatus();
}

absl::Status List(const KeysOptions& options, Context& context) {
  RF_ASSIGN_OR_RETURN(const AllowList list, AllowList::Load(options.list));
  if (ChooseOutput(options.output, context) == OutputFormat::kJson) {
    for (const AllowedKey& key : list.keys()) {
      context.out << JsonObject{{"source", key.source},
                                {"public_key", key.public_key},
                                {"note", key.note}}
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
    context.out << JsonObject{{"file", options.file}, {"public_key", key}} << "\n";
  } else {
    context.out << key << "\n";
  }
  return absl::OkStatus();
}

cli::Command AddVerb(cli::Command keys, const char* name, const char* help,
                     const std::shared_ptr<KeysOptions>& options,
                     absl::Status (*run)(const KeysOptions&, Context&)) {
  cli::Command command = keys.AddCommand(name, help);
  command.Runs(options, run);
  return command;
}

void AddAllowListOption(cli::Command command, KeysOptions& options) {
  command.AddOption("--list", options.list, "File of the keys that may send: input.curve_allow")
      .Required();
}

}  // namespace

void AddKeysCommand(cli::Command program) {
  auto options = std::make_shared<KeysOptions>();
  cli::Command keys = program.AddCommand("keys", "Make keys, and say which of them may send");
  keys.AddFooter(kKeysFooter);

  cli::Command make = AddVerb(keys, "new", "Make NAME.key (secret) and NAME.pub", options, New);
  make.AddOption("NAME", options->name, "Such as the source: msc-01").Required().Check(CheckName);
  make.AddOption("--dir", options->folder, "Folder of the files");
  AddOutputOption(make, options->output);

  cli::Command allow = AddVerb(keys, "allow", "Let a key send as a source", options, Allow);
  allow.AddOption("SOURCE", options->source, "As in `ringfence send --source`")
      .Required()
      .Check(CheckSource);
  allow.AddOption("PUBFILE", options->file, "File of the public key, or the key").Required();
  allow.AddOption("--note", options->note, "Kept in the list: who, since when").Check(CheckNote);
  AddAllowListOption(allow, *options);
  AddOutputOption(allow, options->output);

  cli::Command revoke = AddVerb(keys, "revoke", "End what a key may do", options, Revoke);
  revoke.AddOption("PUBFILE", options->file, "File of the public key, or the key").Required();
  AddAllowListOption(revoke, *options);
  AddOutputOption(revoke, options->output);

  cli::Command list = AddVerb(keys, "list", "Keys that may send", options, List);
  AddAllowListOption(list, *options);
  AddOutputOption(list, options->output);

  cli::Command show = AddVerb(keys, "show", "The public key of a file", options, Show);
  show.AddOption("FILE", options->file, "NAME.pub, or NAME.key for the public key of it")
      .Required();
  AddOutputOption(show, options->output);
}

}  // namespace ringfence
