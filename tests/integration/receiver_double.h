// Line provisioning as a double: it counts what takes effect, and answers as badly as it is told.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "ingest/json/json_text.h"
#include "tests/json.h"

namespace ringfence {

enum class Manner {
  kAnswers,
  kSilent,       // takes nothing, says nothing
  kLosesAnswer,  // it takes effect, and the answer is lost
  kAnswersTwice,
  kAnswersLate,  // with the answer to the request before, too
  kRefuses,
  kBusy,
};

// What both doubles do with a request. Thread-safe.
class EffectBook {
 public:
  using Json = CheckedJson;

  struct Reply {
    std::string outcome;
    std::string body;
  };

  void Behave(Manner manner) {
    const std::lock_guard lock(mutex_);
    manner_ = manner;
  }

  // The answers to send, in order; empty: none.
  std::vector<Reply> Take(const std::string& body) {
    const std::lock_guard lock(mutex_);
    const Json request = Json::Parse(body);
    requests_.push_back(request);
    changed_.notify_all();
    if (manner_ == Manner::kSilent) return {};
    std::string outcome = "done";
    if (manner_ == Manner::kRefuses && request.at("command") != "restore") {
      outcome = "refused";
    } else if (manner_ == Manner::kBusy) {
      outcome = "busy";
    } else {
      Apply(request);
    }
    const Reply answer = AnswerTo(request, outcome);
    if (manner_ == Manner::kLosesAnswer) return {};
    if (manner_ == Manner::kAnswersTwice) return {answer, answer};
    if (manner_ == Manner::kAnswersLate && last_.has_value()) return {*last_, answer};
    last_ = answer;
    return {answer};
  }

  int Effects(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = effects_.find(id);
    return found == effects_.end() ? 0 : found->second;
  }
  bool Stopped(const std::string& number) const {
    const std::lock_guard lock(mutex_);
    return stopped_.contains(number);
  }
  std::vector<Json> Requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  // False when they don't come within 30 s.
  bool AwaitRequests(size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30),
                             [&] { return requests_.size() >= count; });
  }

 private:
  static Reply AnswerTo(const Json& request, const std::string& outcome) {
    const JsonObject answer{{"version", 1},
                            {"id", request.at("id").text()},
                            {"command", request.at("command").text()},
                            {"sequence", request.at("sequence").number()},
                            {"outcome", outcome},
                            {"text", ""}};
    return {outcome, answer.json()};
  }

  void Apply(const Json& request) {
    const std::string id = request.at("id").text();
    const std::string number = request.at("number").text();
    if (request.at("command") == "restore") {
      ended_.insert(id);
      const auto found = stopped_.find(number);
      if (found != stopped_.end() && found->second == id) stopped_.erase(found);
      return;
    }
    if (ended_.contains(id)) return;
    if (!known_.insert(id).second) return;
    ++effects_[id];
    stopped_[number] = id;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Manner manner_ = Manner::kAnswers;
  std::vector<Json> requests_;
  std::optional<Reply> last_;
  std::map<std::string, int> effects_;
  std::map<std::string, std::string> stopped_;  // number → action
  std::set<std::string> known_;
  std::set<std::string> ended_;
};

// A ROUTER on an address, in a thread, until it is destroyed. What it knows is in the book: another
// double with the same book is the same receiver, restarted.
class ZmqDouble {
 public:
  ZmqDouble(EffectBook& book, const std::string& endpoint) : book_(book) {
    socket_ = zmq_socket(context_, ZMQ_ROUTER);
    const int none = 0;
    zmq_setsockopt(socket_, ZMQ_LINGER, &none, sizeof(none));
    EXPECT_EQ(zmq_bind(socket_, endpoint.c_str()), 0) << zmq_strerror(zmq_errno());
    thread_ = std::thread([this] { Serve(); });
  }
  ~ZmqDouble() {
    stop_ = true;
    thread_.join();
    zmq_close(socket_);
    zmq_ctx_term(context_);
  }
  ZmqDouble(const ZmqDouble&) = delete;
  ZmqDouble& operator=(const ZmqDouble&) = delete;

