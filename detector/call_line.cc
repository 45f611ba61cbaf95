#include "detector/call_line.h"

#include <algorithm>

namespace ringfence {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;

}  // namespace

void InlineTimes::Insert(EventTime time) {
  auto* const end = times_.data() + count_;
  auto* const place = std::upper_bound(times_.data(), end, time);
  std::copy_backward(place, end, end + 1);
  *place = time;
  ++count_;
}

void InlineTimes::DropOlder(EventTime newest, Duration age) {
  auto* const end = times_.data() + count_;
  auto* const keep =
      std::find_if(times_.data(), end, [&](EventTime time) { return newest - time < age; });
  std::copy(keep, end, times_.data());
  count_ = static_cast<size_t>(end - keep);
}

void InlineTimes::Reverse() { std::reverse(times_.data(), times_.data() + count_); }

EventTime CallLine::newest() const {
  const EventTime second = FromSeconds(newest_);
  if (kind_ == Kind::kSeconds) return second;
  uint32_t micros = 0;
  std::memcpy(&micros, bytes_, sizeof micros);
  return second + Duration(micros);
}

void CallLine::SetMicros(EventTime newest) {
  newest_ = static_cast<uint32_t>(ToUnixMicros(newest) / kMicrosPerSecond);
  const auto micros = static_cast<uint32_t>(ToUnixMicros(newest) % kMicrosPerSecond);
  std::memcpy(bytes_, &micros, sizeof micros);
}

bool CallLine::AppendMicros(EventTime setup) {
  const int64_t gap = (setup - newest()).count();
  const bool fits = ToUnixMicros(setup) / kMicrosPerSecond <= int64_t{UINT32_MAX};
  if (gaps_ == kMicrosGaps || gap < 0 || gap >> (8 * kMicrosBytes) != 0 || !fits) return false;
  std::memcpy(bytes_ + sizeof(uint32_t) + gaps_++ * kMicrosBytes, &gap, kMicrosBytes);
  SetMicros(setup);
  return true;
}

InlineTimes CallLine::Times() const {
  InlineTimes times;
  EventTime time = newest();
  times.Add(time);
  for (size_t i = gaps_; i > 0; --i) {
    const bool micros = kind_ == Kind::kMicros;
    time -= micros ? Duration(Long(i - 1)) : Duration(Short(i - 1) * kMicrosPerSecond);
    if (micros || Short(i - 1) != kFiller) times.Add(time);
  }
  times.Reverse();
  return times;
}

bool CallLine::Assign(uint64_t number, absl::Span<const EventTime> times) {
  CallLine line;
  if (!line.AssignSeconds(times) && !line.AssignMicros(times)) return false;
  *this = line;
  number_ = number;
  return true;
}

bool CallLine::AssignSeconds(absl::Span<const EventTime> times) {
  kind_ = Kind::kSeconds;
  gaps_ = 0;
  for (size_t i = 0; i < times.size(); ++i) {
    const auto seconds = WholeSeconds(times[i]);
    if (!seconds) return false;
    if (i > 0) {
      const uint32_t gap = *seconds - newest_;
      if (gaps_ + 1 + gap / kFiller > kSecondsGaps) return false;
      SetShort(gaps_++, static_cast<uint16_t>(gap % kFiller));
      for (uint32_t n = gap / kFiller; n > 0; --n) SetShort(gaps_++, kFiller);
    }
    newest_ = *seconds;
  }
  return true;
}

bool CallLine::AssignMicros(absl::Span<const EventTime> times) {
  if (ToUnixMicros(times[0]) < 0) return false;
  if (ToUnixMicros(times[0]) / kMicrosPerSecond > int64_t{UINT32_MAX}) return false;
  kind_ = Kind::kMicros;
  gaps_ = 0;
  SetMicros(times[0]);
  for (const EventTime time : times.subspan(1)) {
    if (!AppendMicros(time)) return false;
  }
  return true;
}

void CallLine::AssignState(uint64_t number, uint32_t state) {
  Clear();
  number_ = number;
  newest_ = state;
  kind_ = Kind::kState;
}

}  // namespace ringfence
