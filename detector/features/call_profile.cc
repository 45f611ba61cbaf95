#include "detector/features/call_profile.h"

#include <algorithm>
#include <limits>

#include "detector/features/call_outcome.h"
#include "ingest/model/event_time.h"

namespace ringfence {
namespace {

constexpr int64_t kHourMicros = 3'600'000'000;
// Several lines of one dialler, and records in the order of release, leave gaps in a row.
constexpr uint64_t kSequentialDistance = 10;

EventTime BeginOf(int64_t hour, Duration offset) {
  return FromUnixMicros(static_cast<int64_t>(static_cast<uint64_t>(hour) * kHourMicros -
                                             static_cast<uint64_t>(offset.count())));
}

// The first instant of the window that ends at `at`.
EventTime FirstInstant(EventTime at, Duration window) {
  return at < EventTime::min() + window ? EventTime::min() : at - window + Duration(1);
}

}  // namespace

void CallProfile::Count(const RuleSet& set, EventTime newest, const Cdr& cdr, bool half_way) {
  Expire(set, newest);
  const int64_t at = HourOf(cdr.setup, set.day_offset);
  if (!kept()) {
    if (!half_way) return;
    hours_.resize(set.feature_hours);
    newest_hour_ = at;
    began_ = half_way_ = cdr.setup;
  }
  if (half_way) half_way_ = std::max(half_way_, cdr.setup);
  if (at > newest_hour_) MoveTo(at);
  const uint64_t called = cdr.called.number().packed();
  const bool sequential = IsSequential(called);
  previous_called_ = called;
  if (at < oldest_hour()) return;
  const CallOutcome outcome = OutcomeOf(cdr, set.short_call);
  Hour& hour = At(at);
  ++hour.calls;
  hour.answered += outcome.answered ? 1 : 0;
  hour.brief += outcome.brief ? 1 : 0;
  hour.sequential += sequential ? 1 : 0;
  const uint64_t talk = uint64_t{hour.talk_seconds} + outcome.talk_seconds;
  hour.talk_seconds =
      static_cast<uint32_t>(std::min<uint64_t>(talk, std::numeric_limits<uint32_t>::max()));
  if (called != 0) hour.called.Add(called);
}

void CallProfile::Expire(const RuleSet& set, EventTime newest) {
  if (kept() && !InWindow(half_way_, newest, set.retention)) *this = CallProfile();
}

void CallProfile::MoveTo(int64_t hour) {
  const int64_t first = std::max(newest_hour_ + 1, hour - static_cast<int64_t>(hours_.size()) + 1);
  for (int64_t next = first; next <= hour; ++next) At(next) = Hour();
  newest_hour_ = hour;
}

bool CallProfile::IsSequential(uint64_t called) const {
  if (called == 0 || previous_called_ == 0 || called == previous_called_) return false;
  const uint64_t distance = std::max(called, previous_called_) - std::min(called, previous_called_);
  return distance <= kSequentialDistance;
}

void CallProfile::Describe(const RuleSet& set, EventTime at, Duration window,
                           CallFeatures& features) const {
  if (!kept()) return;
  const int64_t first = std::max(HourOf(FirstInstant(at, window), set.day_offset), oldest_hour());
  const int64_t last = std::min(HourOf(at, set.day_offset), newest_hour_);
  features.since = std::max(began_, BeginOf(first, set.day_offset));
  DistinctCount called;
  for (int64_t place = first; place <= last; ++place) {
    const Hour& hour = At(place);
    if (features.calls == 0 && hour.calls > 0) features.first_hour = BeginOf(place, set.day_offset);
    features.calls += hour.calls;
    features.answered += hour.answered;
    features.brief += hour.brief;
    features.sequential += hour.sequential;
    features.talk_seconds += hour.talk_seconds;
    if (features.calls > 0) features.calls_by_hour.push_back(hour.calls);
    called.Merge(hour.called);
  }
  const double distinct = std::min<double>(called.Estimate() + 0.5, features.calls);
  features.distinct_called = static_cast<uint32_t>(distinct);
}

// When it began, was half way last and whom it called last; then the hours with calls, in order,
// each with its distance from the one before.
void CallProfile::Write(ByteWriter& writer) const {
  writer.Signed(ToUnixMicros(began_));
  writer.Signed(ToUnixMicros(half_way_));
  writer.Varint(previous_called_);
  writer.Varint(static_cast<uint64_t>(std::count_if(
      hours_.begin(), hours_.end(), [](const Line& line) { return line.hour.calls > 0; })));
  int64_t previous = 0;
  for (int64_t at = oldest_hour(); at <= newest_hour_; ++at) {
    const Hour& hour = At(at);
    if (hour.calls == 0) continue;
    writer.Signed(at - previous);
    previous = at;
    for (const uint32_t part :
         {hour.calls, hour.answered, hour.brief, hour.sequential, hour.talk_seconds}) {
      writer.Varint(part);
    }
    hour.called.Write(writer);
  }
}

bool CallProfile::Read(const RuleSet& set, EventTime newest, bool recount, ByteReader& reader) {
  began_ = FromUnixMicros(reader.Signed());
  half_way_ = FromUnixMicros(reader.Signed());
  previous_called_ = reader.Varint();
  const uint64_t count = reader.Count();
  if (count == 0 || began_ > newest || half_way_ > newest) return false;
  hours_.resize(set.feature_hours);
  constexpr int64_t kOffsets = 48;  // hours that two may be apart
  const int64_t latest = HourOf(newest, set.day_offset) + (recount ? kOffsets : 0);
  const int64_t earliest = HourOf(EventTime::min(), set.day_offset) - (recount ? kOffsets : 0);
  for (uint64_t i = 0; i < count; ++i) {
    const int64_t distance = reader.Signed();
    Hour hour;
    if (!ReadHour(reader, hour)) return false;
    const int64_t before = i == 0 ? 0 : newest_hour_;
    if (i > 0 && distance <= 0) return false;
    if (distance > latest - before || distance < earliest - before) return false;
    MoveTo(before + distance);
    At(newest_hour_) = hour;
  }
  return true;
}

bool CallProfile::ReadHour(ByteReader& reader, Hour& hour) {
  constexpr uint64_t kMost = std::numeric_limits<int32_t>::max();  // there is room for more
  uint64_t parts = 0;
  for (uint32_t* const part :
       {&hour.calls, &hour.answered, &hour.brief, &hour.sequential, &hour.talk_seconds}) {
    const uint64_t value = reader.Varint();
    parts = std::max(parts, value);
    *part = static_cast<uint32_t>(value);
  }
  hour.called.Read(reader);
  return reader.ok() && parts <= kMost && hour.calls > 0 && hour.answered <= hour.calls &&
         hour.brief <= hour.answered && hour.sequential <= hour.calls;
}

}  // namespace ringfence
