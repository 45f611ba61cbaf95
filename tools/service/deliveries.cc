#include "tools/service/deliveries.h"

#include <chrono>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "blocker/delivery/secret_file.h"
#include "blocker/delivery/webhook_channel.h"
#include "blocker/delivery/zmq_channel.h"
#include "ingest/model/status_macros.h"
#include "ingest/transport/curve_keys.h"

namespace ringfence {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

EventTime WallClock() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

std::chrono::steady_clock::time_point SteadyClock() { return std::chrono::steady_clock::now(); }

absl::Status InKey(const char* key, const absl::Status& status) {
  return {status.code(), absl::StrCat("delivery.", key, ": ", status.message())};
}

absl::StatusOr<std::unique_ptr<ZmqChannel>> OpenZmq(ZmqContext& context, const Config& config) {
  ZmqChannelOptions options;
  options.endpoint = config.delivery_zmq;
  options.timeout = duration_cast<milliseconds>(config.delivery_timeout);
  options.clock = SteadyClock;
  if (!config.delivery_curve_secret.empty()) {
    auto key = ReadSecretKey(config.delivery_curve_secret);
    if (!key.ok()) return InKey("curve_secret", key.status());
    options.curve_secret_key = *std::move(key);
  }
  if (!config.delivery_curve_server.empty()) {
    auto key = ReadPublicKey(config.delivery_curve_server);
    if (!key.ok()) return InKey("curve_server", key.status());
    options.curve_server_key = *std::move(key);
  }
  auto channel = ZmqChannel::Create(context, std::move(options));
  if (!channel.ok()) return InKey("zmq", channel.status());
  return channel;
}

absl::StatusOr<std::unique_ptr<WebhookChannel>> OpenWebhook(const Config& config) {
  auto secret = ReadSecretFile(config.delivery_webhook_secret);
  if (!secret.ok()) return InKey("webhook_secret", secret.status());
  auto channel =
      WebhookChannel::Create({.url = config.delivery_webhook,
                              .secret = *std::move(secret),
                              .timeout = duration_cast<milliseconds>(config.delivery_timeout),
                              .clock = WallClock});
  if (!channel.ok()) return InKey("webhook", channel.status());
  return channel;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Deliveries>> Deliveries::Open(
    const Config& config, const DeliverySink::Sequencer& sequencer) {
  std::unique_ptr<Deliveries> result(new Deliveries());
  if (!config.delivery_zmq.empty()) {
    RF_ASSIGN_OR_RETURN(auto channel, OpenZmq(result->zmq_, config));
    result->Add("line provisioning (ZeroMQ)", std::move(channel), config, sequencer);
  }
  if (!config.delivery_webhook.empty()) {
    RF_ASSIGN_OR_RETURN(auto channel, OpenWebhook(config));
    result->Add("line provisioning (webhook)", std::move(channel), config, sequencer);
  }
  return result;
}

void Deliveries::Add(std::string name, std::unique_ptr<Channel> channel, const Config& config,
                     const DeliverySink::Sequencer& sequencer) {
  QueueOptions queue;
  queue.receiver = name;
  queue.max_proof_age = duration_cast<milliseconds>(config.delivery_max_proof_age);
  queue.backoff.seed = std::random_device()();
  auto sink =
      std::make_unique<DeliverySink>(std::move(channel), std::move(queue), sequencer,
                                     DeliveryClocks{.now = WallClock, .steady_now = SteadyClock});
  receivers_.push_back({std::move(name), std::move(sink)});
}

std::vector<NamedSink> Deliveries::sinks() const {
  std::vector<NamedSink> sinks;
  sinks.reserve(receivers_.size());
  for (const Receiver& receiver : receivers_) sinks.push_back({receiver.name, receiver.sink.get()});
  return sinks;
}

}  // namespace ringfence
