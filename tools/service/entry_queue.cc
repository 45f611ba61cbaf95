#include "tools/service/entry_queue.h"

#include <utility>

namespace ringfence {
namespace {

constexpr size_t kMostSpare = 4;

}  // namespace

bool EntryQueue::AwaitRoom(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  return room_.wait_for(lock, wait, [&] { return bytes_ < bound_; });
}

void EntryQueue::Push(EntryGroup& group) {
  {
    const std::lock_guard lock(mutex_);
    bytes_ += group.bytes();
    groups_.push_back(std::move(group));
    group = EntryGroup();
    if (!spare_.empty()) {
      group = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  filled_.notify_one();
}

void EntryQueue::Done(EntryGroup& group) {
  const std::lock_guard lock(mutex_);
  const bool was_full = bytes_ >= bound_;
  bytes_ -= group.bytes();
  group.Clear();
  if (was_full && bytes_ < bound_) room_.notify_one();
}

bool EntryQueue::Take(EntryGroup& group, std::chrono::milliseconds wait) {
  Done(group);
  std::unique_lock lock(mutex_);
  if (!filled_.wait_for(lock, wait, [&] { return !groups_.empty(); })) return false;
  if (spare_.size() < kMostSpare) spare_.push_back(std::move(group));
  group = std::move(groups_.front());
  groups_.pop_front();
  return true;
}

size_t EntryQueue::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace ringfence
