#include "whitelist/redis/redis_connection.h"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

using Clock = std::chrono::steady_clock;

void AppendCommand(const RedisCommand& command, std::string& out) {
  absl::StrAppend(&out, "*", command.size(), "\r\n");
  for (const std::string& part : command) {
    absl::StrAppend(&out, "$", part.size(), "\r\n", part, "\r\n");
  }
}

std::string Encode(absl::Span<const RedisCommand> commands) {
  std::string out;
  for (const RedisCommand& command : commands) AppendCommand(command, out);
  return out;
}

timeval ToTimeval(std::chrono::milliseconds time) {
  return {.tv_sec = time.count() / 1000, .tv_usec = (time.count() % 1000) * 1000};
}

}  // namespace

RedisConnection::RedisConnection(RedisAddress address, Timeouts timeouts)
    : address_(std::move(address)), timeouts_(timeouts) {}

RedisConnection::~RedisConnection() { Close(); }

void RedisConnection::Close() {
  if (context_ != nullptr) redisFree(context_);
  context_ = nullptr;
  watching_ = false;
}

absl::Status RedisConnection::Fail(std::string_view doing) {
  Close();
  return absl::UnavailableError(
      absl::StrCat("Redis at ", address_.ToString(), ": ", ToAbsl(doing)));
}

