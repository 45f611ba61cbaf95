#include "blocker/delivery/zmq_channel.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/curve_keys.h"
#include "ingest/transport/endpoint.h"

namespace ringfence {
namespace {

constexpr std::chrono::milliseconds kWaitSlice{50};  // bounds the reaction to `stop`

}  // namespace

absl::StatusOr<std::unique_ptr<ZmqChannel>> ZmqChannel::Create(ZmqContext& context,
                                                               ZmqChannelOptions options) {
  if (options.curve_secret_key.empty() != options.curve_server_key.empty()) {
    return absl::InvalidArgumentError(
        "line provisioning: CURVE needs both our secret key and the receiver's public key");
  }
  const bool authenticated = !options.curve_secret_key.empty();
  if (authenticated) {
    RF_RETURN_IF_ERROR(CheckCurveKey(options.curve_secret_key));
    RF_RETURN_IF_ERROR(CheckCurveKey(options.curve_server_key));
  }
  RF_RETURN_IF_ERROR(CheckEndpoint(options.endpoint, authenticated));
  return std::unique_ptr<ZmqChannel>(new ZmqChannel(context, std::move(options)));
}

absl::Status ZmqChannel::Connect() {
  RF_ASSIGN_OR_RETURN(
      ZmqSocket socket,
      ZmqSocket::Create(context_, ZmqSocket::Kind::kDealer,
                        {.message_bytes = static_cast<int64_t>(kMaxAnswerBytes), .linger_ms = 0}));
  if (!options_.curve_secret_key.empty()) {
    RF_RETURN_IF_ERROR(
        socket.BecomeCurveClient(options_.curve_secret_key, options_.curve_server_key));
  }
  RF_RETURN_IF_ERROR(socket.Connect(options_.endpoint));
  socket_.emplace(std::move(socket));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Answer>> ZmqChannel::Receive(const Request& request) {
  std::string peer;
  ZmqFrame frame;
  size_t frames = 0;
  for (;;) {
    RF_ASSIGN_OR_RETURN(const bool got, socket_->Receive(peer, frame, frames));
    if (!got) return std::nullopt;
    RF_ASSIGN_OR_RETURN(Answer answer, AnswerFromJson(frame.view()));
    if (answer.Fits(request)) return answer;  // others come late, to requests given up
  }
}

absl::Status ZmqChannel::Exchange(const Request& request, const std::function<bool()>& stop) {
  if (!socket_) RF_RETURN_IF_ERROR(Connect());
  RF_ASSIGN_OR_RETURN(const ZmqSocket::Sent sent, socket_->Send({}, RequestToJson(request)));
  if (sent != ZmqSocket::Sent::kYes) {
    socket_.reset();
    return absl::UnavailableError(absl::StrCat(options_.endpoint, ": takes no more messages"));
  }
  const auto deadline = options_.clock() + options_.timeout;
  while (!stop()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - options_.clock());
    if (left <= std::chrono::milliseconds::zero()) break;
    RF_RETURN_IF_ERROR(socket_->Wait(std::min(left, kWaitSlice)).status());
    absl::StatusOr<std::optional<Answer>> answer = Receive(request);
    if (!answer.ok()) {
      return absl::UnavailableError(
          absl::StrCat(options_.endpoint, ": ", answer.status().message()));
    }
    if (*answer) return OutcomeStatus((*answer)->outcome, (*answer)->text);
  }
  socket_.reset();
  return absl::DeadlineExceededError(absl::StrCat(options_.endpoint, ": no answer"));
}

}  // namespace ringfence
