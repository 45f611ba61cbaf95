#include "detector/packed_times.h"

#include <algorithm>

#include "ingest/model/heap.h"

namespace ringfence {

void PackedTimes::AddBlock(uint32_t first) {
  const size_t used = BlocksInUse();
  if (used == blocks_.size()) {
    std::rotate(blocks_.begin(), blocks_.begin() + begin_ / kBlock, blocks_.end());
    begin_ = static_cast<uint32_t>(begin_ % kBlock);
    blocks_.reserve(used + 1);  // there are many subjects, so no slack
    blocks_.resize(used + 1);
  }
  blocks_[PlaceOf(begin_ / kBlock + used)] = Block{first, {}};
}

size_t PackedTimes::Append(absl::Span<const uint32_t> seconds) {
  size_t done = 0;
  while (done < seconds.size()) {
    const size_t at = (begin_ + size_) % kBlock;
    if (at == 0) AddBlock(seconds[done]);
    Block& block = blocks_[PlaceOf((begin_ + size_) / kBlock)];
    const uint32_t first = block.first;
    const uint32_t* const next = seconds.data() + done;
    const size_t room = std::min(seconds.size() - done, kBlock - at);
    size_t count = room;
    while (count > 0 && next[count - 1] - first > UINT16_MAX) --count;
    uint16_t* const after = block.after.data() + at;
    for (size_t i = 0; i < count; ++i) after[i] = static_cast<uint16_t>(next[i] - first);
    size_ += static_cast<uint32_t>(count);
    done += count;
    if (count < room) break;
  }
  return done;
}

void PackedTimes::DropFront(size_t count) {
  if (count >= size_) return Clear();
  size_ -= static_cast<uint32_t>(count);
  const size_t begin = begin_ + count;
  begin_ = static_cast<uint32_t>(PlaceOf(begin / kBlock) * kBlock + begin % kBlock);
}

void PackedTimes::Truncate(size_t position) {
  if (position == 0) return Clear();
  size_ = static_cast<uint32_t>(position);
}

size_t PackedTimes::HeapBytes() const {
  return blocks_.capacity() == 0 ? 0 : blocks_.capacity() * sizeof(Block) + kAllocationBytes;
}

}  // namespace ringfence
