// What rf:manifest says of the lists that lie beside it.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "ingest/model/event_time.h"
#include "whitelist/redis/redis_connection.h"

namespace ringfence {

struct Manifest {
  static constexpr uint64_t kFormat =
      1;  // of keys and values, as docs/redis-keys.md describes them

  std::string store_id;
  uint64_t version = 0;
  uint64_t whitelist_count = 0;
  uint64_t ledger_count = 0;
  std::string digest;    // ListDigest of both lists
  EventTime written_at;  // whole milliseconds; the projector's clock, for people

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

// HSET rf:manifest …; to be preceded by DEL in the same transaction.
RedisCommand WriteManifest(const Manifest& manifest);

// From the reply to HGETALL rf:manifest. FailedPrecondition when there is no manifest or it has
// another format, DataLoss when a field is missing or no number.
absl::StatusOr<Manifest> ReadManifest(const RedisReply& reply);

}  // namespace ringfence
