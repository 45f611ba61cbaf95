// A receiver of actions that is asked by a thread of its own: those who decide never wait for it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/status/statusor.h"
#include "blocker/action_sink.h"
#include "blocker/delivery/channel.h"
#include "blocker/delivery/request_queue.h"

namespace ringfence {

struct DeliveryClocks {
  std::function<EventTime()> now;
  std::function<std::chrono::steady_clock::time_point()> steady_now;
};

// Dispatch() and Restore() hand over and return: IsPending() until the receiver has answered, then
// its answer. Each of their calls counts as a fresh proof; a suspension or block that waits longer
// than `max_proof_age` after the last one is forgotten unsent. Called by one thread.
class DeliverySink final : public ActionSink {
 public:
  // Place of an action's latest change in the journal.
  using Sequencer = std::function<absl::StatusOr<int64_t>(const ActionId&)>;

  // What the functions refer to must outlive this.
  DeliverySink(std::unique_ptr<Channel> channel, QueueOptions options, Sequencer sequencer,
               DeliveryClocks clocks);
  // What was not sent is lost here and kept in the journal. Waits for the channel to give up.
  ~DeliverySink() override;
  DeliverySink(const DeliverySink&) = delete;
  DeliverySink& operator=(const DeliverySink&) = delete;

  absl::Status Dispatch(const ActionRecord& action) override;
  absl::Status Restore(const ActionRecord& action) override;
  bool Waits(const ActionRecord& action) const override;

 private:
  absl::Status Post(absl::StatusOr<Request> request);
  std::optional<Request> Next();
  void Run();

  const std::unique_ptr<Channel> channel_;
  const std::chrono::milliseconds max_proof_age_;
  const Sequencer sequencer_;
  const DeliveryClocks clocks_;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;
  std::condition_variable changed_;  // queue_ or stop_
  RequestQueue queue_;               // under mutex_
  std::thread thread_;               // last: it uses all the others
};

}  // namespace ringfence
