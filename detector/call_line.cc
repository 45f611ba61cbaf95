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
  if (gaps_ >= room_ || gap < 0 || gap >> (8 * kMicrosBytes) != 0 || !fits) return false;
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

bool CallLine::Assign(uint64_t number, absl::Span<const EventTime> times, const Shape& shape) {
  const size_t bytes = RoomBytes(shape.with_tally);
  const size_t seconds_fit = bytes / sizeof(uint16_t);
  const size_t micros_fit = (bytes - sizeof(uint32_t)) / kMicrosBytes;
  CallLine line;
  if (line.AssignSeconds(times, seconds_fit)) {
    line.room_ = static_cast<uint8_t>(std::min(seconds_fit, shape.most_gaps));
    line.quick_ = line.room_;
  } else {
    line.room_ = static_cast<uint8_t>(micros_fit);
    if (!line.AssignMicros(times)) return false;
    line.room_ = static_cast<uint8_t>(std::min(micros_fit, shape.most_gaps));
  }
  if (shape.with_tally) line.SetTally(tally());
  *this = line;
  number_ = number;
  return true;
}

// False: they don't all fit, in so many gaps.
bool CallLine::AssignSeconds(absl::Span<const EventTime> times, size_t fit) {
  kind_ = Kind::kSeconds;
  for (size_t i = 0; i < times.size(); ++i) {
    const uint32_t seconds = SecondsOf(times[i]);
    if (seconds == kNoSeconds) return false;
    if (i == 0) {
      newest_ = seconds;
      continue;
    }
    uint32_t fillers = (seconds - newest_) / kFiller;
    if (gaps_ + 1 + fillers > fit) return false;
    for (AppendGap(seconds - fillers * kFiller); fillers > 0; --fillers) {
      AppendGap(newest_ + kFiller);
    }
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

// Most of a full line is too old, so it is sooner known from the newest call on.
size_t CallLine::DropBefore(uint32_t first) {
  const auto is_gap = [this](size_t at) { return Short(at) != kFiller; };
  uint32_t time = newest_;
  size_t keep = gaps_;  // gaps from there on are between calls that stay
  for (size_t at = gaps_; at > 0;) {
    do time -= Short(--at);  // a filler stands for its own length
    while (!is_gap(at));
    if (time < first) break;
    keep = at;
  }
  size_t dropped = 0;
  for (size_t at = 0; at < keep; ++at) dropped += is_gap(at) ? 1 : 0;
  gaps_ = static_cast<uint8_t>(gaps_ - keep);
  std::memmove(bytes_, bytes_ + keep * sizeof(uint16_t), gaps_ * sizeof(uint16_t));
  return dropped;
}

void CallLine::AssignState(uint64_t number, uint32_t state, bool with_tally) {
  const DayTally kept = with_tally ? tally() : DayTally();
  Clear();
  number_ = number;
  kind_ = Kind::kState;
  backlog_ = Backlog{};
  backlog_.state = state;
  SetTally(kept);
}

void CallLine::Open(const Allowance& allowance, size_t most) {
  room_ = quick_ = 0;
  if (allowance.newest == kNoSeconds) return;
  room_ = static_cast<uint8_t>(std::min(allowance.calls, most));
  const bool quick = allowance.ring == nullptr && !allowance.counted && backlog_.blocked == 0;
  quick_ = quick ? room_ : 0;
  newest_ = allowance.newest;
  backlog_.until = allowance.until;
  backlog_.ring = allowance.ring;
  backlog_.next = allowance.next & 0x7F;
  backlog_.counted = allowance.counted ? 1 : 0;
}

WaitingTimes CallLine::TakeWaiting() {
  WaitingTimes times;
  uint32_t time = newest_;
  for (size_t i = 0; i < gaps_; ++i) time -= backlog_.gaps[i];
  for (size_t i = 0; i < gaps_; ++i) times.Add(time += backlog_.gaps[i]);
  gaps_ = 0;
  room_ = quick_ = 0;
  return times;
}

}  // namespace ringfence
