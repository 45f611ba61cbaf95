// The calls of a number that calls little, in one cache line: most numbers of a carrier. And of one
// with a state, the calls that need not go to the state yet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/types/span.h"
#include "detector/cell_pool.h"
#include "detector/features/day_tally.h"
#include "detector/samples.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// Seconds since 1970 of a time that is whole seconds and fits, 1970 to 2106; else kNoSeconds.
inline constexpr uint32_t kNoSeconds = UINT32_MAX;
inline uint32_t SecondsOf(EventTime time) {
  constexpr int64_t kMicros = 1'000'000;
  const int64_t micros = ToUnixMicros(time);
  const auto seconds = static_cast<uint64_t>(micros) / kMicros;
  const bool fits = micros >= 0 && seconds < kNoSeconds;
  return fits && seconds * kMicros == static_cast<uint64_t>(micros) ? static_cast<uint32_t>(seconds)
                                                                    : kNoSeconds;
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

// The setup times in whole seconds of calls that waited in a line, in order.
class WaitingTimes {
 public:
  absl::Span<const uint32_t> span() const { return {seconds_.data(), count_}; }

  // There must be room.
  void Add(uint32_t seconds) { seconds_[count_++] = seconds; }

 private:
  std::array<uint32_t, 16> seconds_;
  size_t count_ = 0;
};

// Exact for what it holds; what does not fit is refused, and makes the number one with a
// SubjectState (number_tracker.h).
//
// Invariant: gaps are in ascending order of time. Of kSeconds, each is the seconds between a call
// and the one before, modulo kFiller, followed by one kFiller for each whole kFiller in it; of
// kMicros, the microseconds; of kState, the seconds between a call that waits and the one before,
// the first of them after the newest call that the state knows.
//
// The last eight bytes may be a tally, which stays whatever the line becomes: then there is room
// for fewer calls. All lines of a table have one, or none has.
class CallLine {
 public:
  enum class Kind : uint8_t {
    kNone,
    kSeconds,  // calls in whole seconds
    kMicros,   // calls of which one at least is not
    kState,    // where the number's SubjectState is, and what waits for it
  };
  static constexpr size_t kMostCalls = 25;             // in whole seconds; else 9
  static constexpr size_t kMostWaiting = 15;           // calls, for a state
  static constexpr size_t kMostCallsBesideTally = 21;  // else 8
  static constexpr size_t kMostWaitingBesideTally = 11;

  Kind kind() const { return kind_; }
  bool holds_calls() const { return kind_ == Kind::kSeconds || kind_ == Kind::kMicros; }
  uint64_t number() const { return number_; }

  // The common case: a call in order, not long after the one before, and no more than `most_gaps`
  // gaps then, which is less than the calls that fit. `seconds` is SecondsOf(setup). False: nothing
  // was done.
  bool Append(const EventTime& setup, uint32_t seconds, uint32_t most_gaps) {
    if (gaps_ >= most_gaps) return false;
    if (kind_ == Kind::kSeconds) {
      const uint32_t gap = seconds - newest_;  // of an earlier call: huge
      if (gap >= kFiller || seconds == kNoSeconds) return false;
      SetShort(gaps_++, static_cast<uint16_t>(gap));
      newest_ = seconds;
      return true;
    }
    return kind_ == Kind::kMicros && AppendMicros(setup);
  }

  // The times held, all of them. Only if holds_calls(), like newest().
  InlineTimes Times() const;
  EventTime newest() const;
  // Replaces the calls; false, and nothing is done, if they don't fit. There must be one at least.
  bool Assign(uint64_t number, absl::Span<const EventTime> times, bool with_tally = false);

  // Of kSeconds, drops the calls before `first`, which is not after the newest; says how many.
  size_t DropBefore(uint32_t first);
  void Clear() { *this = CallLine(); }

  // For kState. No call may wait in it, until Open().
  void AssignState(uint64_t number, uint32_t state, bool with_tally = false);
  uint32_t state() const { return backlog_.state; }

  // Which calls a state need not be told of at once.
  struct Allowance {
    size_t calls = 0;                 // so many more
    uint32_t newest = kNoSeconds;     // of the state's newest call, which they follow
    uint32_t until = 0;               // seconds; before that
    Samples::Sample* ring = nullptr;  // their record ids are to be written there; null: nowhere
    size_t next = 0;                  // where in the ring
    bool counted = false;             // their features are to be counted at once
  };
  void Open(const Allowance& allowance, size_t most = kMostWaiting);
  // Calls may wait only as long as none before them is on its way to the state. Only so many can be
  // on their way.
  bool may_block() const { return blocked_ < UINT8_MAX; }
  void Block() { ++blocked_; }
  void Unblock() { --blocked_; }
  // The call waits: true. Else nothing was done, and the state must be told of it. kNoSeconds is
  // never before `until`.
  bool Wait(uint32_t seconds, bool has_id) {
    const uint32_t gap = seconds - newest_;  // of an earlier call: huge
    if (gaps_ >= room_ || blocked_ > 0 || gap >= kFiller || seconds >= backlog_.until) return false;
    if (backlog_.ring != nullptr && !has_id) return false;
    backlog_.gaps[gaps_++] = static_cast<uint16_t>(gap);
    newest_ = seconds;
    return true;
  }
  // Where to write the record of the call that waits since just now; null: nowhere.
  Samples::Sample* TakeSample() {
    if (backlog_.ring == nullptr) return nullptr;
    Samples::Sample* const sample = backlog_.ring + backlog_.next;
    backlog_.next = backlog_.next + 1 == Detection::kMaxSamples ? 0 : backlog_.next + 1;
    return sample;
  }
  // Whether the features of calls that wait are to be counted at once.
  bool counts_waiting() const { return backlog_.counted; }
  size_t waiting() const { return gaps_; }
  // Those that wait; none does any more, and none may until Open().
  WaitingTimes TakeWaiting();

  // Only if the line has one; of no call until SetTally().
  DayTally tally() const {
    DayTally tally;
    std::memcpy(&tally, reinterpret_cast<const unsigned char*>(this) + kTallyAt, sizeof tally);
    return tally;
  }
  void Count(int32_t day, const CallOutcome& outcome) {
    DayTally counted = tally();
    counted.Count(day, outcome);
    SetTally(counted);
  }
  void SetTally(const DayTally& tally) {
    std::memcpy(reinterpret_cast<unsigned char*>(this) + kTallyAt, &tally, sizeof tally);
  }

 private:
  static constexpr uint16_t kFiller = 0xFFFF;
  static constexpr size_t kBytes = 48;
  static constexpr size_t kTallyAt = 64 - sizeof(DayTally);
  static constexpr uint64_t kMicrosBytes = 5;  // of a gap: 12 days

  size_t SecondsGaps() const { return room_ / sizeof(uint16_t); }
  size_t MicrosGaps() const { return (room_ - sizeof(uint32_t)) / kMicrosBytes; }

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

  struct Backlog {
    Samples::Sample* ring;
    uint32_t state;
    uint32_t until;
    uint8_t next;
    bool counted;
    uint16_t gaps[kMostWaiting];
  };
  static_assert(sizeof(Backlog) == kBytes);
  static_assert(offsetof(Backlog, gaps) + kMostWaitingBesideTally * sizeof(uint16_t) +
                    sizeof(DayTally) <=
                kBytes);

  uint64_t number_ = 0;  // PhoneNumber::packed()
  uint32_t newest_ = 0;  // whole seconds of the newest call
  uint8_t gaps_ = 0;
  Kind kind_ = Kind::kNone;
  // For gaps: of kState, how many calls may wait, else so many bytes.
  uint8_t room_ = 0;
  // Of kState: how many calls are on their way to the state.
  uint8_t blocked_ = 0;
  union {
    // Gaps; of kMicros, the microseconds of the newest call's second before them.
    unsigned char bytes_[kBytes] = {};
    Backlog backlog_;  // of kState
  };
};
static_assert(sizeof(CallLine) == sizeof(Cell));

}  // namespace ringfence
