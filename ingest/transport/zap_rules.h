// Who gets through the CURVE handshake: ZeroMQ's authentication protocol (RFC 27) without its
// socket.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/transport/allow_list.h"

namespace ringfence {

inline constexpr std::string_view kZapDomain = "ringfence";

struct ZapAnswer {
  bool allowed = false;
  std::string why;         // of a refusal, for the log: who and why
  std::string public_key;  // Z85, when allowed; becomes the connection's User-Id
};

// `request`: the frames behind the envelope: version, request id, domain, address, routing id,
// mechanism, credentials. Anything but a known key with CURVE in our domain is refused.
ZapAnswer JudgeHandshake(const std::vector<std::string>& request, const AllowList& list);

// The frames of the reply; empty when the request has not even an id to answer to.
std::vector<std::string> ZapReply(const std::vector<std::string>& request, const ZapAnswer& answer);

}  // namespace ringfence
