#include "whitelist/redis/embedded_redis.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPoll{5};
constexpr int kNoProgram = 127;  // exit status of a child that found nothing to run

absl::Status Errno(const std::string& what, int error) {
  return absl::UnavailableError(absl::StrCat(what, ": ", std::strerror(error)));
}

// Waits for `descriptor` to become readable, or just for the time when it is negative.
bool AwaitReadable(int descriptor, milliseconds bound) {
  const auto deadline = Clock::now() + bound;
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now()).count();
    pollfd wanted{.fd = descriptor, .events = POLLIN, .revents = 0};
    const int ready = poll(&wanted, 1, static_cast<int>(std::max<int64_t>(left, 0)));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

absl::Status MakeDirectory(const std::string& directory) {
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return Errno(directory, errno);
  if (chmod(directory.c_str(), 0700) != 0) return Errno(directory, errno);
  return absl::OkStatus();
}

absl::StatusOr<std::string> AbsolutePath(const std::string& path) {
  char resolved[PATH_MAX];
  if (realpath(path.c_str(), resolved) == nullptr) return Errno(path, errno);
  return std::string(resolved);
}

std::vector<std::string> Arguments(const std::string& server, const std::string& directory) {
  return {server,
          "--port",
          "0",
          "--unixsocket",
          directory + "/redis.sock",
          "--unixsocketperm",
          "700",
          "--dir",
          directory,
          "--pidfile",
          directory + "/redis.pid",
          "--logfile",
          directory + "/redis.log",
          "--daemonize",
          "no",
          "--appendonly",
          "yes",
          "--appendfsync",
          "always",
          "--no-appendfsync-on-rewrite",
          "no",
          "--save",
          "",
          "--maxmemory",
          "0",
          "--maxmemory-policy",
          "noeviction",
          "--lazyfree-lazy-server-del",
          "yes",
          "--lazyfree-lazy-user-del",
          "yes"};
}

// Runs in the child between fork and exec: only what is safe after a fork of a program with
// threads.
[[noreturn]] void BecomeServer(char* const* arguments, int lock, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(kNoProgram);  // it ended before the line above
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int handled : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD}) signal(handled, SIG_DFL);
  const int null = open("/dev/null", O_RDWR);
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  dup2(null, STDERR_FILENO);
  fcntl(lock, F_SETFD, 0);  // the server holds the lock as long as it lives
  execvp(arguments[0], arguments);
  _exit(kNoProgram);
}

}  // namespace

EmbeddedRedis::EmbeddedRedis(std::string directory, EmbeddedRedisOptions options)
    : directory_(std::move(directory)),
      options_(std::move(options)),
      ready_deadline_(Clock::now() + options_.ready_within) {}

EmbeddedRedis::~EmbeddedRedis() {
  (void)Stop();
  if (process_ >= 0) close(process_);
  if (lock_ >= 0) close(lock_);
}

RedisAddress EmbeddedRedis::AddressIn(const std::string& directory) {
  RedisAddress address;
  address.socket_path = directory + "/redis.sock";
  return address;
}

absl::StatusOr<std::unique_ptr<EmbeddedRedis>> EmbeddedRedis::Start(const std::string& directory,
                                                                    EmbeddedRedisOptions options) {
  RF_RETURN_IF_ERROR(MakeDirectory(directory));
  RF_ASSIGN_OR_RETURN(std::string absolute, AbsolutePath(directory));
  const size_t length = AddressIn(absolute).socket_path.size();
  constexpr size_t kMaxLength = sizeof(sockaddr_un::sun_path) - 1;
  if (length > kMaxLength) {
    return absl::InvalidArgumentError(
        absl::StrCat(absolute, "/redis.sock has ", length, " bytes, and the path of a unix socket ",
                     kMaxLength, " at most: choose a data directory with a shorter path"));
  }
  std::unique_ptr<EmbeddedRedis> redis(new EmbeddedRedis(std::move(absolute), std::move(options)));
  RF_RETURN_IF_ERROR(redis->Lock());
  RF_RETURN_IF_ERROR(redis->Spawn());
  RF_RETURN_IF_ERROR(redis->AwaitReady());
  return redis;
}

