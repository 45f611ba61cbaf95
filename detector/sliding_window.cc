#include "detector/sliding_window.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "ingest/model/heap.h"

namespace ringfence {

size_t SlidingWindow::Insert(EventTime time) {
  floor_ = std::min(floor_, time);
  if (times_.empty()) {
    if (!packed_.empty() && time < newest()) return InsertPacked(time);
    if (packed_.Append(time)) return packed_.size() - 1;
    Unpack();
  }
  return InsertExact(ToUnixMicros(time));
}

void SlidingWindow::Append(absl::Span<const uint32_t> seconds) {
  size_t done = 0;
  if (times_.empty()) {
    if (!seconds.empty()) floor_ = std::min(floor_, FromSeconds(seconds[0]));
    done = packed_.Append(seconds);
  }
  for (; done < seconds.size(); ++done) Insert(FromSeconds(seconds[done]));
}

size_t SlidingWindow::InsertPacked(EventTime time) {
  size_t position = packed_.size();
  while (position > 0 && packed_[position - 1] > time) --position;
  std::vector<EventTime> rest = {time};
  for (size_t i = position; i < packed_.size(); ++i) rest.push_back(packed_[i]);
  packed_.Truncate(position);
  size_t done = 0;
  while (done < rest.size() && packed_.Append(rest[done])) ++done;
  if (done == rest.size()) return position;
  Unpack();
  for (; done < rest.size(); ++done) times_.push_back(ToUnixMicros(rest[done]));
  return position;
}

size_t SlidingWindow::InsertExact(int64_t micros) {
  if (begin_ > 0 && times_.size() == times_.capacity()) Compact();
  if (times_.empty() || micros >= times_.back()) {
    times_.push_back(micros);
    return size() - 1;
  }
  const auto place = std::upper_bound(times_.begin() + begin_, times_.end(), micros);
  const auto position = static_cast<size_t>(place - times_.begin()) - begin_;
  times_.insert(place, micros);
  return position;
}

void SlidingWindow::Unpack() {
  for (size_t i = 0; i < packed_.size(); ++i) times_.push_back(ToUnixMicros(packed_[i]));
  packed_.Clear();
}

void SlidingWindow::Repack() {
  if (times_.empty()) return;
  PackedTimes packed;
  for (size_t i = begin_; i < times_.size(); ++i) {
    if (!packed.Append(FromUnixMicros(times_[i]))) return;
  }
  const EventTime floor = floor_;
  Clear();
  packed_ = std::move(packed);
  floor_ = floor;
}

void SlidingWindow::DropOlder(EventTime reference, Duration age) {
  if (empty() || InWindow(floor_, reference, age)) return;
  size_t count = 0;
  while (count < size() && !InWindow((*this)[count], reference, age)) ++count;
  DropFront(count);
  floor_ = empty() ? EventTime::max() : (*this)[0];
}

void SlidingWindow::KeepNewest(size_t count, EventTime reference, Duration age) {
  size_t drop = size() - std::min(size(), count);
  if (age > Duration(0)) {
    while (drop > 0 && InWindow((*this)[drop - 1], reference, age)) --drop;
  }
  DropFront(drop);
}

void SlidingWindow::Clear() {
  packed_.Clear();
  times_.clear();
  times_.shrink_to_fit();
  begin_ = 0;
  floor_ = EventTime::max();
}

size_t SlidingWindow::FirstInWindow(size_t position, Duration window) const {
  const EventTime end = (*this)[position];
  size_t first = 0;
  size_t last = position;  // the answer lies in [first, last]
  while (first < last) {
    const size_t middle = first + (last - first) / 2;
    if (InWindow((*this)[middle], end, window)) {
      last = middle;
    } else {
      first = middle + 1;
    }
  }
  return first;
}

size_t SlidingWindow::HeapBytes() const {
  if (times_.capacity() <= kInline) return packed_.HeapBytes();
  return times_.capacity() * sizeof(int64_t) + kAllocationBytes + packed_.HeapBytes();
}

void SlidingWindow::DropFront(size_t count) {
  if (count == 0) return;
  if (!packed_.empty()) return packed_.DropFront(count);
  begin_ += static_cast<uint32_t>(count);
  if (begin_ >= size()) Compact();  // at least as many dropped as moved: amortised O(1)
}

void SlidingWindow::Compact() {
  constexpr size_t kWorthShrinking = 32;
  times_.erase(times_.begin(), times_.begin() + begin_);
  begin_ = 0;
  if (times_.capacity() > kWorthShrinking && times_.capacity() > 4 * times_.size()) {
    times_.shrink_to_fit();
  }
}

}  // namespace ringfence
