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
  if (filled_ >= room_ || gap < 0 || gap >> (8 * kMicrosBytes) != 0 || !fits) return false;
  std::memcpy(bytes_ + sizeof(uint32_t) + filled_++ * kMicrosBytes, &gap, kMicrosBytes);
  SetMicros(setup);
  return true;
}

InlineTimes CallLine::Times() const {
  InlineTimes times;
  EventTime time = newest();
  times.Add(time);
  for (size_t i = filled_; i > 0; --i) {
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
    line.SetRoom(std::min(seconds_fit, shape.most_gaps));
    line.quick_ = line.room_;
  } else {
    line.SetRoom(micros_fit);
    if (!line.AssignMicros(times)) return false;
    line.SetRoom(std::min(micros_fit, shape.most_gaps));
  }
  if (shape.with_tally) line.SetTally(tally());
  *this = line;
  number_ = number;
  return true;
}

// False: they don't all fit, in so many gaps.
bool CallLine::AssignSeconds(absl::Span<const EventTime> times, size_t fit) {
  kind_ = Kind::kSeconds;
  endless_ = -1;
  for (size_t i = 0; i < times.size(); ++i) {
    const uint32_t seconds = SecondsOf(times[i]);
    if (seconds == kNoSeconds) return false;
    if (i == 0) {
      newest_ = seconds;
      continue;
    }
    uint32_t fillers = (seconds - newest_) / kFiller;
    if (filled_ + 1 + fillers > fit) return false;
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
  endless_ = 0;
  filled_ = 0;
  SetMicros(times[0]);
  for (const EventTime time : times.subspan(1)) {
    if (!AppendMicros(time)) return false;
  }
  return true;
}

// Without a branch on the times: where they become too old is chance.
size_t CallLine::DropBefore(uint32_t first) {
  uint32_t time = newest_;
  size_t keep = filled_;  // gaps from there on are between calls that stay
  for (size_t at = filled_; at > 0; --at) {
    time -= Short(at - 1);  // a filler stands for its own length
    keep -= time >= first ? 1 : 0;
  }
  size_t fillers = 0;
  if (MayHaveFiller()) {
    while (keep < filled_ && Short(keep) == kFiller) ++keep;  // of a gap to a call that is dropped
    for (size_t at = 0; at < keep; ++at) fillers += Short(at) == kFiller ? 1 : 0;
  }
  filled_ = static_cast<uint8_t>(filled_ - keep);
  std::memmove(bytes_, bytes_ + keep * sizeof(uint16_t), filled_ * sizeof(uint16_t));
  return keep - fillers;
}

// Looks at what is behind the gaps, too: always the same, and soon done.
bool CallLine::MayHaveFiller() const {
  bool has = false;
  for (size_t at = 0; at < kBytes / sizeof(uint16_t); ++at) has |= Short(at) == kFiller;
  return has;
}

void CallLine::AssignState(uint64_t number, uint32_t state, bool with_tally) {
  const DayTally kept = with_tally ? tally() : DayTally();
  Clear();
  number_ = number;
  kind_ = Kind::kState;
  filled_ = kBeforeGaps;
  backlog_ = Backlog{};
  backlog_.state = state;
  SetTally(kept);
}

void CallLine::Open(const Allowance& allowance, size_t most) {
  SetRoom(0);
  quick_ = 0;
  if (allowance.newest == kNoSeconds) return;
  SetRoom(kBeforeGaps + std::min(allowance.calls, most));
  const bool quick = allowance.ring == nullptr && !allowance.counted && backlog_.blocked == 0;
  quick_ = quick ? room_ : 0;
  newest_ = allowance.newest;
  backlog_.until = allowance.until;
  backlog_.ring = allowance.ring;
  backlog_.next = allowance.next & 0x7F;
  backlog_.counted = allowance.counted ? 1 : 0;
}

WaitingTimes CallLine::TakeWaiting() {
  const size_t count = waiting();
  WaitingTimes times(count);
  uint32_t time = newest_;
  for (size_t i = count; i > 0; --i) {
    times.Set(i - 1, time);
    time -= backlog_.gaps[i - 1];
  }
  filled_ = kBeforeGaps;
  SetRoom(0);
  quick_ = 0;
  return times;
}

}  // namespace ringfence
