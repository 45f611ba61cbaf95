// Where the Redis of a data folder is, for commands that look at it from outside of the service.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "whitelist/redis/redis_connection.h"

namespace ringfence {

// The address that the service of this folder wrote into its status; the embedded server's when no
// service has run there.
absl::StatusOr<RedisAddress> SwitchAddress(const std::string& directory);

}  // namespace ringfence
