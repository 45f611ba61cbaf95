// Tells whether the lists in Redis may have changed: Redis client tracking over two connections.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "whitelist/redis/redis_connection.h"
#include "whitelist/redis/redis_whitelist.h"

namespace ringfence {

// With RESP2 one connection (the listener) subscribes to the invalidations that another (the
// tracker) asked for with CLIENT TRACKING ON REDIRECT … BCAST. Either may die alone, and then the
// other sees no error: the tracker goes on answering, or the listener goes on hearing nothing. So
// both are proved alive, and the redirection unbroken, at least once in `proof_max_age`.
//
// Not thread-safe.
class InvalidationChannel {
 public:
  InvalidationChannel(const RedisAddress& address, RedisTimeouts timeouts,
                      std::chrono::milliseconds proof_max_age, MonotonicClock clock);

  // Reads what has arrived; proves the channel if the last proof is too old or `prove_now`. After
  // an error the channel is down, and the next call builds it anew.
  //
  // Returns the epoch: what was read from the lists in an epoch is still so while it lasts (but for
  // the age of the proof). It changes with every invalidation and every rebuilding.
  absl::StatusOr<uint64_t> Epoch(bool prove_now);

 private:
  absl::Status Open();
  absl::Status Prove();
  absl::Status Drain();
  absl::Status ListenUntilPong();
  absl::Status CheckTracking();
  absl::Status TakeMessage(const RedisReply& message, bool* pong);
  void Down();

  RedisConnection listener_;
  RedisConnection tracker_;
  RedisTimeouts timeouts_;
  std::chrono::milliseconds proof_max_age_;
  MonotonicClock clock_;
  int64_t listener_id_ = 0;
  uint64_t epoch_ = 0;
  std::optional<std::chrono::steady_clock::time_point> proved_at_;  // none: the channel is down
};

}  // namespace ringfence
