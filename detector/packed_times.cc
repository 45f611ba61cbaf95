#include "detector/packed_times.h"

#include <algorithm>

#include "ingest/model/heap.h"

namespace ringfence {

void PackedTimes::AddBlock(uint32_t first) {
  if (blocks_.size() == blocks_.capacity()) {
    blocks_.reserve(blocks_.size() + 2);  // there are many subjects, so little slack
  }
  blocks_.push_back(Block{first, {}});
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
