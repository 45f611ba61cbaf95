#include "tools/service/decode_ahead.h"

#include <utility>

#include "ingest/model/status_macros.h"

namespace ringfence {

DecodeAhead::DecodeAhead(JournalReader& reader, std::unique_ptr<EntryDecoder> decoder,
                         PoisonGuard* guard)
    : reader_(reader), decoder_(std::move(decoder)), guard_(guard) {
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
    if (current_ != nullptr) Put(free_, *current_);
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
    Put(filled_, *group);
    if (last) return;
  }
}

void DecodeAhead::Fill(Group& group) {
  group.used = 0;
  for (size_t bytes = 0; bytes < kGroupBytes && group.used < kGroupEntries;) {
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
    ++group.used;
  }
}

absl::StatusOr<bool> DecodeAhead::FillSlot(Slot& slot) {
  RF_ASSIGN_OR_RETURN(const bool more, reader_.Next(slot.entry));
  if (!more) return false;
  const JournalEntry& entry = slot.entry;
  slot.is_decoded = guard_ == nullptr || !guard_->Careful(entry.lsn);
  if (!slot.is_decoded) return true;
  if (guard_ != nullptr) guard_->BeginAhead(entry.lsn);
  RF_RETURN_IF_ERROR(decoder_->Decode(entry.batch, entry.received_at, slot.decoded));
  if (guard_ != nullptr) guard_->EndAhead();
  return true;
}

// Null: nobody wants more.
DecodeAhead::Group* DecodeAhead::AwaitFree() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stop_ || !free_.empty(); });
  if (stop_) return nullptr;
  Group* const group = free_.front();
  free_.pop_front();
  return group;
}

DecodeAhead::Group* DecodeAhead::AwaitFilled() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !filled_.empty(); });
  Group* const group = filled_.front();
  filled_.pop_front();
  return group;
}

void DecodeAhead::Put(std::deque<Group*>& queue, Group& group) {
  {
    const std::lock_guard lock(mutex_);
    queue.push_back(&group);
  }
  changed_.notify_one();
}

}  // namespace ringfence
