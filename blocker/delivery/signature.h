// Proof that a message is ours and was not changed.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// 64 lower-case hex digits.
absl::StatusOr<std::string> HmacSha256(std::string_view key, std::string_view data);

// The headers of one signed message.
struct Signature {
  std::string timestamp;  // Unix seconds
  std::string value;      // "v1=" and HMAC-SHA256(key, timestamp + "." + body)
};
absl::StatusOr<Signature> Sign(std::string_view key, EventTime now, std::string_view body);

}  // namespace ringfence
