#include "detector/block_lines.h"

#include <utility>

namespace ringfence {

NumberBlock& BlockLines::Add(uint64_t block) {
  auto added = std::make_unique<NumberBlock>();
  added->block = block;
  for (Cell*& run : added->runs) run = pool_->Take();
  index_.emplace(block, added.get());
  return *blocks_.emplace_back(std::move(added));
}

void BlockLines::Drop(size_t position) {
  for (Cell* run : blocks_[position]->runs) pool_->GiveBack(run);
  index_.erase(blocks_[position]->block);
  std::swap(blocks_[position], blocks_.back());
  blocks_.pop_back();
}

size_t BlockLines::HeapBytes() const {
  return blocks_.size() * sizeof(NumberBlock) + blocks_.capacity() * sizeof(NumberBlock*) +
         index_.capacity() * (sizeof(std::pair<uint64_t, NumberBlock*>) + 1);
}

}  // namespace ringfence