 private:
  std::string Receive() {
    zmq_msg_t message;
    zmq_msg_init(&message);
    zmq_msg_recv(&message, socket_, 0);
    std::string bytes(static_cast<char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
    zmq_msg_close(&message);
    return bytes;
  }

  void Serve() {
    while (!stop_) {
      zmq_pollitem_t item{socket_, 0, ZMQ_POLLIN, 0};
      if (zmq_poll(&item, 1, 20) <= 0) continue;
      const std::string peer = Receive();
      const std::string body = Receive();
      for (const auto& answer : book_.Take(body)) {
        const std::string& text = answer.body;
        zmq_send(socket_, peer.data(), peer.size(), ZMQ_SNDMORE);
        zmq_send(socket_, text.data(), text.size(), 0);
      }
    }
  }

  EffectBook& book_;
  void* context_ = zmq_ctx_new();
  void* socket_ = nullptr;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// An HTTP server on a free port of 127.0.0.1, in a thread, one connection at a time.
class HttpDouble {
 public:
  explicit HttpDouble(EffectBook& book) : book_(book) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~HttpDouble() {
    stop_ = true;
    thread_.join();
    close(listener_);
  }
  HttpDouble(const HttpDouble&) = delete;
  HttpDouble& operator=(const HttpDouble&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/actions"; }
  // The header lines of the latest request.
  std::string head() const {
    const std::lock_guard lock(mutex_);
    return head_;
  }

  // What it answers instead of what the book says; empty: as the book says.
  void AnswerRaw(std::string bytes) {
    const std::lock_guard lock(mutex_);
    raw_ = std::move(bytes);
  }

 private:
  bool Readable(int file) const {
    pollfd item{file, POLLIN, 0};
    return poll(&item, 1, 20) > 0;
  }

  void Serve() {
    while (!stop_) {
      if (!Readable(listener_)) continue;
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      Talk(connection);
      close(connection);
    }
  }

  void Talk(int connection) {
    std::string bytes;
    std::optional<size_t> whole;
    while (!whole || bytes.size() < *whole) {
      if (stop_) return;
      if (!Readable(connection)) continue;
      char buffer[4096];
      const ssize_t size = recv(connection, buffer, sizeof(buffer), 0);
      if (size <= 0) return;
      bytes.append(buffer, static_cast<size_t>(size));
      whole = WholeSize(bytes);
    }
    const size_t head = bytes.find("\r\n\r\n") + 4;
    std::string answer;
    {
      const std::lock_guard lock(mutex_);
      head_ = bytes.substr(0, head);
      answer = raw_;
    }
    const auto answers = book_.Take(bytes.substr(head));
    if (answer.empty() && !answers.empty()) answer = AnswerOf(answers.back());
    if (!answer.empty()) send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
    if (answer.empty()) AwaitPeer(connection);
  }

  // Silence: the connection stays open until the other side has had enough.
  void AwaitPeer(int connection) const {
    char byte = 0;
    while (!stop_ && !(Readable(connection) && recv(connection, &byte, 1, 0) <= 0)) {
    }
  }

  static std::optional<size_t> WholeSize(const std::string& bytes) {
    const size_t end = bytes.find("\r\n\r\n");
    const size_t length = bytes.find("Content-Length: ");
    if (end == std::string::npos || length == std::string::npos) return std::nullopt;
    return end + 4 + std::stoul(bytes.substr(length + 16));
  }

  static std::string AnswerOf(const EffectBook::Reply& answer) {
    const std::string status = answer.outcome == "done"      ? "200 OK"
                               : answer.outcome == "refused" ? "422 No"
                                                             : "503 Busy";
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(answer.body.size()) +
           "\r\n\r\n" + answer.body;
  }

  EffectBook& book_;
  int listener_ = -1;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::string head_;
  std::string raw_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace ringfence