absl::Status RedisConnection::EnsureConnected() {
  if (context_ != nullptr) return absl::OkStatus();
  const timeval timeout = ToTimeval(timeouts_.connect);
  if (address_.socket_path.empty()) {
    context_ = redisConnectWithTimeout(address_.host.c_str(), address_.port, timeout);
  } else {
    // hiredis would cut a longer path off, and connect to another socket or none.
    if (address_.socket_path.size() >= sizeof(sockaddr_un::sun_path)) {
      return Fail(absl::StrCat("the path of a unix socket has at most ",
                               sizeof(sockaddr_un::sun_path) - 1, " bytes"));
    }
    context_ = redisConnectUnixWithTimeout(address_.socket_path.c_str(), timeout);
  }
  if (context_ == nullptr) return Fail("out of memory");
  if (context_->err != 0) return Fail(absl::StrCat("can't connect: ", context_->errstr));
  // From here on all waiting is ours, against one deadline for the whole call: the library's own
  // time-out starts again with every byte.
  const int flags = fcntl(context_->fd, F_GETFL);
  if (flags < 0 || fcntl(context_->fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
      fcntl(context_->fd, F_SETFD, FD_CLOEXEC) != 0) {
    return Fail(absl::StrCat("fcntl: ", std::strerror(errno)));
  }
  context_->flags &= ~REDIS_BLOCK;
  reader_ = std::make_unique<RedisReplyReader>();
  ++generation_;
  return Greet();
}

absl::Status RedisConnection::Greet() {
  std::vector<RedisCommand> commands;
  if (!address_.password.empty()) {
    commands.push_back({"AUTH"});
    if (!address_.user.empty()) commands.back().push_back(address_.user);
    commands.back().push_back(address_.password);
  }
  if (address_.database != 0) commands.push_back({"SELECT", std::to_string(address_.database)});
  if (commands.empty()) return absl::OkStatus();
  RF_ASSIGN_OR_RETURN(const auto replies,
                      Exchange(commands, commands.size(), Clock::now() + timeouts_.command));
  for (const RedisReply& reply : replies) {
    if (reply.is_error()) return Fail(absl::StrCat("refuses the connection: ", reply.text));
  }
  return absl::OkStatus();
}

absl::Status RedisConnection::WaitReady(short& events, Deadline deadline) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd descriptor{.fd = context_->fd, .events = events, .revents = 0};
    const int ready = poll(&descriptor, 1, static_cast<int>(std::max<int64_t>(left, 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return Fail(absl::StrCat("poll: ", std::strerror(errno)));
    events = ready == 0 ? short{0} : descriptor.revents;
    return absl::OkStatus();
  }
}

absl::Status RedisConnection::WriteSome(std::string_view& unsent) {
  // Not the library's write(): that raises SIGPIPE when the server is gone.
  const ssize_t sent = send(context_->fd, unsent.data(), unsent.size(), MSG_NOSIGNAL);
  if (sent >= 0) {
    unsent.remove_prefix(static_cast<size_t>(sent));
    return absl::OkStatus();
  }
  if (errno == EAGAIN || errno == EINTR) return absl::OkStatus();
  return Fail(absl::StrCat("can't send: ", std::strerror(errno)));
}

absl::Status RedisConnection::ReadSome() {
  char buffer[64 * 1024];
  const ssize_t got = recv(context_->fd, buffer, sizeof(buffer), 0);
  if (got == 0) return Fail("closed the connection");
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return absl::OkStatus();
    return Fail(absl::StrCat("can't receive: ", std::strerror(errno)));
  }
  const absl::Status fed = reader_->Feed({buffer, static_cast<size_t>(got)});
  return fed.ok() ? fed : Fail(ToStd(fed.message()));
}

absl::StatusOr<bool> RedisConnection::TakeReply(RedisReply& reply) {
  auto taken = reader_->Take(reply);
  return taken.ok() ? taken : Fail(ToStd(taken.status().message()));
}

absl::StatusOr<std::vector<RedisReply>> RedisConnection::Exchange(
    absl::Span<const RedisCommand> commands, size_t replies, Deadline deadline) {
  const std::string request = Encode(commands);
  std::string_view unsent = request;
  std::vector<RedisReply> received;
  received.reserve(replies);
  while (!unsent.empty() || received.size() < replies) {
    RedisReply reply;
    RF_ASSIGN_OR_RETURN(const bool taken, TakeReply(reply));
    if (taken) {
      // More answers than questions: the two sides no longer agree which is which.
      if (received.size() == replies) return Fail("answered more than it was asked");
      received.push_back(std::move(reply));
      continue;
    }
    short events = unsent.empty() ? POLLIN : POLLIN | POLLOUT;
    RF_RETURN_IF_ERROR(WaitReady(events, deadline));
    if (events == 0) {
      return Fail(absl::StrCat("no answer within ", timeouts_.command.count(), " ms (",
                               received.size(), " of ", replies, " replies came)"));
    }
    if ((events & POLLOUT) != 0 && !unsent.empty()) RF_RETURN_IF_ERROR(WriteSome(unsent));
    if ((events & ~POLLOUT) != 0) RF_RETURN_IF_ERROR(ReadSome());
  }
  return received;
}

absl::Status RedisConnection::DropIfDead() {
  if (context_ == nullptr) return absl::OkStatus();
  // Nothing was asked, so what can be read is the end of the connection.
  short events = POLLIN;
  RF_RETURN_IF_ERROR(WaitReady(events, Clock::now()));
  if (events == 0) return absl::OkStatus();
  if (watching_) return Fail("closed the connection that watched keys");
  Close();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<RedisReply>> RedisConnection::Pipeline(
    absl::Span<const RedisCommand> commands) {
  RF_RETURN_IF_ERROR(DropIfDead());
  RF_RETURN_IF_ERROR(EnsureConnected());
  RF_ASSIGN_OR_RETURN(auto replies,
                      Exchange(commands, commands.size(), Clock::now() + timeouts_.command));
  for (const RedisCommand& command : commands) {
    if (command.front() == "WATCH") watching_ = true;
    if (command.front() == "EXEC" || command.front() == "UNWATCH") watching_ = false;
  }
  return replies;
}

absl::StatusOr<RedisReply> RedisConnection::Command(const RedisCommand& command) {
  RF_ASSIGN_OR_RETURN(auto replies, Pipeline(absl::MakeConstSpan(&command, 1)));
  if (replies.front().is_error()) {
    return absl::InternalError(absl::StrCat("Redis at ", address_.ToString(), ": ", command.front(),
                                            ": ", replies.front().text));
  }
  return std::move(replies.front());
}

absl::StatusOr<std::vector<RedisReply>> RedisConnection::Transaction(
    absl::Span<const RedisCommand> commands) {
  std::vector<RedisCommand> all{{"MULTI"}};
  all.insert(all.end(), commands.begin(), commands.end());
  all.push_back({"EXEC"});
  RF_ASSIGN_OR_RETURN(auto replies, Pipeline(all));
  const auto refused = [&](const RedisReply& reply, const RedisCommand& command) {
    return absl::InternalError(absl::StrCat("Redis at ", address_.ToString(),
                                            ": transaction: ", command.front(), ": ", reply.text));
  };
  for (size_t i = 0; i < replies.size(); ++i) {
    if (replies[i].is_error()) return refused(replies[i], all[i]);
  }
  RedisReply& executed = replies.back();
  if (executed.is_nil()) {
    return absl::AbortedError(absl::StrCat("Redis at ", address_.ToString(),
                                           ": a watched key changed before the transaction"));
  }
  if (executed.items.size() != commands.size()) {
    return Fail("answered a transaction with the wrong number of replies");
  }
  for (size_t i = 0; i < executed.items.size(); ++i) {
    if (executed.items[i].is_error()) return refused(executed.items[i], commands[i]);
  }
  return std::move(executed.items);
}

absl::StatusOr<std::optional<RedisReply>> RedisConnection::Receive(std::chrono::milliseconds wait) {
  RF_RETURN_IF_ERROR(EnsureConnected());
  const Deadline deadline = Clock::now() + wait;
  for (;;) {
    RedisReply reply;
    RF_ASSIGN_OR_RETURN(const bool taken, TakeReply(reply));
    if (taken) return reply;
    short events = POLLIN;
    RF_RETURN_IF_ERROR(WaitReady(events, deadline));
    if (events == 0) return std::nullopt;
    RF_RETURN_IF_ERROR(ReadSome());
  }
}

absl::Status RedisConnection::Send(const RedisCommand& command) {
  RF_RETURN_IF_ERROR(EnsureConnected());
  const std::string request = Encode(absl::MakeConstSpan(&command, 1));
  std::string_view unsent = request;
  const Deadline deadline = Clock::now() + timeouts_.command;
  while (!unsent.empty()) {
    short events = POLLOUT;
    RF_RETURN_IF_ERROR(WaitReady(events, deadline));
    if (events == 0) return Fail("could not be sent to in time");
    RF_RETURN_IF_ERROR(WriteSome(unsent));
  }
  return absl::OkStatus();
}

}  // namespace ringfence
