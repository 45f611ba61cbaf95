// The calls of a number that calls little, in one cache line: most numbers of a carrier.
//
// Exact for what it holds: whole seconds, kMostCalls calls at most. What does not fit makes the
// number one with a SubjectState (number_tracker.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
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

// Setup times in seconds, in ascending order.
struct InlineTimes {
  static constexpr size_t kMost = 32;

  std::array<uint32_t, kMost> seconds;
  size_t count = 0;

  void Add(uint32_t time) { seconds[count++] = time; }
  // Puts the time in its place. There must be room.
  void Insert(uint32_t time);
  // Drops those that lie `age` or more before `newest`, which is not before any of them.
  void DropOlder(EventTime newest, Duration age);
  absl::Span<const uint32_t> span() const { return {seconds.data(), count}; }
};

// Invariant: gaps are in ascending order of time, each the seconds between a call and the one
// before, modulo kFiller, followed by one kFiller for each whole kFiller in it.
class CallLine {
 public:
  static constexpr uint16_t kFiller = 0xFFFF;
  static constexpr size_t kGaps = 21;
  static constexpr size_t kMostCalls = kGaps + 1;
  enum class Kind : uint8_t { kNone, kCalls, kState };

  Kind kind() const { return kind_; }
  uint64_t number() const { return number_; }

  // The common case: a call in order, not long after the one before, and no more than `most_gaps`
  // gaps then. False: nothing was done.
  bool Append(uint32_t seconds, uint32_t most_gaps) {
    const uint32_t gap = seconds - newest_;  // of an earlier call: huge
    if (kind_ != Kind::kCalls || gaps_ >= most_gaps || gap >= kFiller) return false;
    gap_[gaps_++] = static_cast<uint16_t>(gap);
    newest_ = seconds;
    return true;
  }

  // The times held, all of them. Only for kCalls, like newest().
  InlineTimes Times() const;
  uint32_t newest() const { return newest_; }
  // Replaces the calls; false, and nothing is done, if they don't fit. There must be one at least.
  bool Assign(uint64_t number, absl::Span<const uint32_t> times);

  // For kState: where the number's SubjectState is.
  uint32_t state() const { return newest_; }
  void AssignState(uint64_t number, uint32_t state) {
    number_ = number;
    newest_ = state;
    kind_ = Kind::kState;
  }
  void Clear() { *this = CallLine(); }

 private:
  uint64_t number_ = 0;  // PhoneNumber::packed()
  uint32_t newest_ = 0;  // seconds, or the state
  uint8_t gaps_ = 0;
  Kind kind_ = Kind::kNone;
  uint8_t spare_[8] = {};
  uint16_t gap_[kGaps] = {};
};
static_assert(sizeof(CallLine) == sizeof(Cell));

}  // namespace ringfence
