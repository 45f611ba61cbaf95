// The calls of a number that calls little, in one cache line: most numbers of a carrier. And of one
// with a state, the calls that need not go to the state yet.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/types/span.h"
#include "detector/cell.h"
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
  // Of so many calls, each to be Set(): at most one less than there is room for.
  explicit WaitingTimes(size_t count) : count_(count) {}

  absl::Span<const uint32_t> span() const { return {seconds_.data(), count_}; }

  void Set(size_t at, uint32_t seconds) { seconds_[at] = seconds; }
  // One more, behind them.
  void Add(uint32_t seconds) { seconds_[count_++] = seconds; }

 private:
  std::array<uint32_t, 16> seconds_;
  size_t count_;
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

  // The common case: a call in order, not long after the one before, for which there is room, and
  // of which a state need not know yet. `seconds` is SecondsOf(setup). False: nothing was done.
  bool Append(EventTime setup, uint32_t seconds) {
    return AppendSeconds(seconds) || (kind_ == Kind::kMicros && AppendMicros(setup));
  }
  // The same for whole seconds alone.
  bool AppendSeconds(uint32_t seconds) {
    if (filled_ >= quick_ || !Follows(seconds)) return false;
    AppendGap(seconds);
    return true;
  }

  // The times held, all of them. Only if holds_calls(), like newest().
  InlineTimes Times() const;
  EventTime newest() const;
  // Whether the newest of calls in whole seconds is after that second: soon known.
  bool HoldsCallAfter(uint32_t seconds) const { return endless_ != 0 && newest_ > seconds; }
  // What lines of a table have in common.
  struct Shape {
    size_t most_gaps = kMostCalls - 1;  // that may be appended
    bool with_tally = false;
  };
  // Replaces the calls; false, and nothing is done, if they don't fit. There must be one at least.
  bool Assign(uint64_t number, absl::Span<const EventTime> times, const Shape& shape);

  // The same, of a single call in whole seconds, by the shortest way. `seconds` is
  // SecondsOf(setup).
  bool Start(uint64_t number, uint32_t seconds, const Shape& shape) {
    if (seconds == kNoSeconds) return false;
    number_ = number;
    newest_ = seconds;
    filled_ = 0;
    kind_ = Kind::kSeconds;
    SetRoom(std::min(RoomBytes(shape.with_tally) / sizeof(uint16_t), shape.most_gaps));
    quick_ = room_;
    endless_ = -1;
    return true;
  }

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
  bool may_block() const { return backlog_.blocked < UINT8_MAX; }
  void Block() {
    ++backlog_.blocked;
    quick_ = 0;
  }
  void Unblock() { --backlog_.blocked; }
  // Whether the records of calls that wait are to be written as evidence.
  bool keeps_records() const { return backlog_.ring != nullptr; }
  // The call waits: true. Else nothing was done, and the state must be told of it.
  bool Wait(uint32_t seconds, bool has_id) {
    if (filled_ >= room_ || backlog_.blocked > 0 || !Follows(seconds)) return false;
    if (keeps_records() && !has_id) return false;
    AppendGap(seconds);
    return true;
  }
  // Where to write the record of the call that waits since just now; null: nowhere.
  Samples::Sample* TakeSample() {
    if (!keeps_records()) return nullptr;
    Samples::Sample* const sample = backlog_.ring + backlog_.next;
    const unsigned next = backlog_.next + 1U;
    backlog_.next = next == Detection::kMaxSamples ? 0 : next & 0x7F;
    return sample;
  }
  // Whether the features of calls that wait are to be counted at once.
  bool counts_waiting() const { return backlog_.counted != 0; }
  size_t waiting() const { return filled_ - kBeforeGaps; }
  // Not before those that wait.
  bool IsInOrder(uint32_t seconds) const { return seconds >= newest_; }
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

  struct Backlog {
    uint32_t until;  // seconds: calls from then on don't wait
    uint32_t state;
    Samples::Sample* ring;
    uint8_t next : 7;
    uint8_t counted : 1;
    uint8_t blocked;  // calls that are on their way to the state
    uint16_t gaps[kMostWaiting];
  };
  static constexpr size_t kBeforeGaps = offsetof(Backlog, gaps) / sizeof(uint16_t);
  static_assert(sizeof(Backlog) == kBytes && Detection::kMaxSamples < 128);
  static_assert(offsetof(Backlog, gaps) + kMostWaitingBesideTally * sizeof(uint16_t) +
                    sizeof(DayTally) <=
                kBytes);

  static size_t RoomBytes(bool with_tally) {
    return with_tally ? kBytes - sizeof(DayTally) : kBytes;
  }

  uint16_t Short(size_t at) const {
    uint16_t gap = 0;
    std::memcpy(&gap, bytes_ + at * sizeof gap, sizeof gap);
    return gap;
  }
  uint64_t Long(size_t at) const {
    uint64_t gap = 0;
    std::memcpy(&gap, bytes_ + sizeof(uint32_t) + at * kMicrosBytes, kMicrosBytes);
    return gap;  // lowest byte first, as x86 has it
  }
  // In order, not long after the newest call, and before the end of what is allowed.
  bool Follows(uint32_t seconds) const {
    uint32_t until = 0;  // only of kState, else it is part of the gaps
    std::memcpy(&until, bytes_ + offsetof(Backlog, until), sizeof until);
    // Without a branch, which would be hard to foresee: which number calls next is chance.
    until |= static_cast<uint32_t>(int32_t{endless_});
    return seconds - newest_ < kFiller && seconds < until;  // of an earlier call: huge
  }
  // There must be room.
  void AppendGap(uint32_t seconds) {
    const auto gap = static_cast<uint16_t>(seconds - newest_);
    std::memcpy(bytes_ + filled_++ * sizeof gap, &gap, sizeof gap);
    newest_ = seconds;
  }
  bool MayHaveFiller() const;
  void SetRoom(size_t gaps) { room_ = static_cast<uint8_t>(gaps) & 0x3F; }
  bool AppendMicros(EventTime setup);
  void SetMicros(EventTime newest);
  bool AssignSeconds(absl::Span<const EventTime> times, size_t fit);
  bool AssignMicros(absl::Span<const EventTime> times);

  uint64_t number_ = 0;  // PhoneNumber::packed()
  uint32_t newest_ = 0;  // whole seconds of the newest call
  // Counted in gaps. Of kState, with what is before them, so that all are appended in one way.
  uint8_t filled_ = 0;
  Kind kind_ : 2 = Kind::kNone;
  uint8_t room_ : 6 = 0;  // up to here
  uint8_t quick_ = 0;     // the same, of whole seconds with nothing else to do; else 0
  int8_t endless_ = 0;    // -1 of kSeconds: no time ends what may be appended
  union {
    // Gaps; of kMicros, the microseconds of the newest call's second before them.
    unsigned char bytes_[kBytes] = {};
    Backlog backlog_;  // of kState
  };
};
static_assert(sizeof(CallLine) == sizeof(Cell));

}  // namespace ringfence
