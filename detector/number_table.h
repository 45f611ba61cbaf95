// One line for every number, wherever it is best kept: in its block's lines when most of the block
// is in use, else among the scattered ones.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "detector/block_census.h"
#include "detector/block_lines.h"
#include "detector/call_line.h"
#include "detector/scattered_lines.h"
#include "ingest/model/number_hash.h"

namespace ringfence {

// Not thread-safe.
//
// A look-up that hides the way to the memory has some steps, with other work between them:
// InBlock(), else Begin(), Candidate(), Behind() where there is none and the search goes on, and
// FindOrAdd() only if the candidate is not the number's line. Between them lines may be added, but
// nothing swept, kept or dropped.
class NumberTable {
 public:
  // Of one of so many shards.
  explicit NumberTable(size_t shards = 1) : blocks_(shards), census_(shards) {}

  // The number's line, if its block has lines of its own; else null.
  CallLine* InBlock(uint64_t number) const { return blocks_.Find(number); }
  bool has_blocks() const { return blocks_.size() != 0; }  // else InBlock() need not be asked
  // Else: where to look for it, and what to fetch for Candidate().
  using Search = ScatteredLines::Search;
  Search Begin(uint64_t number) const { return scattered_.Begin(HashNumber(number)); }
  // A search is no longer good when this has changed.
  uint64_t turn() const { return scattered_.turn(); }
  // As ScatteredLines has them.
  CallLine* Candidate(const Search& search, absl::FunctionRef<void(const void*)> need) const {
    return scattered_.Candidate(search, need);
  }
  static bool GoesOn(const Search& search) { return ScatteredLines::GoesOn(search); }
  Search Behind(const Search& search, uint32_t places) const {
    return scattered_.Behind(search, places);
  }

  // Null: not there.
  CallLine* Find(uint64_t number);
  // The line of the number; of kind kNone when it is new: then it must be assigned at once.
  CallLine& FindOrAdd(uint64_t number);

  // The line of a number that is not there: to be assigned at once.
  CallLine& Add(uint64_t number);
  // Adds lines of numbers that are not there, in the order of the numbers. A block that is dense,
  // and none of whose numbers is there, has lines of its own at once: bring blocks whole.
  void AddAll(absl::Span<const CallLine> lines);
  // Takes memory for so many numbers, before the first; Fit() gives back what they did not need.
  void Reserve(size_t numbers) { scattered_.Reserve(numbers); }
  void Fit() { scattered_.Fit(); }

  // How far a sweep has come.
  struct Cursor {
    size_t part = 0;                                   // regions, then blocks
    size_t left = std::numeric_limits<size_t>::max();  // of the part's lines, from its end
    size_t visited = 0;                                // numbers since the beginning
  };
  // Goes on at the cursor until it has visited `end` numbers, or places for some: `keep` gets each
  // line and says whether it stays. True: all have been visited, and the cursor is at the beginning
  // again.
  template <typename Keep>
  bool Sweep(Cursor& cursor, size_t end, const Keep& keep);

  // Gives blocks that have become dense lines of their own. To be called often.
  void KeepDenseBlocks();
  // Takes them from blocks that no longer are. To be called between two sweeps.
  void DropSparseBlocks();

  size_t size() const { return scattered_.size() + in_blocks_; }
  size_t memory_bytes() const;
  void AppendRegions(MemoryRegions& regions) const {
    scattered_.AppendRegions(regions);
    blocks_.AppendRegions(regions);
  }

 private:
  template <typename Keep>
  bool SweepBlock(Cursor& cursor, size_t end, const Keep& keep);
  void MoveIn(uint64_t id, absl::Span<const ScatteredLines::Place> places);
  void MoveOut(size_t position);
  CallLine& CountIfNew(uint64_t number, CallLine& in_block);
  CallLine& AddScattered(uint64_t number, uint64_t hash);
  void AddBlock(uint64_t id, absl::Span<const CallLine> lines);
  void AddEach(absl::Span<const CallLine> lines);
  void EraseScattered(uint64_t number);

  ScatteredLines scattered_;
  BlockLines blocks_;
  BlockCensus census_;
  std::vector<uint64_t> promising_;  // blocks that are to be counted
  size_t in_blocks_ = 0;
};

template <typename Keep>
bool NumberTable::Sweep(Cursor& cursor, size_t end, const Keep& keep) {
  constexpr size_t kAllLeft = std::numeric_limits<size_t>::max();
  for (; cursor.part < ScatteredLines::kRegions + blocks_.size(); ++cursor.part) {
    if (cursor.visited >= end) return false;
    if (cursor.part >= ScatteredLines::kRegions) {
      if (!SweepBlock(cursor, end, keep)) return false;
      continue;
    }
    // Backwards: the line that takes an erased one's place was visited already, or is new.
    cursor.left = std::min(cursor.left, scattered_.lines(cursor.part));
    const size_t stop = cursor.left - std::min(cursor.left, end - cursor.visited);
    cursor.visited += cursor.left - stop;
    for (size_t left = cursor.left; left > stop; --left) {
      CallLine& line = scattered_.At(cursor.part, left - 1);
      if (!keep(line)) EraseScattered(line.number());
    }
    cursor.left = stop;
    if (stop > 0) return false;
    cursor.left = kAllLeft;
    scattered_.Shrink(cursor.part);
  }
  cursor = {};
  return true;
}

template <typename Keep>
bool NumberTable::SweepBlock(Cursor& cursor, size_t end, const Keep& keep) {
  BlockLines::Block& block = blocks_[cursor.part - ScatteredLines::kRegions];
  cursor.left = std::min<size_t>(cursor.left, kBlockNumbers);
  const size_t stop = cursor.left - std::min(cursor.left, end - cursor.visited);
  cursor.visited += cursor.left - stop;
  for (CallLine* line = block.lines + cursor.left; line != block.lines + stop;) {
    --line;
    if (line->kind() == CallLine::Kind::kNone || keep(*line)) continue;
    line->Clear();
    --block.present;
    --in_blocks_;
  }
  cursor.left = stop;
  if (stop > 0) return false;
  cursor.left = std::numeric_limits<size_t>::max();
  return true;
}

}  // namespace ringfence
