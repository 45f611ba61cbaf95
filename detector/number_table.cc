#include "detector/number_table.h"

#include "ingest/model/fetch.h"

namespace ringfence {
namespace {

// A block's own lines take the memory of some 9,150 scattered ones, but a call of theirs half of
// the time. From kDense on that is worth it, and the sooner a block becomes one, the less is to be
// moved; between the two a block stays as it is.
constexpr uint64_t kDense = 6'500;
constexpr uint64_t kSparse = 5'000;
// The last block of all is not a whole one, and never dense.
constexpr uint64_t kLastBlock = BlockOf(UINT64_MAX);

}  // namespace

CallLine* NumberTable::Find(uint64_t number) {
  CallLine* const line = blocks_.Find(number);
  if (line == nullptr) return scattered_.Find(number, HashNumber(number));
  return line->kind() == CallLine::Kind::kNone ? nullptr : line;
}

CallLine& NumberTable::FindOrAdd(uint64_t number) {
  CallLine* const in_block = blocks_.Find(number);
  if (in_block != nullptr) return CountIfNew(number, *in_block);
  const uint64_t hash = HashNumber(number);
  CallLine* const line = scattered_.Find(number, hash);
  return line != nullptr ? *line : AddScattered(number, hash);
}

CallLine& NumberTable::Add(uint64_t number) {
  CallLine* const line = blocks_.Find(number);
  if (line == nullptr) return AddScattered(number, HashNumber(number));
  return CountIfNew(number, *line);
}

CallLine& NumberTable::CountIfNew(uint64_t number, CallLine& in_block) {
  if (in_block.kind() == CallLine::Kind::kNone) {
    ++blocks_.BlockWith(number).present;
    ++in_blocks_;
  }
  return in_block;
}

CallLine& NumberTable::AddScattered(uint64_t number, uint64_t hash) {
  if (census_.Add(BlockOf(number), kDense, scattered_.size())) {
    promising_.push_back(BlockOf(number));
  }
  return scattered_.Add(hash);
}

void NumberTable::AddAll(absl::Span<const CallLine> lines) {
  size_t begin = 0;  // of those that come before the block at hand and are not added yet
  for (size_t first = 0; first < lines.size();) {
    const uint64_t id = BlockOf(lines[first].number());
    size_t end = first + 1;
    while (end < lines.size() && BlockOf(lines[end].number()) == id) ++end;
    if (end - first >= kDense && id != kLastBlock && !blocks_.Holds(id)) {
      AddEach(lines.subspan(begin, first - begin));
      AddBlock(id, lines.subspan(first, end - first));
      begin = end;
    }
    first = end;
  }
  AddEach(lines.subspan(begin));
}

void NumberTable::AddBlock(uint64_t id, absl::Span<const CallLine> lines) {
  BlockLines::Block& block = blocks_.Add(id);
  for (const CallLine& line : lines) block.lines[line.number() - id * kBlockNumbers] = line;
  block.present = static_cast<uint32_t>(lines.size());
  in_blocks_ += lines.size();
}

void NumberTable::AddEach(absl::Span<const CallLine> lines) {
  constexpr size_t kGroup = 64;
  FetchList<kGroup> needed;
  for (size_t first = 0; first < lines.size(); first += kGroup) {
    const auto group = lines.subspan(first, kGroup);
    for (const CallLine& line : group) needed.Add(Begin(line.number()).bucket);
    needed.Fetch();
    for (const CallLine& line : group) Add(line.number()) = line;
  }
}

void NumberTable::EraseScattered(uint64_t number) {
  census_.Remove(BlockOf(number));
  scattered_.Erase(number, HashNumber(number));
}

void NumberTable::KeepDenseBlocks() {
  for (const uint64_t block : promising_) {
    if (block == kLastBlock || blocks_.Holds(block)) continue;
    const auto places = scattered_.FindAll(block * kBlockNumbers, kBlockNumbers);
    if (places.size() >= kDense) MoveIn(block, places);
  }
  promising_.clear();
}

void NumberTable::MoveIn(uint64_t id, absl::Span<const ScatteredLines::Place> places) {
  BlockLines::Block& block = blocks_.Add(id);
  for (const auto& [bucket, slot, ref, line] : places) {
    block.lines[line->number() - id * kBlockNumbers] = *line;
  }
  block.present = static_cast<uint32_t>(places.size());
  in_blocks_ += places.size();
  census_.Remove(id, block.present);
  scattered_.EraseAll(places);
}

void NumberTable::DropSparseBlocks() {
  for (size_t i = blocks_.size(); i > 0; --i) {
    if (blocks_[i - 1].present < kSparse) MoveOut(i - 1);
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
