// The features that every number has: what became of its calls of one calendar day.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "detector/call_features.h"
#include "detector/call_outcome.h"
#include "ingest/model/bytes.h"

namespace ringfence {

// The calendar day of the number's newest call, and what became of all calls of that day, in
// whatever order they came: calls of days before do not count. Each count stops at its maximum.
// Days from 1970-01-01 to 2149-06-05; calls of other days are left out.
//
// In eight bytes, of which all zero is a tally of no call. Not thread-safe.
class DayTally {
 public:
  // `day` as DayOf() has it.
  void Count(int32_t day, const CallOutcome& outcome) {
    if (day < 0 || day >= kMostDays) return;
    const auto place = static_cast<uint64_t>(day) + 1;
    if (place < day_) return;
    if (place > day_) *this = DayTally(place);
    answered_ = std::min<uint64_t>(answered_ + (outcome.answered ? 1 : 0), kMostCalls) & kMostCalls;
    brief_ = std::min<uint64_t>(brief_ + (outcome.brief ? 1 : 0), kMostCalls) & kMostCalls;
    talk_ = std::min<uint64_t>(uint64_t{talk_} + outcome.talk_seconds, kMostTalk) & kMostTalk;
  }

  // Of that day; none if it is not the tally's.
  std::optional<CallFeatures::Day> Of(int32_t day) const {
    if (day < 0 || static_cast<uint64_t>(day) + 1 != day_) return std::nullopt;
    return CallFeatures::Day{static_cast<uint32_t>(answered_), static_cast<uint32_t>(brief_),
                             static_cast<uint32_t>(talk_)};
  }

  void Write(ByteWriter& writer) const {
    for (const uint64_t part :
         {uint64_t{day_}, uint64_t{answered_}, uint64_t{brief_}, uint64_t{talk_}}) {
      writer.Varint(part);
    }
  }
  // What Write() wrote; false for anything else, and for a day after `latest`.
  bool Read(int32_t latest, ByteReader& reader) {
    const uint64_t day = reader.Varint();
    const uint64_t answered = reader.Varint();
    const uint64_t brief = reader.Varint();
    const uint64_t talk = reader.Varint();
    if (day > kMostDays || answered > kMostCalls || brief > answered || talk > kMostTalk) {
      return false;
    }
    if (day > 0 && static_cast<int64_t>(day) - 1 > latest) return false;
    *this = DayTally(day);
    answered_ = answered & kMostCalls;
    brief_ = brief & kMostCalls;
    talk_ = talk & kMostTalk;
    return reader.ok();
  }

  static constexpr uint64_t kMostCalls = (1 << 14) - 1;
  static constexpr uint64_t kMostTalk = (1 << 20) - 1;  // seconds: twelve days

  DayTally() = default;

 private:
  static constexpr uint16_t kMostDays = (1 << 16) - 1;

  explicit DayTally(uint64_t day) : day_(day & kMostDays) {}

  uint64_t day_ : 16 = 0;  // counted from 1 for 1970-01-01; 0: none
  uint64_t answered_ : 14 = 0;
  uint64_t brief_ : 14 = 0;
  uint64_t talk_ : 20 = 0;  // seconds
};
static_assert(sizeof(DayTally) == 8);

}  // namespace ringfence
