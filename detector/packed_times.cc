#include "detector/packed_times.h"

#include <algorithm>

#include "detector/heap.h"

namespace ringfence {

bool PackedTimes::Append(EventTime time) {
  const uint32_t seconds = SecondsOf(time);
  if (seconds == kNoSeconds) return false;
  const size_t end = size_t{begin_} + size_;
  if (end % kBlock == 0) {
    if (blocks_.size() == blocks_.capacity()) {
      blocks_.reserve(blocks_.size() + 2);  // there are many subjects, so little slack
    }
    blocks_.push_back(Block{seconds, {}});
  } else {
    Block& block = blocks_.back();
    const uint32_t after = seconds - block.first;
    if (after > UINT16_MAX) return false;
    block.after[end % kBlock] = static_cast<uint16_t>(after);
  }
  ++size_;
  return true;
}

void PackedTimes::DropFront(size_t count) {
  if (count >= size_) return Clear();
  size_ -= static_cast<uint32_t>(count);
  const size_t begin = begin_ + count;
  begin_ = static_cast<uint32_t>(begin % kBlock);
  if (begin >= kBlock) {
    blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<ptrdiff_t>(begin / kBlock));
  }
}

void PackedTimes::Truncate(size_t position) {
  if (position == 0) return Clear();
  size_ = static_cast<uint32_t>(position);
  blocks_.resize((begin_ + position + kBlock - 1) / kBlock);
}

size_t PackedTimes::HeapBytes() const {
  return blocks_.capacity() == 0 ? 0 : blocks_.capacity() * sizeof(Block) + kAllocationBytes;
}

}  // namespace ringfence
