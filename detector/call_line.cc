#include "detector/call_line.h"

#include <algorithm>

namespace ringfence {

void InlineTimes::Insert(uint32_t time) {
  auto* const end = seconds.data() + count;
  auto* const place = std::upper_bound(seconds.data(), end, time);
  std::copy_backward(place, end, end + 1);
  *place = time;
  ++count;
}

void InlineTimes::DropOlder(EventTime newest, Duration age) {
  auto* const end = seconds.data() + count;
  auto* const keep = std::find_if(seconds.data(), end,
                                  [&](uint32_t time) { return newest - FromSeconds(time) < age; });
  std::copy(keep, end, seconds.data());
  count = static_cast<size_t>(end - keep);
}

InlineTimes CallLine::Times() const {
  InlineTimes times;
  times.Add(newest_);
  uint32_t time = newest_;
  for (size_t i = gaps_; i > 0; --i) {
    time -= gap_[i - 1];
    if (gap_[i - 1] != kFiller) times.Add(time);
  }
  std::reverse(times.seconds.data(), times.seconds.data() + times.count);
  return times;
}

bool CallLine::Assign(uint64_t number, absl::Span<const uint32_t> times) {
  CallLine line;
  for (size_t i = 1; i < times.size(); ++i) {
    const uint32_t gap = times[i] - times[i - 1];
    if (line.gaps_ + 1 + gap / kFiller > kGaps) return false;
    line.gap_[line.gaps_++] = static_cast<uint16_t>(gap % kFiller);
    for (uint32_t n = gap / kFiller; n > 0; --n) line.gap_[line.gaps_++] = kFiller;
  }
  line.number_ = number;
  line.newest_ = times.back();
  line.kind_ = Kind::kCalls;
  *this = line;
  return true;
}

}  // namespace ringfence
