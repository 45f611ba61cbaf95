// Line provisioning by HTTP: each request is a signed POST, its status is the answer.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "blocker/delivery/channel.h"
#include "blocker/delivery/http_post.h"

namespace ringfence {

struct WebhookOptions {
  std::string url;     // ParseHttpTarget
  std::string secret;  // what messages are signed with
  std::chrono::milliseconds timeout{5'000};
  std::function<EventTime()> clock;  // for the timestamp
};

class WebhookChannel final : public Channel {
 public:
  // The errors of ParseHttpTarget; InvalidArgument without a secret.
  static absl::StatusOr<std::unique_ptr<WebhookChannel>> Create(WebhookOptions options);

  absl::Status Exchange(const Request& request, const std::function<bool()>& stop) override;

 private:
  WebhookChannel(HttpTarget target, WebhookOptions options)
      : target_(std::move(target)), options_(std::move(options)) {}

  const HttpTarget target_;
  const WebhookOptions options_;
};

// What an HTTP status says: 2xx done; 4xx refused for good, except 408, 409, 425 and 429; anything
// else, try again. `body` is for people.
absl::Status WebhookOutcome(unsigned status, std::string_view body);

}  // namespace ringfence
