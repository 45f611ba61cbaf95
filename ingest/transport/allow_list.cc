#include "ingest/transport/allow_list.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/curve_keys.h"
#include "ingest/transport/wire.h"

namespace ringfence {
namespace {

constexpr std::string_view kHead =
    "# Keys that may send records to ringfence: public key, source. `ringfence keys --help`\n";

// A key may hold a '#': the comment begins with one behind white space, or at the line's start.
std::string_view WithoutComment(std::string_view line, std::string& note) {
  for (size_t i = 0; i < line.size(); ++i) {
    const bool begins = line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t');
    // A line that begins with a key keeps it, whatever its characters.
    if (!begins || (i == 0 && CheckCurveKey(line.substr(0, line.find_first_of(" \t"))).ok())) {
      continue;
    }
    note = ToStd(absl::StripAsciiWhitespace(ToAbsl(line.substr(i + 1))));
    return line.substr(0, i);
  }
  return line;
}

// Nothing but a comment: neither key nor source.
absl::StatusOr<AllowedKey> ParseLine(std::string_view line) {
  AllowedKey key;
  const std::string_view words = WithoutComment(line, key.note);
  const std::vector<std::string> parts =
      absl::StrSplit(ToAbsl(words), absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
  if (parts.empty()) return key;
  if (parts.size() != 2) {
    return absl::InvalidArgumentError("a line is a public key, a space, and a source");
  }
  RF_RETURN_IF_ERROR(CheckCurveKey(parts[0]));
  if (parts[1].size() > wire::kMaxSourceBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the source has more than ", wire::kMaxSourceBytes, " bytes"));
  }
  key.public_key = parts[0];
  key.source = parts[1];
  return key;
}

absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(
        absl::StrCat(path, ": the list of allowed keys can't be read: ", std::strerror(errno)));
  }
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

absl::Status Replace(const std::string& path, const std::string& text) {
  const std::string next = path + ".new";
  {
    std::ofstream file(next, std::ios::binary | std::ios::trunc);
    file << text;
    if (!file.flush()) return absl::UnavailableError(absl::StrCat(next, ": can't be written"));
  }
  // Whoever may write it may let anyone in.
  if (chmod(next.c_str(), 0644) != 0 || std::rename(next.c_str(), path.c_str()) != 0) {
    return absl::UnavailableError(
        absl::StrCat(path, ": can't be replaced: ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AllowList> AllowList::Parse(std::string_view text) {
  AllowList list;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(ToAbsl(text), '\n')) {
    ++number;
    absl::StatusOr<AllowedKey> key = ParseLine(ToStd(line));
    if (!key.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", key.status().message()));
    }
    if (key->public_key.empty()) continue;
    if (!list.by_key_.emplace(key->public_key, list.keys_.size()).second) {
      return absl::InvalidArgumentError(absl::StrCat("line ", number, ": this key stands twice"));
    }
    list.keys_.push_back(*std::move(key));
  }
  return list;
}

absl::StatusOr<AllowList> AllowList::Load(const std::string& path) {
  struct stat about {};
  if (stat(path.c_str(), &about) == 0 && (about.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, ": group or others may write this list, and so let anyone in; run: chmod go-w ",
        path));
  }
  RF_ASSIGN_OR_RETURN(const std::string text, ReadText(path));
  absl::StatusOr<AllowList> list = Parse(text);
  if (list.ok()) return list;
  return absl::InvalidArgumentError(absl::StrCat(path, ", ", list.status().message()));
}

std::string_view AllowList::SourceOf(std::string_view public_key) const {
  const auto found = by_key_.find(std::string(public_key));
  return found == by_key_.end() ? std::string_view() : keys_[found->second].source;
}

absl::Status AllowKey(const std::string& path, const AllowedKey& key) {
  RF_RETURN_IF_ERROR(CheckCurveKey(key.public_key));
  std::string text(kHead);
  if (std::filesystem::exists(path)) {
    RF_ASSIGN_OR_RETURN(const AllowList before, AllowList::Load(path));
    if (!before.SourceOf(key.public_key).empty()) {
      return absl::AlreadyExistsError(absl::StrCat(path, ": this key may send already, as '",
                                                   ToAbsl(before.SourceOf(key.public_key)), "'"));
    }
    RF_ASSIGN_OR_RETURN(text, ReadText(path));
    if (!text.empty() && !text.ends_with('\n')) text.push_back('\n');
  }
  absl::StrAppend(&text, key.public_key, " ", key.source,
                  key.note.empty() ? "" : absl::StrCat("   # ", key.note), "\n");
  RF_RETURN_IF_ERROR(AllowList::Parse(text).status());
  return Replace(path, text);
}

absl::Status RevokeKey(const std::string& path, std::string_view public_key) {
  RF_RETURN_IF_ERROR(AllowList::Load(path).status());
  RF_ASSIGN_OR_RETURN(const std::string text, ReadText(path));
  std::string kept;
  bool found = false;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    RF_ASSIGN_OR_RETURN(const AllowedKey key, ParseLine(ToStd(line)));
    if (key.public_key == public_key) {
      found = true;
    } else {
      absl::StrAppend(&kept, line, "\n");
    }
  }
  if (!found) return absl::NotFoundError(absl::StrCat(path, ": this key is not in the list"));
  kept.pop_back();  // the line feed behind what follows the last one
  return Replace(path, kept);
}

std::string FileStamp(const std::string& path) {
  struct stat about {};
  if (stat(path.c_str(), &about) != 0) return "";
  return absl::StrCat(about.st_ino, "/", about.st_size, "/", about.st_mtim.tv_sec, "/",
                      about.st_mtim.tv_nsec, "/", about.st_mode);
}

}  // namespace ringfence
