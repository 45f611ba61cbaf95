#include "tools/ringfence/switch_access.h"

#include "tools/service/data_folder.h"
#include "tools/service/status_file.h"
#include "whitelist/redis/embedded_redis.h"

namespace ringfence {

absl::StatusOr<RedisAddress> SwitchAddress(const std::string& directory) {
  const DataFolder folder{directory};
  const auto status = ReadStatus(folder.Status());
  if (!status.ok() || status->redis.empty()) return EmbeddedRedis::AddressIn(folder.Redis());
  return RedisAddress::Parse(status->redis);
}

}  // namespace ringfence
