#include "tools/service/handshake_log.h"

#include "absl/strings/str_cat.h"

namespace ringfence {
namespace {

constexpr std::chrono::minutes kEvery{1};

}  // namespace

std::optional<std::string> HandshakeLog::Line(const HandshakeCounters& counters,
                                              std::chrono::steady_clock::time_point now) {
  const uint64_t refused = counters.refused - told_.refused;
  const uint64_t failed = counters.failed - told_.failed;
  const bool nothing = refused == 0 && failed == 0 && counters.list_error.empty();
  if (nothing || (told_at_.has_value() && now - *told_at_ < kEvery)) return std::nullopt;
  std::string line;
  if (refused + failed > 0) {
    line = absl::StrCat("peers not let in: ", refused, " with a key that is not allowed, ", failed,
                        " without a good handshake; the last: ", counters.last_refusal);
  }
  if (!counters.list_error.empty()) {
    absl::StrAppend(&line, line.empty() ? "" : "; ",
                    "the list of allowed keys can't be read, the one before stays in force: ",
                    counters.list_error);
  }
  told_ = counters;
  told_at_ = now;
  return line;
}

}  // namespace ringfence
