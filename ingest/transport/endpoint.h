// Addresses of receivers, and who can reach them.
#pragma once

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

}  // namespace ringfence
