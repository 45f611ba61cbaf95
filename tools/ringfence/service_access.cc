#include "tools/ringfence/service_access.h"

#include "ingest/model/status_macros.h"
#include "tools/service/data_folder.h"
#include "tools/service/status_file.h"
#include "whitelist/redis/embedded_redis.h"

namespace ringfence {

void AddServiceOptions(cli::Command command, ServiceOptions& options) {
  options.data_option = AddDataOption(command, options.data);
  command.AddOption("--config", options.config,
                    "The service's TOML file: its data folder, unless --data is given, and Redis");
}

absl::StatusOr<Config> LoadServiceConfig(const ServiceOptions& options) {
  Config config;
  if (!options.config.empty()) {
    RF_ASSIGN_OR_RETURN(config, LoadConfig(options.config));
    if (!options.data_option->given()) return config;
  }
  config.data = options.data.directory;
  return config;
}

absl::StatusOr<RedisAddress> SwitchAddress(const Config& config) {
  if (config.redis != "embedded") return RedisAddress::Parse(config.redis);
  const DataFolder folder{config.data};
  const auto status = ReadStatus(folder.Status());
  if (!status.ok() || status->redis.empty()) return EmbeddedRedis::AddressIn(folder.Redis());
  return RedisAddress::Parse(status->redis);
}

}  // namespace ringfence
