// The features of a subject that calls much: its calls by the hour, each hour in one cache line.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "detector/features/distinct_count.h"
#include "detector/model/call_features.h"
#include "detector/model/rule_set.h"
#include "ingest/model/bytes.h"
#include "ingest/model/cdr.h"
#include "ingest/model/event_time.h"
#include "ingest/model/heap.h"

namespace ringfence {

// The clock hour of `time` where days begin at UTC + offset, counted from 1970-01-01 00:00 there.
// The first and the last day that an EventTime can be in are one hour each.
inline int64_t HourOf(EventTime time, Duration offset) {
  constexpr int64_t kMicrosPerHour = std::chrono::microseconds(std::chrono::hours(1)).count();
  constexpr int64_t kFirst = std::numeric_limits<int64_t>::min() + 25 * kMicrosPerHour;
  constexpr int64_t kLast = std::numeric_limits<int64_t>::max() - 25 * kMicrosPerHour;
  const int64_t local = std::clamp(ToUnixMicros(time), kFirst, kLast) + offset.count();
  return local / kMicrosPerHour - (local % kMicrosPerHour < 0 ? 1 : 0);
}

// Begins with a call of the subject that is half way to a limit, counts that and all that come
// after it, and ends when no call half way lies within RuleSet::retention. A call counts in the
// hour of its own setup time, whenever it comes; of RuleSet::feature_hours hours, the newest one
// that of the newest call counted. What came before and after one another is in order of arrival.
//
// Not thread-safe.
class CallProfile {
 public:
  // `newest` is that of the whole input, not before the call's setup time.
  void Count(const RuleSet& set, EventTime newest, const Cdr& cdr, bool half_way);
  // Ends it when it is time; Count() does so, too.
  void Expire(const RuleSet& set, EventTime newest);

  bool kept() const { return !hours_.empty(); }
  // All but the day, of the hours from that of the first instant in the window that ends at `at` to
  // that of `at`. Nothing when it is not kept.
  void Describe(const RuleSet& set, EventTime at, Duration window, CallFeatures& features) const;

  // Calls need(address) for what Count() looks at: first in the object; once that is there, the
  // hour of a call.
  void NeedSelf(const auto& need) const {
    need(&hours_);
    need(&previous_called_);
  }
  void NeedHour(EventTime setup, Duration day_offset, const auto& need) const {
    if (kept()) need(&hours_[PlaceOf(HourOf(setup, day_offset))].hour);
  }

  size_t HeapBytes() const {
    return kept() ? hours_.capacity() * sizeof(Line) + kAllocationBytes + alignof(Line) : 0;
  }

  void Write(ByteWriter& writer) const;
  // What Write() wrote, into an object never used; false for anything else, and for times after
  // `newest`. Hours for which there is no room are dropped. `recount`: days began elsewhere then.
  bool Read(const RuleSet& set, EventTime newest, bool recount, ByteReader& reader);

 private:
  struct Hour {
    uint32_t calls = 0;
    uint32_t answered = 0;
    uint32_t brief = 0;
    uint32_t sequential = 0;
    uint32_t talk_seconds = 0;  // stops at the maximum
    DistinctCount called;
  };
  // The alignment is the ring's alone: an Hour may be on the stack, which AddressSanitizer's
  // stand-in for it aligns to 32 bytes (GCC 12).
  struct alignas(64) Line {
    Hour hour;
  };
  static_assert(sizeof(Line) == sizeof(Hour));

  Hour& At(int64_t hour) { return hours_[PlaceOf(hour)].hour; }
  const Hour& At(int64_t hour) const { return hours_[PlaceOf(hour)].hour; }
  size_t PlaceOf(int64_t hour) const { return static_cast<size_t>(hour) & (hours_.size() - 1); }
  int64_t oldest_hour() const { return newest_hour_ - static_cast<int64_t>(hours_.size()) + 1; }
  void MoveTo(int64_t hour);
  bool IsSequential(uint64_t called) const;
  static bool ReadHour(ByteReader& reader, Hour& hour);

  // A ring by the hour, a power of two; empty: not kept. Those for which there was no call are all
  // zero.
  std::vector<Line> hours_;
  int64_t newest_hour_ = 0;
  uint64_t previous_called_ = 0;  // PhoneNumber::packed(); 0: none
  EventTime half_way_;            // the newest call that was
  EventTime began_;               // the first call
};

}  // namespace ringfence
