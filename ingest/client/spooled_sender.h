// A spool and a sender in one: hand records over and forget them.
//
//   RF_ASSIGN_OR_RETURN(auto folder, SpoolFolder::Open("/var/spool/ringfence"));
//   RF_ASSIGN_OR_RETURN(auto spool, Spool::Open(folder->disk(), {}));
//   RF_RETURN_IF_ERROR(spool->Begin({{"msc-01", "live", random_number}, format}));
//   ZmqContext context;
//   RF_ASSIGN_OR_RETURN(auto sender, SpooledSender::Create(context, {.endpoint = …}, *spool));
//   ... for each group of records:
//   RF_RETURN_IF_ERROR(sender->Append(records, count));
//   RF_RETURN_IF_ERROR(sender->Commit());  // the records are safe: forget them
//   RF_RETURN_IF_ERROR(sender->Poll());    // now and then, also when there is nothing to append
//   ... at the end:
//   RF_ASSIGN_OR_RETURN(SpoolState state, sender->Drain(now + std::chrono::seconds(30)));
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest/client/sender.h"
#include "ingest/client/spool.h"

namespace ringfence {

// Of all records that the spool was ever given.
struct SpoolState {
  uint64_t durable_there = 0;  // at the receiver, as far as it has said
  uint64_t only_here = 0;      // durable in the spool alone, as far as is known: they are sent at
                               // the next start

  bool Empty() const { return only_here == 0; }
};

// Not thread-safe. Keeps trying, with back-off, for as long as the receiver does not answer. Errors
// of Poll() and Drain() are for good and come again: FailedPrecondition (the receiver refused, or
// has other records), DataLoss (Spool::Resume), or the spool's. Append() and Commit() go on working
// as long as the disk does.
class SpooledSender {
 public:
  // `spool` has a stream, from which the source's name is taken; it and `context` must outlive the
  // sender. Of `options`, give_up_after and interrupted are not used. Does not wait. Errors as
  // Sender::Create.
  static absl::StatusOr<std::unique_ptr<SpooledSender>> Create(ZmqContext& context,
                                                               SenderOptions options, Spool& spool);

  // As Spool's: they touch the disk, never the network.
  absl::Status Append(std::string_view records, uint32_t count) {
    return spool_.Append(records, count);
  }
  absl::Status Commit() { return spool_.Commit(); }

  // Reads answers, sends what can go, gives free what is acknowledged, and once a second notes how
  // far that is, so that the next start can say so before the receiver answers. Waits for an answer
  // up to `wait`; not at all while none is expected.
  absl::Status Poll(std::chrono::milliseconds wait = std::chrono::milliseconds(0));

  // Polls until everything that was committed is durable at the receiver, `deadline` is past or
  // `stop` says true.
  absl::StatusOr<SpoolState> Drain(std::chrono::steady_clock::time_point deadline,
                                   const std::function<bool()>& stop = nullptr);

  SpoolState state() const;
  bool connected() const { return resumed_; }  // the receiver has answered since Create()
  const SenderCounters& counters() const { return sender_->counters(); }

 private:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  SpooledSender(std::unique_ptr<Sender> sender, Spool& spool, Clock clock,
                std::chrono::milliseconds open_again_after)
      : sender_(std::move(sender)),
        spool_(spool),
        clock_(std::move(clock)),
        open_again_after_(open_again_after) {}

  absl::Status Step(std::chrono::milliseconds wait);
  absl::Status OpenLaterIfAway(const absl::Status& status);
  absl::Status SendDue();
  void Remember();
  absl::StatusOr<bool> TakeBatch();

  std::unique_ptr<Sender> sender_;
  Spool& spool_;
  Clock clock_;
  const std::chrono::milliseconds open_again_after_;

  absl::Status failed_;
  bool opening_ = false;  // HELLO was said, or the stream is open
  bool resumed_ = false;
  std::chrono::steady_clock::time_point open_at_;     // not before
  std::chrono::steady_clock::time_point remembered_;  // when acknowledgements were, last
  RawBatch held_;                                     // the next to send; no records: none
};

}  // namespace ringfence
