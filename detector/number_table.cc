#include "detector/number_table.h"

namespace ringfence {
namespace {

// A block's own lines take the memory of some 9,150 scattered ones; below kDense they would waste
// too much of it. Between the two a block stays as it is.
constexpr uint64_t kDense = 8'000;
constexpr uint64_t kSparse = 5'000;

}  // namespace

CallLine* NumberTable::Find(uint64_t number) {
  CallLine* const line = blocks_.Find(number);
  if (line == nullptr) return scattered_.Find(number, HashNumber(number));
  return line->kind() == CallLine::Kind::kNone ? nullptr : line;
}

CallLine& NumberTable::FindOrAdd(uint64_t number) {
  if (!blocks_.Holds(BlockOf(number))) {
    if (CallLine* line = scattered_.Find(number, HashNumber(number))) return *line;
  }
  return Add(number);
}

CallLine& NumberTable::Add(uint64_t number) {
  CallLine* const line = blocks_.Find(number);
  if (line == nullptr) return AddScattered(number, HashNumber(number));
  if (line->kind() == CallLine::Kind::kNone) {
    ++blocks_.BlockWith(number).present;
    ++in_blocks_;
  }
  return *line;
}

CallLine& NumberTable::AddScattered(uint64_t number, uint64_t hash) {
  if (census_.Add(BlockOf(number), kDense, scattered_.size())) {
    promising_.push_back(BlockOf(number));
  }
  return scattered_.Add(hash);
}

void NumberTable::EraseScattered(uint64_t number) {
  census_.Remove(BlockOf(number));
  scattered_.Erase(number, HashNumber(number));
}

void NumberTable::KeepDenseBlocks() {
  for (const uint64_t block : promising_) {
    if (!blocks_.Holds(block) && CountScattered(block) >= kDense) MoveIn(block);
  }
  promising_.clear();
}

void NumberTable::DropSparseBlocks() {
  for (size_t i = blocks_.size(); i > 0; --i) {
    if (blocks_[i - 1].present < kSparse) MoveOut(i - 1);
  }
}

size_t NumberTable::CountScattered(uint64_t block) const {
  if (block == BlockOf(UINT64_MAX)) return 0;  // not a whole one
  size_t count = 0;
  for (uint64_t i = 0; i < kBlockNumbers; ++i) {
    const uint64_t number = block * kBlockNumbers + i;
    count += scattered_.Find(number, HashNumber(number)) == nullptr ? 0 : 1;
  }
  return count;
}

void NumberTable::MoveIn(uint64_t id) {
  BlockLines::Block& block = blocks_.Add(id);
  for (uint64_t i = 0; i < kBlockNumbers; ++i) {
    const uint64_t number = id * kBlockNumbers + i;
    const CallLine* line = scattered_.Find(number, HashNumber(number));
    if (line == nullptr) continue;
    block.lines[i] = *line;
    ++block.present;
    ++in_blocks_;
    EraseScattered(number);
  }
}

void NumberTable::MoveOut(size_t position) {
  const BlockLines::Block block = blocks_[position];
  for (uint64_t i = 0; i < kBlockNumbers; ++i) {
    const CallLine& line = block.lines[i];
    if (line.kind() == CallLine::Kind::kNone) continue;
    AddScattered(line.number(), HashNumber(line.number())) = line;
  }
  in_blocks_ -= block.present;
  blocks_.Drop(position);
}

size_t NumberTable::memory_bytes() const {
  return scattered_.memory_bytes() + blocks_.memory_bytes() + census_.HeapBytes() +
         promising_.capacity() * sizeof(uint64_t);
}

}  // namespace ringfence
