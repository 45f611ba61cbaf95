// Line provisioning over ZeroMQ: a DEALER here, a ROUTER there, one frame for each message.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "blocker/delivery/channel.h"
#include "ingest/transport/zmq_socket.h"

namespace ringfence {

struct ZmqChannelOptions {
  std::string endpoint;  // "tcp://127.0.0.1:7800", "ipc:///run/provisioning.sock"
  std::chrono::milliseconds timeout{5'000};  // for an answer
  std::string curve_secret_key = "";         // ours, Z85; empty: no CURVE
  std::string curve_server_key = "";         // the receiver's public key, Z85
  std::function<std::chrono::steady_clock::time_point()> clock;
};

class ZmqChannel final : public Channel {
 public:
  // Does not wait for the receiver to be there. FailedPrecondition for an address that other hosts
  // can reach without keys; InvalidArgument for one that makes no sense or half a pair of keys.
  // `context` must outlive the channel.
  static absl::StatusOr<std::unique_ptr<ZmqChannel>> Create(ZmqContext& context,
                                                            ZmqChannelOptions options);

  absl::Status Exchange(const Request& request, const std::function<bool()>& stop) override;

 private:
  ZmqChannel(ZmqContext& context, ZmqChannelOptions options)
      : context_(context), options_(std::move(options)) {}

  absl::Status Connect();
  // nullopt: nothing that answers this request has come yet.
  absl::StatusOr<std::optional<Answer>> Receive(const Request& request);

  ZmqContext& context_;
  const ZmqChannelOptions options_;
  // None after a time-out: what libzmq keeps for a receiver that is away would be sent when it is
  // back, on a proof that is no longer one.
  std::optional<ZmqSocket> socket_;
};

}  // namespace ringfence
