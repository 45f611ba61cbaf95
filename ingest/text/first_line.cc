#include "ingest/text/first_line.h"

#include <optional>
#include <string_view>

#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

constexpr size_t kStepBytes = 4 * 1024;
constexpr size_t kFirstLineWithin = 1024 * 1024;

// The line, unless there is nothing on it.
std::optional<std::string> Content(std::string_view line) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return std::nullopt;
  return std::string(line);
}

}  // namespace

absl::StatusOr<std::string> ReadFirstLine(ByteStream& input, std::string& text) {
  std::string buffer(kStepBytes, '\0');
  size_t begin = 0;
  for (bool more = true; more;) {
    for (size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      if (auto line = Content(std::string_view(text).substr(begin, end - begin))) return *line;
    }
    if (text.size() > kFirstLineWithin) break;
    RF_ASSIGN_OR_RETURN(const size_t count, input.Read(buffer.data(), buffer.size()));
    text.append(buffer, 0, count);
    more = count > 0;
  }
  return Content(std::string_view(text).substr(begin)).value_or("");
}

}  // namespace ringfence
