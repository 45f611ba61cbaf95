#include "blocker/delivery/delivery_sink.h"

#include <utility>

#include "ingest/model/status_macros.h"

namespace ringfence {

DeliverySink::DeliverySink(std::unique_ptr<Channel> channel, QueueOptions options,
                           Sequencer sequencer, DeliveryClocks clocks)
    : channel_(std::move(channel)),
      max_proof_age_(options.max_proof_age),
      sequencer_(std::move(sequencer)),
      clocks_(std::move(clocks)),
      queue_(std::move(options)),
      thread_([this] { Run(); }) {}

DeliverySink::~DeliverySink() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

absl::Status DeliverySink::Dispatch(const ActionRecord& action) {
  RF_ASSIGN_OR_RETURN(const int64_t sequence, sequencer_(action.id));
  absl::StatusOr<Request> request = MakeDispatch(action, sequence);
  if (request.ok()) request->valid_until = clocks_.now() + max_proof_age_;
  return Post(std::move(request));
}

absl::Status DeliverySink::Restore(const ActionRecord& action) {
  RF_ASSIGN_OR_RETURN(const int64_t sequence, sequencer_(action.id));
  return Post(MakeRestore(action, sequence));
}

absl::Status DeliverySink::Post(absl::StatusOr<Request> request) {
  RF_RETURN_IF_ERROR(request.status());
  const std::lock_guard lock(mutex_);
  const absl::Status status = queue_.Post(*std::move(request), clocks_.steady_now());
  changed_.notify_one();
  return status;
}

bool DeliverySink::Waits(const ActionRecord& action) const {
  const std::lock_guard lock(mutex_);
  return queue_.Waits(action.id, action.state == ActionState::kRestoring, clocks_.steady_now());
}

std::optional<Request> DeliverySink::Next() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const auto now = clocks_.steady_now();
    if (std::optional<Request> request = queue_.Take(now)) return request;
    const auto at = queue_.NextAt();
    if (!at) {
      changed_.wait(lock);
    } else {
      changed_.wait_for(lock, *at - now);
    }
  }
  return std::nullopt;
}

void DeliverySink::Run() {
  while (const std::optional<Request> request = Next()) {
    const absl::Status outcome = channel_->Exchange(*request, [this] { return stop_.load(); });
    const std::lock_guard lock(mutex_);
    queue_.Finish(*request, outcome, clocks_.steady_now());
  }
}

}  // namespace ringfence
