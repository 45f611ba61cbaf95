// One HTTP request to a server on this machine. Internal to blocker/delivery.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace ringfence {

struct HttpTarget {
  std::string host;  // 127.a.b.c or ::1
  uint16_t port = 0;
  std::string path;  // "/actions"
};

// "http://127.0.0.1:8700/actions". InvalidArgument for what is no such URL; FailedPrecondition for
// a host that is not this machine, written out as a number: plain HTTP goes no further.
absl::StatusOr<HttpTarget> ParseHttpTarget(std::string_view url);

struct HttpAnswer {
  unsigned status = 0;
  std::string body;
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// What a server's bytes say, when they come in pieces of at most `piece` (1 at least) and the
// connection then ends: what HttpPost makes of them. Unavailable for what is no whole answer.
absl::StatusOr<HttpAnswer> ReadHttpAnswer(std::string_view bytes, size_t piece);

// Posts JSON. `timeout` bounds the whole exchange, and `stop` ends it early. Errors: Unavailable,
// DeadlineExceeded; the request may have been carried out. A body beyond kMaxAnswerBytes is an
// error.
absl::StatusOr<HttpAnswer> HttpPost(const HttpTarget& target, const HttpHeaders& headers,
                                    const std::string& body, std::chrono::milliseconds timeout,
                                    const std::function<bool()>& stop);

}  // namespace ringfence
