// Which service a command looks at from outside, and the Redis that its switches ask.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "tools/config/config.h"
#include "tools/ringfence/options.h"
#include "whitelist/redis/redis_connection.h"

namespace ringfence {

// --data and --config.
struct ServiceOptions {
  DataOptions data;
  std::string config;
  std::optional<cli::Option> data_option;
};
void AddServiceOptions(cli::Command command, ServiceOptions& options);

// The configuration that --config names, else the defaults; its data folder is --data where that
// is given or nothing else names one. Errors are those of LoadConfig: exit code 78.
absl::StatusOr<Config> LoadServiceConfig(const ServiceOptions& options);

// The configured Redis; of an embedded one, the address that the service wrote into its status, or
// the place where it will be.
absl::StatusOr<RedisAddress> SwitchAddress(const Config& config);

}  // namespace ringfence
