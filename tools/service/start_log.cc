#include "tools/service/start_log.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr char kDisarmed[] = "disarmed";

absl::Status CantBeWritten(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path, ": can't be written"));
}

}  // namespace

absl::StatusOr<bool> StartLog::NoteStart(EventTime now) {
  RF_ASSIGN_OR_RETURN(Content content, Read());
  // What lies in the future was written under another clock.
  std::erase_if(content.starts,
                [&](EventTime start) { return start > now || now - start > kWithin; });
  if (content.starts.size() >= most_) content.disarmed = true;
  content.starts.push_back(now);
  RF_RETURN_IF_ERROR(Write(content));
  return content.disarmed;
}

absl::Status StartLog::NoteStop() {
  RF_ASSIGN_OR_RETURN(Content content, Read());
  content.starts.clear();
  return Write(content);
}

absl::Status StartLog::Reset() { return Write({}); }

absl::StatusOr<bool> StartLog::Disarmed() const {
  RF_ASSIGN_OR_RETURN(const Content content, Read());
  return content.disarmed;
}

absl::StatusOr<StartLog::Content> StartLog::Read() const {
  Content content;
  std::error_code error;
  if (!std::filesystem::exists(path_, error)) return content;
  std::ifstream file(path_, std::ios::binary);
  if (!file) return absl::UnavailableError(absl::StrCat(path_, ": can't be read"));
  std::string line;
  while (std::getline(file, line)) {
    int64_t micros = 0;
    if (line == kDisarmed) {
      content.disarmed = true;
    } else if (absl::SimpleAtoi(line, &micros)) {
      content.starts.push_back(FromUnixMicros(micros));
    }
  }
  return content;
}

absl::Status StartLog::Write(const Content& content) const {
  const std::string temporary = path_ + ".new";
  {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    if (content.disarmed) file << kDisarmed << "\n";
    for (const EventTime start : content.starts) file << ToUnixMicros(start) << "\n";
    if (!file.flush()) return CantBeWritten(temporary);
  }
  if (std::rename(temporary.c_str(), path_.c_str()) != 0) return CantBeWritten(path_);
  return absl::OkStatus();
}

}  // namespace ringfence
