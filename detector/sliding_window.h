// The setup times of one subject that can still matter to a judgement.
//
// Thread safety: none; one owner.
//
// Invariants:
// 1. Times are in ascending order; equal times stand in order of arrival.
// 2. No time is lost but by DropOlder(), KeepNewest() and Clear(), the oldest ones first: what is
//    held is a suffix of the sorted times of all calls.
// 3. Positions count from the oldest time held. Insert() and the dropping functions shift them.
// 4. Times are exact to the microsecond; no arithmetic on them overflows, whatever their value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "detector/packed_times.h"
#include "ingest/model/event_time.h"

namespace ringfence {

class SlidingWindow {
 public:
  size_t size() const { return packed_.empty() ? times_.size() - begin_ : packed_.size(); }
  bool empty() const { return size() == 0; }
  EventTime operator[](size_t position) const {
    return packed_.empty() ? FromUnixMicros(times_[begin_ + position]) : packed_[position];
  }
  EventTime newest() const { return (*this)[size() - 1]; }

  // Calls need(address) for what the next Insert() looks at.
  void Need(const auto& need) const {
    if (packed_.empty()) {
      need(times_.data() + times_.size());
    } else {
      packed_.Need(need);
    }
  }

  // Puts a call in its place, after those of the same time; returns its position. Amortised O(1)
  // for the newest call, O(size) for an older one.
  size_t Insert(EventTime time);

  // The same for calls in order, none before the newest: their times in whole seconds.
  void Append(absl::Span<const uint32_t> seconds);

  // Drops the times that lie `age` or more before `reference`.
  void DropOlder(EventTime reference, Duration age);

  // Drops the oldest times while more than `count` are left and the oldest lies `age` or more
  // before `reference`.
  void KeepNewest(size_t count, EventTime reference, Duration age);
  void KeepNewest(size_t count) { KeepNewest(count, EventTime(), Duration(0)); }

  // Drops all times and gives the memory back.
  void Clear();

  // Takes less memory from now on if the times allow it.
  void Repack();

  // Whether count(call at position) > limit, where count is the number of calls up to and including
  // this one, in order, whose time is in (time - window, time]. O(1). Right also when older calls
  // were dropped, as long as `limit` calls are held before this one.
  bool Exceeds(size_t position, size_t limit, Duration window) const {
    return position >= limit && InWindow((*this)[position - limit], (*this)[position], window);
  }

  // The position of the oldest call held in the window that ends with this call. O(log size).
  size_t FirstInWindow(size_t position, Duration window) const;

  // Bytes held outside the object itself, as an allocator rounds them.
  size_t HeapBytes() const;

 private:
  static constexpr size_t kInline = 2;

  size_t InsertPacked(EventTime time);
  size_t InsertExact(int64_t micros);
  void Unpack();
  void DropFront(size_t count);
  void Compact();

  // The times are in one of the two: packed as long as they are whole seconds and close together,
  // else in microseconds.
  PackedTimes packed_;
  absl::InlinedVector<int64_t, kInline> times_;  // those before begin_ are dropped
  uint32_t begin_ = 0;
  // Not after any time held, so that DropOlder() seldom needs to look at the oldest.
  EventTime floor_ = EventTime::max();
};

}  // namespace ringfence
