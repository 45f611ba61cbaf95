#include "tools/service/live_decoder.h"

#include <utility>

namespace ringfence {
namespace {

constexpr std::chrono::milliseconds kLookAgain(50);  // bounds the reaction to the end

}  // namespace

CoreEntry LiveDecoder::Group::At(size_t i) {
  const DurableEntry& entry = entries_[i];
  Decoded& decoded = decoded_[i];
  return {.lsn = entry.lsn,
          .received_at = entry.received_at,
          .batch = &entry.batch,
          .decoded = decoded.good ? &decoded.entry : nullptr};
}

LiveDecoder::LiveDecoder(EntryQueue& queue, std::unique_ptr<EntryDecoder> decoder,
                         PoisonGuard* guard)
    : queue_(queue), decoder_(std::move(decoder)), guard_(guard) {
  for (Group& group : groups_) free_.push_back(&group);
  thread_ = std::thread([this] { Run(); });
}

LiveDecoder::~LiveDecoder() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

LiveDecoder::Group* LiveDecoder::Take(std::chrono::milliseconds wait) {
  GiveBack();
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, wait, [this] { return !decoded_.empty() || ended_; })) {
    return nullptr;
  }
  if (decoded_.empty()) return nullptr;
  current_ = decoded_.front();
  decoded_.pop_front();
  return current_;
}

LiveDecoder::Group* LiveDecoder::TakeLast() {
  {
    const std::lock_guard lock(mutex_);
    last_ = true;
  }
  for (;;) {
    Group* const group = Take(kLookAgain);
    if (group != nullptr) return group;
    const std::lock_guard lock(mutex_);
    if (ended_ && decoded_.empty()) return nullptr;
  }
}

void LiveDecoder::GiveBack() {
  if (current_ == nullptr) return;
  queue_.Done(current_->entries_);
  {
    const std::lock_guard lock(mutex_);
    free_.push_back(current_);
  }
  changed_.notify_all();
  current_ = nullptr;
}

void LiveDecoder::Run() {
  const auto watch = guard_ == nullptr ? nullptr : std::make_unique<PoisonGuard::Watch>(*guard_);
  while (Group* const group = AwaitFree()) {
    bool last = false;
    {
      const std::lock_guard lock(mutex_);
      last = last_;  // before the look at the queue: what was pushed until then is in it
    }
    const bool any = queue_.Take(group->entries_, kLookAgain);
    if (any) Decode(*group);
    {
      const std::lock_guard lock(mutex_);
      (any ? decoded_ : free_).push_back(group);
      ended_ = last && !any;
    }
    changed_.notify_all();
    if (last && !any) return;
  }
}

void LiveDecoder::Decode(Group& group) {
  if (group.decoded_.size() < group.size()) group.decoded_.resize(group.size());
  for (size_t i = 0; i < group.size(); ++i) {
    const DurableEntry& entry = group.entries_[i];
    Group::Decoded& decoded = group.decoded_[i];
    if (guard_ != nullptr) guard_->BeginAhead(entry.lsn);
    decoded.good = decoder_->Decode(entry.batch, entry.received_at, decoded.entry).ok();
    if (guard_ != nullptr) guard_->EndAhead();
  }
}

// Null: nobody wants more.
LiveDecoder::Group* LiveDecoder::AwaitFree() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stop_ || !free_.empty(); });
  if (stop_) return nullptr;
  Group* const group = free_.front();
  free_.pop_front();
  return group;
}

}  // namespace ringfence
