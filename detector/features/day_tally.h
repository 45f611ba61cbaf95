// The features that every number has: what became of its calls of one calendar day.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "detector/features/call_outcome.h"
#include "detector/model/call_features.h"
#include "ingest/model/bytes.h"

namespace ringfence {

// The calendar day of the number's newest call, and what became of all calls of that day, in
// whatever order they came: calls of days before do not count. Each count stops at its maximum.
// Days from 1970-01-01 to 2149-06-05; calls of other days are left out.
//
// In eight bytes, of which all zero is a tally of no call. Not thread-safe.
class DayTally {
 public:
  // `its_day` as DayOf() has it.
  void Count(int32_t its_day, const CallOutcome& outcome) {
    if (its_day < 0 || its_day >= kMostDays) return;
    const auto place = static_cast<uint64_t>(its_day) + 1;
    if (place != day()) {
      if (place < day()) return;
      bits_ = place << kDayAt;
    }
    if (!outcome.answered) return;
    if (answered() < kMostCalls) bits_ += uint64_t{1} << kAnsweredAt;
    if (outcome.brief && brief() < kMostCalls) bits_ += uint64_t{1} << kBriefAt;
    bits_ += std::min<uint64_t>(outcome.talk_seconds, kMostTalk - talk());
  }

  // Of that day; none if it is not the tally's.
  std::optional<CallFeatures::Day> Of(int32_t asked) const {
    if (asked < 0 || static_cast<uint64_t>(asked) + 1 != day()) return std::nullopt;
    return CallFeatures::Day{static_cast<uint32_t>(answered()), static_cast<uint32_t>(brief()),
                             static_cast<uint32_t>(talk())};
  }

  void Write(ByteWriter& writer) const {
    for (const uint64_t part : {day(), answered(), brief(), talk()}) writer.Varint(part);
  }
  // What Write() wrote; false for anything else, and for a day after `latest`.
  bool Read(int32_t latest, ByteReader& reader) {
    std::array<uint64_t, 4> parts;
    for (uint64_t& part : parts) part = reader.Varint();
    if (parts[0] > kMostDays || parts[1] > kMostCalls || parts[2] > parts[1]) return false;
    if (parts[0] > 0 && static_cast<int64_t>(parts[0]) - 1 > latest) return false;
    if (parts[3] > kMostTalk) return false;
    bits_ = parts[0] << kDayAt | parts[1] << kAnsweredAt | parts[2] << kBriefAt | parts[3];
    return reader.ok();
  }

  static constexpr uint64_t kMostCalls = (1 << 14) - 1;
  static constexpr uint64_t kMostTalk = (1 << 20) - 1;  // seconds: twelve days

 private:
  static constexpr uint16_t kMostDays = (1 << 16) - 1;
  static constexpr int kBriefAt = 20;
  static constexpr int kAnsweredAt = 34;
  static constexpr int kDayAt = 48;

  uint64_t day() const { return bits_ >> kDayAt; }
  uint64_t answered() const { return bits_ >> kAnsweredAt & kMostCalls; }
  uint64_t brief() const { return bits_ >> kBriefAt & kMostCalls; }
  uint64_t talk() const { return bits_ & kMostTalk; }

  // Day, counted from 1 for 1970-01-01, calls answered, those that were short, seconds of talk;
  // the highest bits first.
  uint64_t bits_ = 0;
};
static_assert(sizeof(DayTally) == 8);

}  // namespace ringfence
