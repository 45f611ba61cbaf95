#include "detector/block_lines.h"

#include <utility>

namespace ringfence {

BlockLines::Block& BlockLines::Add(uint64_t block) {
  auto* lines = reinterpret_cast<CallLine*>(pool_.Take());
  index_.emplace(block, Place{lines, blocks_.size()});
  return blocks_.emplace_back(Block{block, 0, lines});
}

void BlockLines::Drop(size_t position) {
  pool_.GiveBack(reinterpret_cast<Cell*>(blocks_[position].lines));
  index_.erase(blocks_[position].block);
  if (position + 1 < blocks_.size()) {
    blocks_[position] = blocks_.back();
    index_.find(blocks_[position].block)->second.position = position;
  }
  blocks_.pop_back();
}

size_t BlockLines::memory_bytes() const {
  return pool_.bytes() + blocks_.capacity() * sizeof(Block) +
         index_.capacity() * (sizeof(std::pair<uint64_t, Place>) + 1);
}

}  // namespace ringfence
