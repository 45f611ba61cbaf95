#include "detector/sliding_window.h"

#include <algorithm>

namespace ringfence {

size_t SlidingWindow::Insert(EventTime time) {
  if (begin_ > 0 && times_.size() == times_.capacity()) Compact();
  const int64_t micros = ToUnixMicros(time);
  if (times_.empty() || micros >= times_.back()) {
    times_.push_back(micros);
    return size() - 1;
  }
  const auto place = std::upper_bound(times_.begin() + begin_, times_.end(), micros);
  const auto position = static_cast<size_t>(place - times_.begin()) - begin_;
  times_.insert(place, micros);
  return position;
}

void SlidingWindow::DropOlder(EventTime reference, Duration age) {
  size_t count = 0;
  while (count < size() && !InWindow((*this)[count], reference, age)) ++count;
  DropFront(count);
}

void SlidingWindow::KeepNewest(size_t count) {
  if (size() > count) DropFront(size() - count);
}

void SlidingWindow::Clear() {
  times_.clear();
  times_.shrink_to_fit();
  begin_ = 0;
}

size_t SlidingWindow::FirstInWindow(size_t position, Duration window) const {
  const EventTime end = (*this)[position];
  const auto from = times_.begin() + begin_;
  const auto first = std::partition_point(
      from, from + static_cast<ptrdiff_t>(position),
      [&](int64_t micros) { return !InWindow(FromUnixMicros(micros), end, window); });
  return static_cast<size_t>(first - from);
}

size_t SlidingWindow::HeapBytes() const {
  constexpr size_t kAllocation = 16;  // what malloc adds
  if (times_.capacity() <= kInline) return 0;
  return times_.capacity() * sizeof(int64_t) + kAllocation;
}

void SlidingWindow::DropFront(size_t count) {
  if (count == 0) return;
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
