#include "blocker/delivery/webhook_channel.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "blocker/delivery/signature.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"

namespace ringfence {

absl::StatusOr<std::unique_ptr<WebhookChannel>> WebhookChannel::Create(WebhookOptions options) {
  RF_ASSIGN_OR_RETURN(HttpTarget target, ParseHttpTarget(options.url));
  if (options.secret.empty()) {
    return absl::InvalidArgumentError("webhook: there is no secret to sign its messages with");
  }
  return std::unique_ptr<WebhookChannel>(new WebhookChannel(std::move(target), std::move(options)));
}

absl::Status WebhookChannel::Exchange(const Request& request, const std::function<bool()>& stop) {
  const std::string body = RequestToJson(request);
  RF_ASSIGN_OR_RETURN(Signature signature, Sign(options_.secret, options_.clock(), body));
  const std::string key =
      absl::StrCat(request.action.id.value(), "-", ToAbsl(CommandName(request.command)));
  RF_ASSIGN_OR_RETURN(const HttpAnswer answer,
                      HttpPost(target_,
                               {{"Idempotency-Key", key},
                                {"Ringfence-Timestamp", std::move(signature.timestamp)},
                                {"Ringfence-Signature", std::move(signature.value)}},
                               body, options_.timeout, stop));
  return WebhookOutcome(answer.status, answer.body);
}

absl::Status WebhookOutcome(unsigned status, std::string_view body) {
  if (status >= 200 && status < 300) return absl::OkStatus();
  const std::string text = absl::StrCat("HTTP ", status, " ", ShownText(body));
  const bool later = status == 408 || status == 409 || status == 425 || status == 429;
  return OutcomeStatus(status >= 400 && status < 500 && !later ? Outcome::kRefused : Outcome::kBusy,
                       text);
}

}  // namespace ringfence
