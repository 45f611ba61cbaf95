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
    const uint32_t seconds = SecondsOf(times[i]);
    if (seconds == kNoSeconds) return false;
    if (i > 0) {
      const uint32_t gap = seconds - newest_;
      if (gaps_ + 1 + gap / kFiller > kSecondsGaps) return false;
      SetShort(gaps_++, static_cast<uint16_t>(gap % kFiller));
      for (uint32_t n = gap / kFiller; n > 0; --n) SetShort(gaps_++, kFiller);
    }
    newest_ = seconds;
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

size_t CallLine::DropBefore(uint32_t first) {
  uint32_t time = newest_;
  for (size_t i = 0; i < gaps_; ++i) time -= Short(i);  // a filler stands for its own length
  size_t at = 0;
  size_t dropped = 0;
  for (; time < first && at < gaps_; ++dropped) {
    do time += Short(at++);
    while (at < gaps_ && Short(at) == kFiller);
  }
  gaps_ = static_cast<uint8_t>(gaps_ - at);
  std::memmove(bytes_, bytes_ + at * sizeof(uint16_t), gaps_ * sizeof(uint16_t));
  return dropped;
}

void CallLine::AssignState(uint64_t number, uint32_t state) {
  Clear();
  number_ = number;
  kind_ = Kind::kState;
  backlog_ = Backlog{};
  backlog_.state = state;
}

void CallLine::Open(const Allowance& allowance) {
  room_ = 0;
  if (allowance.newest == kNoSeconds) return;
  room_ = static_cast<uint8_t>(std::min(allowance.calls, kMostWaiting));
  newest_ = allowance.newest;
  backlog_.until = allowance.until;
  backlog_.ring = allowance.ring;
  backlog_.next = static_cast<uint8_t>(allowance.next);
}

WaitingTimes CallLine::TakeWaiting() {
  WaitingTimes times;
  uint32_t time = newest_;
  for (size_t i = 0; i < gaps_; ++i) time -= backlog_.gaps[i];
  for (size_t i = 0; i < gaps_; ++i) times.Add(time += backlog_.gaps[i]);
  gaps_ = 0;
  room_ = 0;
  return times;
}

}  // namespace ringfence
