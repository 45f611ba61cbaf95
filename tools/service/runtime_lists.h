// Ledger and whitelist as the service uses them: the store, its projection to Redis, look-ups.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/model/event_time.h"
#include "tools/config/config.h"
#include "tools/service/data_folder.h"
#include "whitelist/lists.h"
#include "whitelist/redis/embedded_redis.h"
#include "whitelist/redis/redis_connection.h"
#include "whitelist/redis/redis_whitelist.h"
#include "whitelist/store/database.h"
#include "whitelist/store/list_store.h"

namespace ringfence {

// Owns the store's connection, the Redis server if it is the embedded one, and the connections to
// it. Not thread-safe; the embedded server lives as long as the thread that called Open().
class RuntimeLists {
 public:
  using Clock = std::function<EventTime()>;

  // Opens the store (creating it), starts or connects Redis, publishes the lists. A Redis that does
  // not answer is no error here: look-ups fail until it does, and actions are held. Errors: the
  // store can't be opened, the embedded server can't be started, an address can't be understood.
  static absl::StatusOr<std::unique_ptr<RuntimeLists>> Open(const Config& config, const Clock& now);

  // Loads the lists when the store changed, and publishes them when Redis does not show them; an
  // embedded server that has ended is started again. What Redis holds is compared number by number
  // once every redis.verify_every, and by its counts in between.
  // True when lists() is new. An error only when the store can't be read; what keeps Redis from
  // being current is in projection().
  absl::StatusOr<bool> Refresh(EventTime now);

  const std::shared_ptr<const Lists>& lists() const { return lists_; }
  // Outcome of the latest attempt to publish the lists.
  const absl::Status& projection() const { return projection_; }
  Database& database() { return *database_; }
  // From a cache that Redis invalidates: what is decided with it is proved again before it is done.
  Whitelist& deciding() { return *deciding_; }
  // Asks Redis each time, on a connection of its own: for R0.
  Whitelist& proving() { return *proving_; }
  RedisConnection& enforcement() { return *enforcement_; }
  const RedisAddress& address() const { return address_; }

 private:
  RuntimeLists() = default;
  void Connect(const Config& config);
  absl::Status Publish(EventTime now);
  absl::Status Revive(EventTime now);

  std::unique_ptr<Database> database_;
  std::unique_ptr<ListStore> store_;
  std::string embedded_folder_;              // empty: somebody else's server
  std::unique_ptr<EmbeddedRedis> embedded_;  // null: likewise, or it can't be started again
  RedisAddress address_;
  std::unique_ptr<RedisConnection> projecting_;
  std::unique_ptr<RedisConnection> enforcement_;
  std::unique_ptr<Whitelist> proving_;
  std::unique_ptr<Whitelist> deciding_;
  std::shared_ptr<const Lists> lists_;
  absl::Status projection_;
  Duration verify_every_{};
  std::optional<EventTime> verified_;  // all of Redis was compared
  std::optional<EventTime> revived_;   // the embedded server was to be started again
};

}  // namespace ringfence
