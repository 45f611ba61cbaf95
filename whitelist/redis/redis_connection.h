// A connection to Redis with bounded waiting.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "whitelist/redis/redis_reply.h"

struct redisContext;

namespace ringfence {

// "unix:/run/ringfence/redis.sock" (database: "unix:/path?db=1"), "redis://host:port/db" (default
// 6379, 0; an IPv6 host in brackets). Credentials in a URL ("redis://user:password@host", percent
// encoding understood) are sent with AUTH and never appear in messages.
struct RedisAddress {
  std::string host;  // empty for a unix socket
  int port = 6379;
  int database = 0;
  std::string socket_path;  // empty for TCP
  std::string user;
  std::string password;

  // InvalidArgument says which forms are understood.
  static absl::StatusOr<RedisAddress> Parse(std::string_view text);
  std::string ToString() const;  // without credentials
};

using RedisCommand = std::vector<std::string>;

struct RedisTimeouts {
  std::chrono::milliseconds connect{500};  // for each address that a host name has
  std::chrono::milliseconds command{500};
};

// Synchronous, pipelined. Not thread-safe. After any error the connection is closed; the next call
// connects again, as it does when the server closed the connection in between, unless keys were
// WATCHed on it: then the call fails. Every call returns within connect + command of Timeouts,
// however slowly the server writes; only the resolution of a host name is left to the system's
// resolver and its own bound.
class RedisConnection {
 public:
  using Timeouts = RedisTimeouts;

  explicit RedisConnection(RedisAddress address, Timeouts timeouts = {});
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  // Sends all commands, then reads all replies: one per command, in order. Unavailable when there
  // is no connection or no answer in time, with the address in the message. A reply of kind kError
  // is not an error of the call: the caller judges it.
  absl::StatusOr<std::vector<RedisReply>> Pipeline(absl::Span<const RedisCommand> commands);

  // One command. A reply of kind kError becomes Internal.
  absl::StatusOr<RedisReply> Command(const RedisCommand& command);

  // MULTI, the commands, EXEC: all or none, seen by others at once. The replies are EXEC's items. A
  // command that Redis refuses is Internal: refused when queued, nothing was done; refused while
  // EXEC ran (a key of another type), the others were. Aborted when a WATCHed key had changed.
  absl::StatusOr<std::vector<RedisReply>> Transaction(absl::Span<const RedisCommand> commands);

  // The next message that the server pushes to a subscriber, or nothing after `wait` (0: look, do
  // not wait). Use it only after SUBSCRIBE, and send nothing but PING through Send() then: its
  // answer, ["pong", ""], comes as a message here.
  absl::StatusOr<std::optional<RedisReply>> Receive(std::chrono::milliseconds wait);
  // Sends without waiting for a reply; for a subscriber's PING.
  absl::Status Send(const RedisCommand& command);

  // Drops the connection, if any; the next call makes a new one.
  void Close();

  bool connected() const { return context_ != nullptr; }
  // Grows with every new connection; 0 before the first.
  uint64_t generation() const { return generation_; }
  const RedisAddress& address() const { return address_; }

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  absl::Status DropIfDead();
  absl::Status EnsureConnected();
  absl::Status Greet();
  absl::StatusOr<std::vector<RedisReply>> Exchange(absl::Span<const RedisCommand> commands,
                                                   size_t replies, Deadline deadline);
  absl::StatusOr<bool> TakeReply(RedisReply& reply);
  absl::Status WaitReady(short& events, Deadline deadline);
  absl::Status ReadSome();
  absl::Status WriteSome(std::string_view& unsent);
  absl::Status Fail(std::string_view doing);

  RedisAddress address_;
  Timeouts timeouts_;
  redisContext* context_ = nullptr;
  std::unique_ptr<RedisReplyReader> reader_;  // of what came over that connection
  uint64_t generation_ = 0;
  bool watching_ = false;  // a WATCH that no EXEC has ended
};

}  // namespace ringfence
