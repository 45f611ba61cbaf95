#include "detector/block_lines.h"

#include <algorithm>
#include <bit>

namespace ringfence {

BlockLines::Block& BlockLines::Add(uint64_t block) {
  blocks_.push_back(Block{block, 0, reinterpret_cast<CallLine*>(pool_.Take())});
  if (2 * (used_ + 1) > index_.size()) {
    Rebuild();
  } else {
    Refer(blocks_.size() - 1);
  }
  return blocks_.back();
}

void BlockLines::Drop(size_t position) {
  pool_.GiveBack(reinterpret_cast<Cell*>(blocks_[position].lines));
  index_[Locate(blocks_[position].block)].block = kDropped;
  if (position + 1 < blocks_.size()) {
    blocks_[position] = blocks_.back();
    position_[Locate(blocks_[position].block)] = position;
  }
  blocks_.pop_back();
}

// The block has no place yet.
void BlockLines::Refer(size_t position) {
  const Block& block = blocks_[position];
  const size_t at = Locate(block.block);
  const auto first = reinterpret_cast<uintptr_t>(block.lines);
  index_[at] = {block.block, first - block.block * kBlockNumbers * sizeof(CallLine)};
  position_[at] = position;
  ++used_;
}

// For all that are held now, with room for as many again.
void BlockLines::Rebuild() {
  constexpr size_t kFirst = 16;
  const size_t places = std::bit_ceil(std::max(kFirst, 4 * blocks_.size()));
  shift_ = 64 - std::countr_zero(places);
  index_.assign(places, Place());
  position_.assign(places, 0);
  used_ = 0;
  for (size_t i = 0; i < blocks_.size(); ++i) Refer(i);
}

size_t BlockLines::memory_bytes() const {
  return pool_.bytes() + blocks_.capacity() * sizeof(Block) + index_.capacity() * sizeof(Place) +
         position_.capacity() * sizeof(size_t);
}

}  // namespace ringfence
