#include "tests/property/reference/reference_features.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include "detector/day_counter.h"
#include "detector/features/distinct_count.h"

namespace ringfence::reference {
namespace {

constexpr auto kHour = std::chrono::hours(1);

// Of traffic after 1970, as the tests have it.
int64_t HourIn(EventTime time, Duration offset) {
  return std::chrono::floor<std::chrono::hours>(time + offset).time_since_epoch().count();
}

bool Follows(const Cdr& cdr, const Cdr& before) {
  const auto one = static_cast<int64_t>(cdr.called.number().packed());
  const auto other = static_cast<int64_t>(before.called.number().packed());
  return one != other && std::abs(one - other) <= 10;
}

Duration TalkOf(const Cdr& cdr) {
  return cdr.answer && cdr.release ? *cdr.release - *cdr.answer : Duration(0);
}

bool IsShort(const Cdr& cdr) {
  return cdr.answer && cdr.release && TalkOf(cdr) < std::chrono::seconds(6);
}

uint64_t WholeSeconds(Duration duration) {
  return static_cast<uint64_t>(std::chrono::floor<std::chrono::seconds>(duration).count());
}

}  // namespace

void Features::Count(Duration retention, EventTime newest, const Cdr& cdr, bool half_way) {
  all_.push_back(cdr);
  if (half_way_ && newest - *half_way_ >= retention) {
    half_way_.reset();
    counted_.clear();
  }
  if (half_way) half_way_ = half_way_ ? std::max(*half_way_, cdr.setup) : cdr.setup;
  if (half_way_) counted_.push_back(cdr);
}

CallFeatures Features::Describe(const DetectorOptions& options, Duration retention, EventTime at,
                                Duration window, bool with_day) const {
  CallFeatures features;
  if (with_day) DescribeDay(options, at, features);
  if (counted_.empty()) return features;
  const Duration offset = options.day_offset;
  int64_t newest = HourIn(counted_.front().setup, offset);
  for (const Cdr& cdr : counted_) newest = std::max(newest, HourIn(cdr.setup, offset));
  int64_t kept = 2;
  while (kept < 64 && kept < std::chrono::ceil<std::chrono::hours>(retention) / kHour + 1) {
    kept *= 2;
  }
  const int64_t first = std::max(HourIn(at - window + Duration(1), offset), newest - kept + 1);
  const int64_t last = HourIn(at, offset);
  std::map<int64_t, uint32_t> by_hour;
  std::set<uint64_t> called;
  for (size_t i = 0; i < counted_.size(); ++i) {
    const Cdr& cdr = counted_[i];
    const int64_t hour = HourIn(cdr.setup, offset);
    if (hour < first || hour > last) continue;
    ++features.calls;
    ++by_hour[hour];
    features.answered += cdr.answer ? 1 : 0;
    features.brief += IsShort(cdr) ? 1 : 0;
    features.talk_seconds += WholeSeconds(TalkOf(cdr));
    features.sequential += i > 0 && Follows(cdr, counted_[i - 1]) ? 1 : 0;
    called.insert(cdr.called.number().packed());
  }
  const auto begin_of = [&](int64_t hour) { return EventTime(hour * kHour) - offset; };
  features.since = std::max(counted_.front().setup, begin_of(first));
  if (by_hour.empty()) return features;
  features.first_hour = begin_of(by_hour.begin()->first);
  for (int64_t hour = by_hour.begin()->first; hour <= std::min(last, newest); ++hour) {
    features.calls_by_hour.push_back(by_hour[hour]);
  }
  DistinctCount distinct;
  for (const uint64_t number : called) distinct.Add(number);
  const auto estimate = static_cast<uint32_t>(std::lround(distinct.Estimate()));
  features.distinct_called = std::min(estimate, features.calls);
  return features;
}

void Features::DescribeDay(const DetectorOptions& options, EventTime at,
                           CallFeatures& features) const {
  const int32_t day = DayOf(at, options.day_offset);
  CallFeatures::Day of_day;
  for (const Cdr& cdr : all_) {
    const int32_t its_day = DayOf(cdr.setup, options.day_offset);
    if (its_day > day) return;
    if (its_day < day) continue;
    of_day.answered += cdr.answer ? 1 : 0;
    of_day.brief += IsShort(cdr) ? 1 : 0;
    of_day.talk_seconds += static_cast<uint32_t>(WholeSeconds(TalkOf(cdr)));
  }
  features.day = of_day;
}

}  // namespace ringfence::reference
