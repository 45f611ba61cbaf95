#include "tools/service/decode_ahead.h"

#include <utility>

#include "ingest/model/status_macros.h"

namespace ringfence {

DecodeAhead::DecodeAhead(JournalReader& reader, ServiceCore& core)
    : reader_(reader), core_(core), decoder_(core.NewDecoder()), guard_(core.guard()) {
  for (Group& group : groups_) free_.push_back(&group);
  thread_ = std::thread([this] { Run(); });
}

DecodeAhead::~DecodeAhead() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<bool> DecodeAhead::Next(CoreEntry& next) {
  while (current_ == nullptr || at_ == current_->used) {
    if (current_ != nullptr && current_->last) {
      if (thread_.joinable()) thread_.join();
      RF_RETURN_IF_ERROR(current_->status);
      return false;
    }
    if (current_ != nullptr) PutFree(*current_);
    current_ = AwaitFilled();
    at_ = 0;
  }
  Slot& slot = *current_->slots[at_++];
  next = {.lsn = slot.entry.lsn,
          .received_at = slot.entry.received_at,
          .batch = &slot.entry.batch,
          .decoded = slot.is_decoded ? &slot.decoded : nullptr};
  return true;
}

void DecodeAhead::Run() {
  const auto watch = guard_ == nullptr ? nullptr : std::make_unique<PoisonGuard::Watch>(*guard_);
  while (Group* const group = AwaitFree()) {
    Fill(*group);
    const bool last = group->last;
    PutFilled(*group);
    if (last) return;
  }
}

void DecodeAhead::Fill(Group& group) {
  group.used = 0;
  group.careful = false;
  for (size_t bytes = 0; bytes < kGroupBytes && group.used < kGroupEntries && !group.careful;) {
    std::unique_ptr<Slot>& slot = group.slots[group.used];
    if (slot == nullptr || slot->entry.batch.records.capacity() > kKeptBytes) {
      slot = std::make_unique<Slot>();
    }
    const absl::StatusOr<bool> more = FillSlot(*slot);
    if (!more.ok() || !*more) {
      group.status = more.status();
      group.last = true;
      return;
    }
    bytes += slot->entry.batch.records.size();
    group.careful = !slot->is_decoded;
    ++group.used;
  }
}

absl::StatusOr<bool> DecodeAhead::FillSlot(Slot& slot) {
  RF_ASSIGN_OR_RETURN(const bool more, reader_.Next(slot.entry));
  if (!more) return false;
  const JournalEntry& entry = slot.entry;
  slot.is_decoded = !IsCareful(slot);
  if (!slot.is_decoded) return true;
  if (guard_ != nullptr) guard_->BeginAhead(entry.lsn);
  RF_RETURN_IF_ERROR(decoder_->Decode(entry.batch, entry.received_at, slot.decoded));
  core_.DropRepetitions(slot.decoded);
  if (guard_ != nullptr) guard_->EndAhead();
  return true;
}

// Null: nobody wants more.
DecodeAhead::Group* DecodeAhead::AwaitFree() {
  std::unique_lock lock(mutex_);
  if (free_.empty() || pause_) {
    const size_t enough = pause_ ? kGroups : kAtOnce;
    changed_.wait(lock, [&] { return stop_ || free_.size() >= enough; });
    pause_ = false;
  }
  if (stop_) return nullptr;
  Group* const group = free_.front();
  free_.pop_front();
  return group;
}

DecodeAhead::Group* DecodeAhead::AwaitFilled() {
  std::unique_lock lock(mutex_);
  if (filled_.empty()) {
    changed_.wait(lock, [this] {
      return ended_ || filled_.size() >= kAtOnce || (pause_ && !filled_.empty());
    });
  }
  Group* const group = filled_.front();
  filled_.pop_front();
  return group;
}

void DecodeAhead::PutFree(Group& group) {
  const std::lock_guard lock(mutex_);
  free_.push_back(&group);
  if (free_.size() == kAtOnce || free_.size() == kGroups) changed_.notify_one();
}

void DecodeAhead::PutFilled(Group& group) {
  const std::lock_guard lock(mutex_);
  filled_.push_back(&group);
  ended_ = group.last;
  pause_ = group.careful;
  if (ended_ || pause_ || filled_.size() == kAtOnce) changed_.notify_one();
}

}  // namespace ringfence
