// A private redis-server beside the program: the default when no other Redis is configured.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "whitelist/redis/redis_connection.h"

namespace ringfence {

struct EmbeddedRedisOptions {
  std::string server = "redis-server";             // looked for in PATH when it has no '/'
  std::chrono::milliseconds ready_within{10'000};  // includes waiting for a predecessor to end
  std::chrono::milliseconds stop_within{5'000};    // for each of SHUTDOWN, SIGTERM and SIGKILL
};

// Runs redis-server in `directory` (made with mode 0700 when missing) on the unix socket redis.sock
// there: no TCP port, appendonly with appendfsync always, no eviction, log in redis.log. What was
// written is there again after the next start.
//
// One at a time per directory: a lock that the server itself holds too says so, so that what a dead
// program left behind (socket, pid file, or a server that is still ending) is told from one that
// runs.
//
// The server ends when the THREAD that called Start ends, however it ends (PR_SET_PDEATHSIG): start
// it from a thread that lives as long as it is needed, as main's does. It has a process group of
// its own: Ctrl-C in the terminal reaches only us, and we stop it last.
class EmbeddedRedis {
 public:
  // Returns once the server answers. AlreadyExists: another one runs in this directory.
  // InvalidArgument: the path is too long for a unix socket (107 bytes with "/redis.sock"): choose
  // a shorter data directory. NotFound: there is no redis-server. Unavailable: it ended or did not
  // answer in time; the message holds the end of its log.
  static absl::StatusOr<std::unique_ptr<EmbeddedRedis>> Start(const std::string& directory,
                                                              EmbeddedRedisOptions options = {});
  // Stops the server if Stop() was not called.
  ~EmbeddedRedis();

  EmbeddedRedis(const EmbeddedRedis&) = delete;
  EmbeddedRedis& operator=(const EmbeddedRedis&) = delete;

  // SHUTDOWN, then SIGTERM, then SIGKILL, each with its bound. OK when it ended by SHUTDOWN or
  // SIGTERM; Internal when it had to be killed (what it acknowledged is on the disk all the same).
  // Calling it again does nothing.
  absl::Status Stop();

  // Where it can be reached; for every program that knows the directory.
  static RedisAddress AddressIn(const std::string& directory);
  RedisAddress address() const { return AddressIn(directory_); }
  pid_t pid() const { return pid_; }
  // False as soon as the server has ended by itself.
  bool Running();

 private:
  EmbeddedRedis(std::string directory, EmbeddedRedisOptions options);

  absl::Status Lock();
  absl::Status Spawn();
  absl::Status AwaitReady();
  bool AwaitEnd(std::chrono::milliseconds bound);
  std::string LogTail() const;

  std::string directory_;
  EmbeddedRedisOptions options_;
  std::chrono::steady_clock::time_point ready_deadline_;
  int lock_ = -1;     // inherited by the server
  int process_ = -1;  // pidfd: readable when the server has ended
  pid_t pid_ = -1;
};

}  // namespace ringfence
