// Durable journal entries on their way from the acceptor's thread to the judge's.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "ingest/model/event_time.h"
#include "ingest/transport/receiver.h"

namespace ringfence {

struct DurableEntry {
  uint64_t lsn = 0;
  EventTime received_at;
  RawBatch batch;
};

// Entries that became durable together. Slots are used again, so that no memory is allocated for
// an entry once they have grown.
class EntryGroup {
 public:
  // The slot for the next entry; it counts once it is kept.
  DurableEntry& Slot() {
    if (used_ == slots_.size()) slots_.emplace_back();
    return slots_[used_];
  }
  void Keep() {
    bytes_ += slots_[used_].batch.records.size();
    ++used_;
  }
  void Clear() { used_ = bytes_ = 0; }

  size_t size() const { return used_; }
  size_t bytes() const { return bytes_; }
  const DurableEntry& operator[](size_t i) const { return slots_[i]; }

 private:
  std::vector<DurableEntry> slots_;
  size_t used_ = 0;
  size_t bytes_ = 0;
};

// Bounded by bytes, which count until the taker is done with them: the bound is what the acceptor
// waits for before it reads on; a group that it has then read fits whatever its size. One thread
// pushes, one takes.
class EntryQueue {
 public:
  explicit EntryQueue(size_t bound_bytes) : bound_(bound_bytes) {}

  // The pushing thread. Waits until there is room; false when there was none within `wait`.
  bool AwaitRoom(std::chrono::milliseconds wait);
  // Takes the group's entries and leaves an empty group in its place.
  void Push(EntryGroup& group);

  // The taking thread. Replaces `group`, whose entries are Done(), by the next one; false, and an
  // empty group, when nothing came within `wait`. It may take several before it is done with them.
  bool Take(EntryGroup& group, std::chrono::milliseconds wait);

  // The taker is done with the group's entries: they do not count for the bound any more. Leaves
  // the group empty.
  void Done(EntryGroup& group);

  // Any thread: in the queue and in the taker's hands.
  size_t bytes() const;

 private:
  const size_t bound_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable filled_;
  std::deque<EntryGroup> groups_;
  std::vector<EntryGroup> spare_;
  size_t bytes_ = 0;
};

}  // namespace ringfence