absl::Status EmbeddedRedis::Lock() {
  const std::string path = directory_ + "/redis.lock";
  lock_ = open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (lock_ < 0) return Errno(path, errno);
  // A predecessor whose program died takes a moment to end; a live one never does.
  while (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return Errno(path, errno);
    if (Clock::now() >= ready_deadline_) {
      return absl::AlreadyExistsError(absl::StrCat("a Redis already runs in ", directory_,
                                                   " (see redis.pid there): it belongs to another "
                                                   "ringfence with the same data directory"));
    }
    AwaitReadable(-1, kPoll);
  }
  // Nobody else is here: what lies here is a dead one's.
  unlink(AddressIn(directory_).socket_path.c_str());
  unlink((directory_ + "/redis.pid").c_str());
  return absl::OkStatus();
}

absl::Status EmbeddedRedis::Spawn() {
  std::vector<std::string> arguments = Arguments(options_.server, directory_);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ < 0) return Errno("fork", errno);
  if (pid_ == 0) BecomeServer(pointers.data(), lock_, parent);
  process_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (process_ >= 0) return absl::OkStatus();
  const int error = errno;
  kill(pid_, SIGKILL);
  waitpid(std::exchange(pid_, -1), nullptr, 0);
  return Errno("pidfd_open", error);
}

std::string EmbeddedRedis::LogTail() const {
  constexpr size_t kTail = 600;
  std::ifstream file(directory_ + "/redis.log", std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.size() > kTail) text.erase(0, text.size() - kTail);
  return text;
}

absl::Status EmbeddedRedis::AwaitReady() {
  RedisConnection redis(address());
  for (;;) {
    if (redis.Command({"PING"}).ok()) return absl::OkStatus();  // an error while it loads its file
    if (AwaitReadable(process_, kPoll)) {
      int status = 0;
      waitpid(std::exchange(pid_, -1), &status, 0);
      if (WIFEXITED(status) && WEXITSTATUS(status) == kNoProgram) {
        return absl::NotFoundError(absl::StrCat("there is no program ", options_.server,
                                                ": install the package redis-server"));
      }
      return absl::UnavailableError(
          absl::StrCat(options_.server, " ended at once in ", directory_, ": ", LogTail()));
    }
    if (Clock::now() >= ready_deadline_) {
      return absl::UnavailableError(absl::StrCat(options_.server, " did not answer within ",
                                                 options_.ready_within.count(), " ms in ",
                                                 directory_, ": ", LogTail()));
    }
  }
}

bool EmbeddedRedis::AwaitEnd(std::chrono::milliseconds bound) {
  if (process_ >= 0 && !AwaitReadable(process_, bound)) return false;
  waitpid(std::exchange(pid_, -1), nullptr, 0);
  return true;
}

bool EmbeddedRedis::Running() { return pid_ > 0 && !AwaitEnd(milliseconds(0)); }

absl::Status EmbeddedRedis::Stop() {
  if (!Running()) return absl::OkStatus();
  RedisConnection redis(address(),
                        {.connect = options_.stop_within, .command = options_.stop_within});
  // It answers by closing the connection.
  if (absl::IsUnavailable(redis.Command({"SHUTDOWN"}).status()) && AwaitEnd(options_.stop_within)) {
    return absl::OkStatus();
  }
  kill(pid_, SIGTERM);
  if (AwaitEnd(options_.stop_within)) return absl::OkStatus();
  kill(pid_, SIGKILL);
  AwaitEnd(options_.stop_within);
  return absl::InternalError(
      absl::StrCat("the Redis in ", directory_, " did not end when asked to and was killed"));
}

}  // namespace ringfence
