// A connection to Redis with bounded waiting. The only user of hiredis.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

struct redisContext;

namespace ringfence {

// "unix:/run/ringfence/redis.sock", "redis://host:port/db" (default 6379, 0). Credentials in a URL
// ("redis://user:password@host") are sent with AUTH and never appear in messages.
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

// A reply, by value.
struct RedisReply {
  enum class Kind { kNil, kInteger, kText, kArray, kError };
  Kind kind = Kind::kNil;
  int64_t integer = 0;
  std::string text;  // also the status and the error line
  std::vector<RedisReply> items;
};

using RedisCommand = std::vector<std::string>;

// Synchronous, pipelined. Not thread-safe. After any error the connection is closed; the next call
// connects again. Every call returns within connect_timeout + command_timeout.
class RedisConnection {
 public:
  struct Timeouts {
    std::chrono::milliseconds connect{500};
    std::chrono::milliseconds command{500};
  };

  RedisConnection(RedisAddress address, Timeouts timeouts);
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  // Sends all commands, then reads all replies: one per command, in order. Unavailable when there
  // is no connection or no answer in time, with the address in the message. A reply of kind kError
  // is not an error of the call: the caller judges it.
  absl::StatusOr<std::vector<RedisReply>> Pipeline(absl::Span<const RedisCommand> commands);

  // One command. A reply of kind kError becomes Internal.
  absl::StatusOr<RedisReply> Command(const RedisCommand& command);

  // MULTI, the commands, EXEC: all or none, seen by others at once. The replies are EXEC's items.
  absl::StatusOr<std::vector<RedisReply>> Transaction(absl::Span<const RedisCommand> commands);

  bool connected() const { return context_ != nullptr; }
  // Changes with every new connection; 0 before the first.
  uint64_t generation() const { return generation_; }
  const RedisAddress& address() const { return address_; }

 private:
  absl::Status EnsureConnected();
  absl::Status Fail(std::string_view doing);

  RedisAddress address_;
  Timeouts timeouts_;
  redisContext* context_ = nullptr;
  uint64_t generation_ = 0;
};

}  // namespace ringfence
