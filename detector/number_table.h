// One line for every number, wherever it is best kept: in its block's lines when most of the block
// is in use, else among the scattered ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "detector/block_census.h"
#include "detector/block_lines.h"
#include "detector/call_line.h"
#include "detector/cell_pool.h"
#include "detector/number_hash.h"
#include "detector/scattered_lines.h"

namespace ringfence {

// Not thread-safe.
//
// A look-up that hides the way to the memory has three steps, with some other work between them:
// Approach(), Candidate(), and Find…() only if the candidate's line is not the number's. Between
// them lines may be added, but nothing swept, kept or dropped.
class NumberTable {
 public:
  NumberTable() : scattered_(pool_), blocks_(pool_) {}
  NumberTable(const NumberTable&) = delete;
  NumberTable& operator=(const NumberTable&) = delete;

  // What Approach() learnt: the line, or the bucket where it may be found, or nothing.
  struct Approached {
    CallLine* line = nullptr;
    const TagBucket* bucket = nullptr;
  };

  // Fetches what is looked at first for this number with this hash (HashNumber).
  Approached Approach(uint64_t number, uint64_t hash) const {
    if (const NumberBlock* block = blocks_.Find(BlockOf(number))) {
      CallLine* line = &block->At(number % kBlockNumbers);
      __builtin_prefetch(line, 1);
      return {line, nullptr};
    }
    return {nullptr, scattered_.Home(hash)};
  }
  // Where the number's line probably is, or null; fetches it.
  CallLine* Candidate(const Approached& approached, uint64_t hash) const {
    if (approached.bucket == nullptr) return approached.line;
    return scattered_.Candidate(*approached.bucket, hash);
  }

  // The line of the number; of kind kNone when it is new: then it must be assigned at once.
  CallLine& FindOrAdd(uint64_t number, uint64_t hash);

  // Visits a part of the numbers, 0 to parts() - 1: `keep` gets each line and says whether it
  // stays.
  template <typename Keep>
  void Sweep(size_t part, const Keep& keep);
  size_t parts() const { return ScatteredLines::kSegments + blocks_.size(); }

  // Gives blocks that have become dense lines of their own. To be called often.
  void KeepDenseBlocks();
  // Takes them from blocks that no longer are. To be called now and then.
  void DropSparseBlocks();

  size_t size() const { return scattered_.size() + in_blocks_; }
  size_t memory_bytes() const;

 private:
  size_t CountScattered(uint64_t block) const;
  void MoveIn(uint64_t block);
  void MoveOut(size_t position);
  CallLine& AddScattered(uint64_t number, uint64_t hash);
  void EraseScattered(uint64_t number);

  CellPool pool_;
  ScatteredLines scattered_;
  BlockLines blocks_;
  BlockCensus census_;
  std::vector<uint64_t> promising_;  // blocks that are to be counted
  size_t in_blocks_ = 0;
};

template <typename Keep>
void NumberTable::Sweep(size_t part, const Keep& keep) {
  if (part < ScatteredLines::kSegments) {
    // Backwards: the line that takes an erased one's place was visited already.
    for (size_t i = scattered_.lines(part); i > 0; --i) {
      CallLine& line = scattered_.At(part, i - 1);
      if (!keep(line)) EraseScattered(line.number());
    }
    scattered_.Shrink(part);
    return;
  }
  NumberBlock& block = blocks_[part - ScatteredLines::kSegments];
  for (size_t i = 0; i < kBlockNumbers; ++i) {
    CallLine& line = block.At(i);
    if (line.kind() == CallLine::Kind::kNone || keep(line)) continue;
    line.Clear();
    --block.present;
    --in_blocks_;
  }
}

}  // namespace ringfence
