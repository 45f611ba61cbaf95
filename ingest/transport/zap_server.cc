#include "ingest/transport/zap_server.h"

#include <zmq.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/zap_rules.h"

namespace ringfence {
namespace {

constexpr char kZapEndpoint[] = "inproc://zeromq.zap.01";
constexpr char kWatchEndpoint[] = "inproc://ringfence.handshakes";
constexpr char kStopEndpoint[] = "inproc://ringfence.zap-stop";
// How often the file is looked at, beside each handshake: bounds how long a revoked key goes on.
constexpr long kLookEveryMs = 500;

constexpr int kFailures = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                          ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

// All frames of the message that waits; empty when none does.
std::vector<std::string> TakeMessage(void* socket) {
  std::vector<std::string> frames;
  zmq_msg_t frame;
  zmq_msg_init(&frame);
  bool more = true;
  while (more && zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) >= 0) {
    frames.emplace_back(static_cast<const char*>(zmq_msg_data(&frame)), zmq_msg_size(&frame));
    more = zmq_msg_more(&frame) != 0;
  }
  zmq_msg_close(&frame);
  return frames;
}

// Who may send, with which key.
std::string Describe(const AllowList& list) {
  std::string text;
  for (const AllowedKey& key : list.keys()) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", key.source, " ", key.public_key);
  }
  return text.empty() ? "nobody" : text;
}

}  // namespace

// Closed by the thread that uses them.
struct ZapServer::Sockets {
  void* zap = nullptr;
  void* watch = nullptr;
  void* stop = nullptr;

  ~Sockets() {
    for (void* socket : {zap, watch, stop}) {
      if (socket != nullptr) zmq_close(socket);
    }
  }
};

ZapServer::ZapServer(std::string allow_path, AllowList list, void* watched)
    : allow_path_(std::move(allow_path)),
      watched_(watched),
      list_(std::make_shared<const AllowList>(std::move(list))) {
  counters_.allowed = Describe(*list_);
}

absl::StatusOr<std::unique_ptr<ZapServer>> ZapServer::Start(ZmqContext& context, void* socket,
                                                            std::string allow_path) {
  std::string stamp = FileStamp(allow_path);
  RF_ASSIGN_OR_RETURN(AllowList list, AllowList::Load(allow_path));
  std::unique_ptr<ZapServer> server(new ZapServer(std::move(allow_path), std::move(list), socket));
  server->stamp_ = std::move(stamp);
  auto sockets = std::make_unique<Sockets>();
  sockets->zap = zmq_socket(context.handle(), ZMQ_REP);
  if (sockets->zap == nullptr || zmq_bind(sockets->zap, kZapEndpoint) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("ZeroMQ: authentication: ", zmq_strerror(zmq_errno()),
                     "; a context can have one receiver with CURVE"));
  }
  sockets->stop = zmq_socket(context.handle(), ZMQ_PAIR);
  sockets->watch = zmq_socket(context.handle(), ZMQ_PAIR);
  server->stop_ = zmq_socket(context.handle(), ZMQ_PAIR);
  if (sockets->stop == nullptr || sockets->watch == nullptr || server->stop_ == nullptr ||
      zmq_bind(sockets->stop, kStopEndpoint) != 0 ||
      zmq_connect(server->stop_, kStopEndpoint) != 0 ||
      zmq_socket_monitor(socket, kWatchEndpoint, kFailures) != 0 ||
      zmq_connect(sockets->watch, kWatchEndpoint) != 0) {
    return absl::InternalError(absl::StrCat("ZeroMQ: authentication: ", zmq_strerror(zmq_errno())));
  }
  server->thread_ = std::thread([zap = server.get(), sockets = std::move(sockets)]() mutable {
    zap->Run(std::move(sockets));
  });
  return server;
}

ZapServer::~ZapServer() {
  // Before its reader goes: libzmq's I/O thread would wait for that.
  zmq_socket_monitor(watched_, nullptr, 0);
  if (stop_ == nullptr) return;
  if (thread_.joinable()) {
    zmq_send(stop_, "", 0, 0);
    thread_.join();
  }
  zmq_close(stop_);
}

void ZapServer::Run(std::unique_ptr<Sockets> sockets) {
  std::array<zmq_pollitem_t, 3> items{{{sockets->zap, 0, ZMQ_POLLIN, 0},
                                       {sockets->watch, 0, ZMQ_POLLIN, 0},
                                       {sockets->stop, 0, ZMQ_POLLIN, 0}}};
  while (true) {
    const int ready = zmq_poll(items.data(), static_cast<int>(items.size()), kLookEveryMs);
    if (ready < 0 && zmq_errno() != EINTR) return;
    RereadIfChanged();
    if (ready <= 0) continue;
    if ((items[2].revents & ZMQ_POLLIN) != 0) return;
    if ((items[0].revents & ZMQ_POLLIN) != 0) AnswerRequest(sockets->zap);
    if ((items[1].revents & ZMQ_POLLIN) != 0) CountFailure(sockets->watch);
  }
}

void ZapServer::RereadIfChanged() {
  std::string stamp = FileStamp(allow_path_);
  if (stamp == stamp_) return;
  stamp_ = std::move(stamp);
  absl::StatusOr<AllowList> list = AllowList::Load(allow_path_);
  const std::lock_guard lock(mutex_);
  if (list.ok()) {
    list_ = std::make_shared<const AllowList>(*std::move(list));
    counters_.list_error.clear();
    counters_.allowed = Describe(*list_);
    version_.fetch_add(1, std::memory_order_release);
  } else {
    ++counters_.list_errors;
    counters_.list_error = std::string(list.status().message());
  }
}

void ZapServer::AnswerRequest(void* socket) {
  const std::vector<std::string> request = TakeMessage(socket);
  const ZapAnswer answer = JudgeHandshake(request, *list());
  {
    const std::lock_guard lock(mutex_);
    ++(answer.allowed ? counters_.accepted : counters_.refused);
    if (!answer.allowed) counters_.last_refusal = answer.why;
  }
  const std::vector<std::string> reply = ZapReply(request, answer);
  for (size_t i = 0; i < reply.size(); ++i) {
    const int flags = ZMQ_DONTWAIT | (i + 1 < reply.size() ? ZMQ_SNDMORE : 0);
    zmq_send(socket, reply[i].data(), reply[i].size(), flags);
  }
}

void ZapServer::CountFailure(void* socket) {
  // Event and value, then the address of our end.
  const std::vector<std::string> event = TakeMessage(socket);
  if (event.empty() || event[0].size() < 2) return;
  const auto kind = static_cast<unsigned>(static_cast<uint8_t>(event[0][0]) |
                                          static_cast<uint8_t>(event[0][1]) << 8);
  // One that was refused above ends here too.
  if (kind == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) return;
  const std::lock_guard lock(mutex_);
  ++counters_.failed;
  counters_.last_refusal = "a peer without CURVE, with another server key, or without a word";
}

std::shared_ptr<const AllowList> ZapServer::list() const {
  const std::lock_guard lock(mutex_);
  return list_;
}

HandshakeCounters ZapServer::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

}  // namespace ringfence
