// Addresses of receivers, and who can reach them.
#pragma once

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ringfence {

enum class Reach { kThisMachine, kOthers };

// "tcp://HOST:PORT" (PORT may be * for any free one) or "ipc:///PATH". Names and interfaces count
// as reached by others: they could be another address tomorrow. InvalidArgument with the accepted
// forms for anything else.
absl::StatusOr<Reach> EndpointReach(std::string_view endpoint);

// FailedPrecondition for an address that other hosts can reach, unless both sides prove who they
// are.
absl::Status CheckEndpoint(std::string_view endpoint, bool authenticated);

// "HOST:PORT" in its parts, which lie in the text; none without a host or a colon. An IPv6 address
// stands in brackets. Whether the parts make sense, EndpointReach() says.
struct HostPort {
  std::string_view host;  // as it is written
  std::string_view port;

  std::string_view HostWithoutBrackets() const;
};
std::optional<HostPort> SplitHostPort(std::string_view address);

}  // namespace ringfence
