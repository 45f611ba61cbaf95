// The calls of a number that calls little, in one cache line: most numbers of a carrier.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "absl/types/span.h"
#include "detector/cell_pool.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// Whole seconds since 1970, for times that are nothing else and fit: 1970 to 2106.
inline std::optional<uint32_t> WholeSeconds(EventTime time) {
  constexpr int64_t kMicros = 1'000'000;
  const int64_t micros = ToUnixMicros(time);
  const auto seconds = static_cast<uint64_t>(micros) / kMicros;
  if (micros < 0 || seconds > UINT32_MAX || seconds * kMicros != static_cast<uint64_t>(micros)) {
    return std::nullopt;
  }
  return static_cast<uint32_t>(seconds);
}

inline EventTime FromSeconds(uint32_t seconds) {
  return FromUnixMicros(int64_t{seconds} * 1'000'000);
}

// The setup times of a line, in ascending order.
class InlineTimes {
 public:
  static constexpr size_t kMost = 32;

  size_t size() const { return count_; }
  absl::Span<const EventTime> span() const { return {times_.data(), count_}; }

  // There must be room, and no later time.
  void Add(EventTime time) { times_[count_++] = time; }
  // Puts the time in its place, after those that are equal. There must be room.
  void Insert(EventTime time);
  // Drops those that lie `age` or more before `newest`, which is not before any of them.
  void DropOlder(EventTime newest, Duration age);
  void Reverse();

 private:
  std::array<EventTime, kMost> times_;
  size_t count_ = 0;
};

// Exact for what it holds; what does not fit is refused, and makes the number one with a
// SubjectState (number_tracker.h).
//
// Invariant: gaps are in ascending order of time. Of kSeconds, each is the seconds between a call
// and the one before, modulo kFiller, followed by one kFiller for each whole kFiller in it; of
// kMicros, the microseconds.
class CallLine {
 public:
  enum class Kind : uint8_t {
    kNone,
    kSeconds,  // calls in whole seconds
    kMicros,   // calls of which one at least is not
    kState,    // where the number's SubjectState is
  };
  static constexpr size_t kMostCalls = 25;  // in whole seconds; else 10

  Kind kind() const { return kind_; }
  bool holds_calls() const { return kind_ == Kind::kSeconds || kind_ == Kind::kMicros; }
  uint64_t number() const { return number_; }

  // The common case: a call in order, not long after the one before, and no more than `most_gaps`
  // gaps then. `seconds` is WholeSeconds(setup). False: nothing was done.
  bool Append(EventTime setup, std::optional<uint32_t> seconds, uint32_t most_gaps) {
    if (gaps_ >= most_gaps) return false;
    if (kind_ == Kind::kSeconds) {
      if (!seconds) return false;
      const uint32_t gap = *seconds - newest_;  // of an earlier call: huge
      if (gap >= kFiller || gaps_ == kSecondsGaps) return false;
      SetShort(gaps_++, static_cast<uint16_t>(gap));
      newest_ = *seconds;
      return true;
    }
    return kind_ == Kind::kMicros && AppendMicros(setup);
  }

  // The times held, all of them. Only if holds_calls(), like newest().
  InlineTimes Times() const;
  EventTime newest() const;
  // Replaces the calls; false, and nothing is done, if they don't fit. There must be one at least.
  bool Assign(uint64_t number, absl::Span<const EventTime> times);

  // For kState.
  uint32_t state() const { return newest_; }
  void AssignState(uint64_t number, uint32_t state);
  void Clear() { *this = CallLine(); }

 private:
  static constexpr uint16_t kFiller = 0xFFFF;
  static constexpr size_t kBytes = 50;
  static constexpr size_t kSecondsGaps = kBytes / sizeof(uint16_t) - 1;
  static constexpr uint64_t kMicrosBytes = 5;  // of a gap: 12 days
  static constexpr size_t kMicrosGaps = (kBytes - sizeof(uint32_t)) / kMicrosBytes;

  uint16_t Short(size_t at) const {
    uint16_t gap = 0;
    std::memcpy(&gap, bytes_ + at * sizeof gap, sizeof gap);
    return gap;
  }
  void SetShort(size_t at, uint16_t gap) {
    std::memcpy(bytes_ + at * sizeof gap, &gap, sizeof gap);
  }
  uint64_t Long(size_t at) const {
    uint64_t gap = 0;
    std::memcpy(&gap, bytes_ + sizeof(uint32_t) + at * kMicrosBytes, kMicrosBytes);
    return gap;  // lowest byte first, as x86 has it
  }
  bool AppendMicros(EventTime setup);
  void SetMicros(EventTime newest);
  bool AssignSeconds(absl::Span<const EventTime> times);
  bool AssignMicros(absl::Span<const EventTime> times);

  uint64_t number_ = 0;  // PhoneNumber::packed()
  uint32_t newest_ = 0;  // whole seconds of the newest call, or the state
  uint8_t gaps_ = 0;
  Kind kind_ = Kind::kNone;
  // Gaps; of kMicros, the microseconds of the newest call's second before them.
  unsigned char bytes_[kBytes] = {};
};
static_assert(sizeof(CallLine) == sizeof(Cell));

}  // namespace ringfence
