#include "whitelist/redis/invalidation_channel.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/absl_bridge.h"
#include "ingest/model/status_macros.h"
#include "whitelist/redis/list_keys.h"

namespace ringfence {
namespace {

constexpr char kChannel[] = "__redis__:invalidate";

absl::Status Broken(const RedisConnection& redis, std::string_view what) {
  return absl::UnavailableError(
      absl::StrCat("invalidations of Redis at ", redis.address().ToString(), ": ", ToAbsl(what)));
}

bool Holds(const RedisReply& list, std::string_view text) {
  return std::any_of(list.items.begin(), list.items.end(),
                     [&](const RedisReply& item) { return item.text == text; });
}

}  // namespace

InvalidationChannel::InvalidationChannel(const RedisAddress& address, RedisTimeouts timeouts,
                                         std::chrono::milliseconds proof_max_age,
                                         MonotonicClock clock)
    : listener_(address, timeouts),
      tracker_(address, timeouts),
      timeouts_(timeouts),
      proof_max_age_(proof_max_age),
      clock_(std::move(clock)) {}

void InvalidationChannel::Down() {
  listener_.Close();
  tracker_.Close();
  proved_at_.reset();
  ++epoch_;
}

absl::StatusOr<uint64_t> InvalidationChannel::Epoch(bool prove_now) {
  absl::Status status;
  if (!proved_at_.has_value()) {
    status = Open();
    prove_now = true;
  }
  if (status.ok()) status = Drain();
  if (status.ok() && (prove_now || clock_() - *proved_at_ >= proof_max_age_)) status = Prove();
  if (!status.ok()) {
    Down();
    return status;
  }
  return epoch_;
}

absl::Status InvalidationChannel::Open() {
  RF_ASSIGN_OR_RETURN(const RedisReply id, listener_.Command({"CLIENT", "ID"}));
  listener_id_ = id.integer;
  RF_RETURN_IF_ERROR(listener_.Command({"SUBSCRIBE", kChannel}).status());
  RF_RETURN_IF_ERROR(
      tracker_
          .Command({"CLIENT", "TRACKING", "ON", "REDIRECT", std::to_string(listener_id_), "BCAST",
                    "PREFIX", kWhitelistKey, "PREFIX", kLedgerKey, "PREFIX", kManifestKey})
          .status());
  ++epoch_;
  proved_at_ = clock_();
  return absl::OkStatus();
}

absl::Status InvalidationChannel::TakeMessage(const RedisReply& message, bool* pong) {
  if (message.items.size() == 3 && message.items[0].text == "message" &&
      message.items[1].text == kChannel) {
    ++epoch_;  // which keys does not matter: the lists are replaced whole
    return absl::OkStatus();
  }
  if (message.items.size() == 2 && message.items[0].text == "pong" && pong != nullptr) {
    *pong = true;
    return absl::OkStatus();
  }
  return Broken(listener_, "a message that was not expected");
}

absl::Status InvalidationChannel::Drain() {
  const uint64_t generation = listener_.generation();
  for (;;) {
    RF_ASSIGN_OR_RETURN(const auto message, listener_.Receive(std::chrono::milliseconds(0)));
    if (listener_.generation() != generation) return Broken(listener_, "the listener was new");
    if (!message.has_value()) break;
    RF_RETURN_IF_ERROR(TakeMessage(*message, nullptr));
  }
  // The tracker is asked nothing: all that can arrive is its end.
  RF_ASSIGN_OR_RETURN(const auto message, tracker_.Receive(std::chrono::milliseconds(0)));
  return message.has_value() ? Broken(tracker_, "the tracker said something unasked")
                             : absl::OkStatus();
}

absl::Status InvalidationChannel::ListenUntilPong() {
  using SteadyClock = std::chrono::steady_clock;  // waiting takes real time, whatever clock_ says
  const auto deadline = SteadyClock::now() + timeouts_.command;
  RF_RETURN_IF_ERROR(listener_.Send({"PING"}));
  for (bool pong = false; !pong;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now());
    if (left.count() <= 0) return Broken(listener_, "the listener got no answer to PING");
    RF_ASSIGN_OR_RETURN(const auto message, listener_.Receive(left));
    if (message.has_value()) RF_RETURN_IF_ERROR(TakeMessage(*message, &pong));
  }
  return absl::OkStatus();
}

absl::Status InvalidationChannel::CheckTracking() {
  const uint64_t generation = tracker_.generation();
  RF_ASSIGN_OR_RETURN(const RedisReply info, tracker_.Command({"CLIENT", "TRACKINGINFO"}));
  if (tracker_.generation() != generation) return Broken(tracker_, "the tracker was new");
  bool on = false;
  bool redirected = false;
  for (size_t i = 0; i + 1 < info.items.size(); i += 2) {
    const RedisReply& value = info.items[i + 1];
    if (info.items[i].text == "flags")
      on = Holds(value, "bcast") && !Holds(value, "broken_redirect");
    if (info.items[i].text == "redirect") redirected = value.integer == listener_id_;
  }
  return on && redirected ? absl::OkStatus() : Broken(tracker_, "the redirection is broken");
}

// The tracker first: what changed before its answer has been sent to the listener, and comes before
// the listener's PONG.
absl::Status InvalidationChannel::Prove() {
  RF_RETURN_IF_ERROR(CheckTracking());
  RF_RETURN_IF_ERROR(ListenUntilPong());
  proved_at_ = clock_();
  return absl::OkStatus();
}

}  // namespace ringfence
