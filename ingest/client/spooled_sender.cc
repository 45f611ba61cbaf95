#include "ingest/client/spooled_sender.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ingest/model/status_macros.h"

namespace ringfence {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookAtSpoolEvery{20};
constexpr milliseconds kRememberEvery{1'000};
// The spool has time.
constexpr milliseconds kNever = std::chrono::hours(24 * 365 * 100);

}  // namespace

absl::StatusOr<std::unique_ptr<SpooledSender>> SpooledSender::Create(ZmqContext& context,
                                                                     SenderOptions options,
                                                                     Spool& spool) {
  if (spool.stream() == nullptr) return absl::InvalidArgumentError("the spool has no stream");
  options.source = spool.stream()->key.source;
  options.give_up_after = kNever;
  options.interrupted = nullptr;
  const auto clock = options.clock;
  const milliseconds open_again_after = options.resend_after_max;
  RF_ASSIGN_OR_RETURN(auto sender, Sender::Create(context, std::move(options)));
  return std::unique_ptr<SpooledSender>(
      new SpooledSender(std::move(sender), spool, clock, open_again_after));
}

absl::Status SpooledSender::Poll(milliseconds wait) {
  RF_RETURN_IF_ERROR(failed_);
  const absl::Status status = Step(wait);
  if (status.ok()) return status;
  return failed_ = absl::Status(
             status.code(), absl::StrCat(status.message(), "; the spool keeps ", state().only_here,
                                         " records that are not known to be durable there"));
}

absl::Status SpooledSender::Step(milliseconds wait) {
  if (!opening_) {
    if (clock_() < open_at_) {
      std::this_thread::sleep_for(wait);
      return absl::OkStatus();
    }
    const StreamInfo& stream = *spool_.stream();
    held_ = {};
    RF_RETURN_IF_ERROR(OpenLaterIfAway(sender_->BeginOpen(stream.key.stream, stream.key.epoch,
                                                          stream.format, spool_.oldest_seq())));
  }
  if (opening_) RF_RETURN_IF_ERROR(OpenLaterIfAway(sender_->Poll(wait)));
  if (!opening_ || !sender_->opened()) return absl::OkStatus();
  if (!resumed_) {
    RF_RETURN_IF_ERROR(spool_.Resume(sender_->opened_at()));
    resumed_ = true;
  }
  RF_RETURN_IF_ERROR(spool_.Acknowledge(sender_->acked()));
  if (clock_() - remembered_ >= kRememberEvery) Remember();
  return SendDue();
}

// A full or failing disk shows where records are written; the next start knows less, that is all.
void SpooledSender::Remember() {
  remembered_ = clock_();
  spool_.RememberAcknowledged().IgnoreError();
}

// The socket or the machine has no means just now: a stream that is opened again sends all that is
// not acknowledged.
absl::Status SpooledSender::OpenLaterIfAway(const absl::Status& status) {
  opening_ = status.ok();
  if (!absl::IsUnavailable(status) && !absl::IsResourceExhausted(status)) return status;
  resumed_ = false;
  open_at_ = clock_() + open_again_after_;
  return absl::OkStatus();
}

absl::Status SpooledSender::SendDue() {
  while (opening_) {
    RF_ASSIGN_OR_RETURN(const bool any, TakeBatch());
    if (!any || !sender_->RoomFor(held_.records.size())) return absl::OkStatus();
    // A receiver may grant a source less than a batch.
    const uint32_t count = std::min(held_.count, std::max(sender_->max_records(), 1U));
    RF_ASSIGN_OR_RETURN(const size_t bytes, BytesOfRecords(held_, count));
    RF_RETURN_IF_ERROR(OpenLaterIfAway(
        sender_->Send(std::string_view(held_.records).substr(0, bytes), count, held_.offset)));
    if (count == held_.count) {
      held_ = {};
    } else {
      RF_RETURN_IF_ERROR(DropRecords(held_, count));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> SpooledSender::TakeBatch() {
  if (!held_.records.empty()) return true;
  return spool_.Next(held_);
}

absl::StatusOr<SpoolState> SpooledSender::Drain(std::chrono::steady_clock::time_point deadline,
                                                const std::function<bool()>& stop) {
  for (;;) {
    RF_RETURN_IF_ERROR(Poll(kLookAtSpoolEvery));
    const bool done = resumed_ && state().Empty();
    if (!done && clock_() < deadline && !(stop && stop())) continue;
    Remember();
    return state();
  }
}

SpoolState SpooledSender::state() const {
  return {spool_.acked_seq(), spool_.durable_seq() - spool_.acked_seq()};
}

}  // namespace ringfence
