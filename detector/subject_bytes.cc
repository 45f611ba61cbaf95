// A subject's state as bytes: the form in which a snapshot has it.
#include <algorithm>
#include <chrono>
#include <limits>

#include "detector/subject_state.h"

namespace ringfence {
namespace {

class TimesWriter {
 public:
  explicit TimesWriter(ByteWriter& writer) : writer_(writer) {}

  // The first as it is, the others as the distance from the one before.
  void Write(EventTime time) {
    const int64_t micros = ToUnixMicros(time);
    writer_.Varint(static_cast<uint64_t>(micros) - static_cast<uint64_t>(previous_));
    previous_ = micros;
  }

 private:
  ByteWriter& writer_;
  int64_t previous_ = 0;
};

void WriteDays(const DayCounter& days, int32_t earliest, ByteWriter& writer) {
  writer.Signed(days.newest_day());
  writer.Varint(days.newest_day() >= earliest ? days.today() : 0);
  writer.Varint(days.newest_day() - int64_t{1} >= earliest ? days.yesterday() : 0);
}

// The inverse of TimesWriter: calls add(time) for `count` times in ascending order.
bool ReadEach(ByteReader& reader, uint64_t count, EventTime newest, const auto& add) {
  int64_t previous = 0;
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    const auto micros = static_cast<int64_t>(static_cast<uint64_t>(previous) + reader.Varint());
    if (i > 0 && micros < previous) return false;
    if (FromUnixMicros(micros) > newest) return false;
    add(FromUnixMicros(micros));
    previous = micros;
  }
  return reader.ok();
}

bool ReadDays(ByteReader& reader, DayCounter& days) {
  const int64_t day = reader.Signed();
  const uint64_t today = reader.Varint();
  const uint64_t yesterday = reader.Varint();
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  constexpr int64_t kMostDays = std::numeric_limits<int32_t>::max() - 1;
  if (day > kMostDays || day < -kMostDays || today > kMost || yesterday > kMost) return false;
  days = DayCounter::FromParts(static_cast<int32_t>(day), static_cast<uint32_t>(today),
                               static_cast<uint32_t>(yesterday));
  return reader.ok();
}

}  // namespace

int32_t EarliestDay(const RuleSet& set, EventTime newest) {
  const auto lateness = static_cast<uint64_t>(set.lateness.count());
  const auto oldest =
      FromUnixMicros(static_cast<int64_t>(static_cast<uint64_t>(ToUnixMicros(newest)) - lateness));
  if (oldest > newest) return std::numeric_limits<int32_t>::max();  // at the beginning of time
  return DayOf(oldest, set.day_offset);
}

Duration HeldAge(const RuleSet& set, EventTime newest) {
  const int32_t earliest = EarliestDay(set, newest);
  const int32_t today = DayOf(newest, set.day_offset);
  if (earliest > today) return set.retention;
  const Duration days = (int64_t{today} - earliest) * Duration(std::chrono::hours(24));
  return std::max(set.retention, SinceMidnight(newest, set.day_offset) + days + Duration(1));
}

void WriteTimes(const RuleSet& set, EventTime newest, const InlineTimes& times,
                ByteWriter& writer) {
  DayCounter days;
  writer.Varint(times.size());
  TimesWriter out(writer);
  for (const EventTime time : times.span()) {
    days.Add(DayOf(time, set.day_offset));
    out.Write(time);
  }
  WriteDays(days, EarliestDay(set, newest), writer);
  writer.Byte(0);
}

bool ReadTimes(const RuleSet& set, EventTime newest, size_t most, ByteReader& reader,
               InlineTimes& times) {
  ByteReader ahead = reader;
  const uint64_t count = ahead.Count();
  if (count == 0 || count > most) return false;
  DayCounter held;
  const auto add = [&](EventTime time) {
    times.Add(time);
    held.Add(DayOf(time, set.day_offset));
  };
  DayCounter days;
  if (!ReadEach(ahead, count, newest, add) || !ReadDays(ahead, days)) return false;
  if (ahead.Byte() != 0 || !ahead.ok()) return false;
  if (!AreAllOf(held, days, EarliestDay(set, newest))) return false;
  reader = ahead;
  return true;
}

bool AreAllOf(const DayCounter& calls, const DayCounter& days, int32_t earliest) {
  const int32_t day = days.newest_day();
  return (day < earliest || calls.Count(day) == days.today()) &&
         (day - 1 < earliest || calls.Count(day - 1) == days.yesterday());
}

void SubjectState::Write(const RuleSet& set, EventTime newest, ByteWriter& writer) const {
  writer.Varint(calls_.size());
  TimesWriter out(writer);
  for (size_t i = 0; i < calls_.size(); ++i) out.Write(calls_[i]);
  WriteDays(days_, EarliestDay(set, newest), writer);
  writer.Byte(evidence_.empty() ? 0 : 1);
  for (const Evidence& evidence : evidence_) {
    for (const Episode& episode : evidence.episodes) {
      writer.Byte(static_cast<uint8_t>((episode.open ? 1 : 0) | (episode.covered ? 2 : 0)));
      if (episode.covered) writer.Signed(ToUnixMicros(*episode.covered));
    }
    evidence.samples.Write(writer);
  }
}

bool SubjectState::Read(ByteReader& reader, EventTime newest, size_t rules,
                        absl::Span<const RuleBefore> before) {
  const auto insert = [this](EventTime time) { calls_.Insert(time); };
  if (!ReadEach(reader, reader.Count(), newest, insert) || !ReadDays(reader, days_)) return false;
  const uint8_t has_evidence = reader.Byte();
  if (has_evidence > 1 || !reader.ok()) return false;
  if (has_evidence == 0) return true;
  std::vector<Evidence> read(rules);
  for (Evidence& evidence : read) {
    if (!ReadEvidence(reader, newest, evidence)) return false;
  }
  EnsureEvidence(before.size());
  for (size_t i = 0; i < before.size(); ++i) {
    if (!before[i].place) continue;
    evidence_[i] = std::move(read[*before[i].place]);
    if (!before[i].with_episodes) evidence_[i].episodes = {};
  }
  return true;
}

void SubjectState::WriteFeatures(ByteWriter& writer) const {
  writer.Byte(profile_.kept() ? 1 : 0);
  if (profile_.kept()) profile_.Write(writer);
}

bool SubjectState::ReadFeatures(const RuleSet& set, EventTime newest, bool recount,
                                ByteReader& reader) {
  const uint8_t kept = reader.Byte();
  if (kept > 1 || !reader.ok()) return false;
  if (kept == 0) return true;
  CallProfile read;
  if (!read.Read(set, newest, recount, reader)) return false;
  if (set.features && !recount) profile_ = std::move(read);
  return true;
}

bool SubjectState::ReadEvidence(ByteReader& reader, EventTime newest, Evidence& evidence) {
  for (Episode& episode : evidence.episodes) {
    const uint8_t flags = reader.Byte();
    if (flags > 3) return false;
    episode.open = (flags & 1) != 0;
    if ((flags & 2) != 0) episode.covered = FromUnixMicros(reader.Signed());
  }
  return evidence.samples.Read(reader, newest);
}

}  // namespace ringfence
