// The record keys of several generations in one table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ingest/model/cdr.h"
#include "ingest/model/huge_pages.h"

namespace ringfence {

// A set of keys in which each knows its generation, so that one look at one cache line, nearly
// always, tells whether a key is in any of them, and a generation is forgotten without touching its
// keys: their places are used again.
//
// Exact: every bit of a key is kept. Its upper four bits of `low` choose one of 16 shards and are
// implied by it, which leaves room for the generation. Open addressing over lines of four entries,
// from half to three quarters full: 21 to 32 bytes a key. A shard that is full is made anew by
// itself, without what was forgotten. Their sizes differ, so that this comes to one after the
// other: all of them at once would be a pause of a second for 30 million keys. Not thread-safe.
class KeyTable {
 public:
  static constexpr size_t kGenerations = 4;
  static constexpr int kMarkBits = 4;  // more shards would get large pages later
  static constexpr size_t kShards = size_t{1} << kMarkBits;

  KeyTable() = default;
  KeyTable(KeyTable&&) = default;
  KeyTable& operator=(KeyTable&&) = default;

  // Takes memory at once for as many keys, of an empty table. Inserting them in the order of `low`
  // then goes through the memory once, from its beginning to its end. Without it, keys in this
  // order pile up at the beginning of a table that is still small: never do that.
  void Reserve(size_t keys);

  // Calls need(address) for what Insert() will look at, nearly always.
  void Need(const RecordKey& key, const auto& need) const {
    const Shard& shard = shards_[ShardOf(key)];
    if (shard.lines == 0) return;
    const Entry* const line = shard.LineOf(key.low);
    need(line);
    need(line + kLineEntries);  // one line in four is full, or there is nothing behind the last
  }

  // Puts the key into the newest generation and returns true; false when it is in any of them.
  bool Insert(const RecordKey& key) { return Insert(key, newest_, counts_[0]); }
  // The same with an older one: 0 is the newest. For a table that is filled from a snapshot: begin
  // all generations, Reserve(), then insert the keys of each age. Where generations are begun
  // between them, shards are made anew, and are too small for what is still to come.
  bool InsertOfAge(const RecordKey& key, size_t age) {
    return Insert(key, MarkOfAge(age) << kMarkShift, counts_[age]);
  }

  // Begins a generation; the oldest of four is forgotten.
  void BeginGeneration();

  void AppendRegions(MemoryRegions& regions) const {
    for (const Shard& shard : shards_) AppendRegion(shard.memory, regions);
  }

  size_t size() const;                                           // keys in all generations
  size_t size_of_age(size_t age) const { return counts_[age]; }  // 0, the newest, to 3
  uint64_t moved() const { return moved_; }  // keys that were put into a new shard so far

  // The keys of a shard by age, each age in the order of (low, high). Of one shard after the other
  // they are in this order as a whole. Replaces what is in `by_age`.
  using KeysByAge = std::array<std::vector<RecordKey>, kGenerations>;
  void ReadShard(size_t number, KeysByAge& by_age) const;

 private:
  static constexpr int kMarkShift = 64 - kMarkBits;
  static constexpr uint64_t kLowMask = (uint64_t{1} << kMarkShift) - 1;
  static constexpr uint64_t kMarks = kShards - 1;  // 1 to 15; 0: the entry is empty
  static constexpr size_t kLineEntries = 4;
  static constexpr size_t kLineBytes = 64;
  static constexpr size_t kLeastLines = 64;

  struct Entry {
    uint64_t high = 0;
    uint64_t marked_low = 0;  // the mark of its generation in the upper bits

    uint64_t mark() const { return marked_low >> kMarkShift; }
  };
  static_assert(sizeof(Entry) * kLineEntries == kLineBytes);

  struct Shard {
    std::vector<Entry, HugePageAllocator<Entry>> memory;  // with room to begin at a cache line
    Entry* entries = nullptr;                             // in it
    size_t lines = 0;                                     // fewer than 2^32
    size_t used = 0;  // entries that are not empty, forgotten ones included

    Entry* LineOf(uint64_t low) const {
      const uint64_t upper = (low << kMarkBits) >> 32;
      return entries + (upper * lines >> 32) * kLineEntries;
    }
    const Entry* end() const { return entries + lines * kLineEntries; }
    void Allocate(size_t new_lines);
  };

  static size_t ShardOf(const RecordKey& key) { return key.low >> kMarkShift; }
  uint64_t MarkOfAge(size_t age) const { return (begun_ + kMarks - age) % kMarks + 1; }
  bool Lives(uint64_t mark) const { return ((live_ >> mark) & 1) != 0; }
  bool Insert(const RecordKey& key, uint64_t mark_in_place, size_t& count);
  // Where the key is, alive or forgotten; else where it may go.
  Entry* Find(const Shard& shard, const RecordKey& key) const;
  Entry* FirstForgotten(Entry* line, size_t used) const;
  void Renew(Shard& shard);
  // Filled by half by so many keys.
  static size_t LinesFor(size_t keys) { return keys * 2 / kLineEntries + kLeastLines; }
  // From two thirds of it, nearly, to all: a shard that is made anew has half as many lines again,
  // so the shards' sizes lie evenly between two of one shard's, and stay so.
  static size_t Staggered(size_t lines, size_t shard) {
    return lines - lines * shard / (3 * kShards);
  }

  std::array<Shard, kShards> shards_;
  std::array<size_t, kGenerations> counts_{};  // by age
  uint64_t moved_ = 0;
  uint64_t begun_ = 0;                           // generations after the first
  uint64_t newest_ = uint64_t{1} << kMarkShift;  // the mark of generation 0, in its place
  uint64_t live_ = 1 << 1;                       // a bit for each mark of a generation that is kept
};

}  // namespace ringfence
