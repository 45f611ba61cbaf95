#include "detector/block_lines.h"

#include <algorithm>
#include <bit>

namespace ringfence {

BlockLines::Block& BlockLines::Add(uint64_t block) {
  auto* lines = reinterpret_cast<CallLine*>(pool_.Take());
  blocks_.push_back(Block{block, 0, lines});
  if (2 * (used_ + 1) > index_.size()) {
    Rebuild();
  } else {
    Place& place = index_[Locate(block)];
    used_ += place.block == kNoBlock ? 1 : 0;
    place = {block, lines, blocks_.size() - 1};
  }
  return blocks_.back();
}

void BlockLines::Drop(size_t position) {
  pool_.GiveBack(reinterpret_cast<Cell*>(blocks_[position].lines));
  index_[Locate(blocks_[position].block)].lines = nullptr;
  if (position + 1 < blocks_.size()) {
    blocks_[position] = blocks_.back();
    index_[Locate(blocks_[position].block)].position = position;
  }
  blocks_.pop_back();
}

// For all that are held now, with room for as many again.
void BlockLines::Rebuild() {
  constexpr size_t kFirst = 16;
  const size_t places = std::bit_ceil(std::max(kFirst, 4 * blocks_.size()));
  shift_ = 64 - std::countr_zero(places);
  index_.assign(places, Place());
  for (size_t i = 0; i < blocks_.size(); ++i) {
    index_[Locate(blocks_[i].block)] = {blocks_[i].block, blocks_[i].lines, i};
  }
  used_ = blocks_.size();
}

size_t BlockLines::memory_bytes() const {
  return pool_.bytes() + blocks_.capacity() * sizeof(Block) + index_.capacity() * sizeof(Place);
}

}  // namespace ringfence
