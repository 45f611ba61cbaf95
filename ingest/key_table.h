// The record keys of several generations in one table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ingest/key_index.h"
#include "ingest/key_log.h"
#include "ingest/model/cdr.h"
#include "ingest/model/huge_pages.h"

namespace ringfence {

// A set of keys. They lie in the order in which they came, so that a generation is a piece of this
// log and is forgotten as one; an index beside it says where the keys with a hash may be. So a new
// key costs a look at one cache line of the index, nearly always, and 16 bytes more of the log.
//
// Exact: every bit of a key is kept and compared. The upper four bits of `low` choose one of 16
// shards of the index, which are lines of eight entries, 58 to 88 % full: an entry holds the next
// 31 bits, and where in the log the key is. Those bits choose the line, too, so a shard that is
// full is made anew from its entries alone, each line after the other, without what was forgotten.
// The shards' sizes differ, so that this comes to one after the other. 25 to 30 bytes a key; fewer
// than 2^32 keys. Not thread-safe.
class KeyTable {
 public:
  static constexpr size_t kGenerations = 4;

  KeyTable() = default;
  KeyTable(KeyTable&&) = default;
  KeyTable& operator=(KeyTable&&) = default;

  // Takes memory at once for as many keys in all, so that none has to be moved until then.
  void Reserve(size_t keys);

  // Calls need(address) for what Insert() will look at, nearly always.
  void Need(const RecordKey& key, const auto& need) const {
    const KeyIndex& shard = shards_[ShardOf(key)];
    if (shard.lines() == 0) return;
    const IndexLine* const line = &shard[shard.LineOf(TagOf(key))];
    need(line);
    need(line + 1);  // one line in four is full, or there is nothing behind the last
  }

  // Puts the key into the newest generation and returns true; false when it is in any of them.
  bool Insert(const RecordKey& key);

  // Begins a generation; the oldest of four is forgotten.
  void BeginGeneration();

  // Keys in all generations, and in that of an age: 0, the newest, to 3.
  size_t size() const { return log_.end() - begins_.back(); }
  size_t size_of_age(size_t age) const { return EndOf(age) - begins_[age]; }
  uint64_t moved() const { return moved_; }  // keys that were put into a new shard so far

  // Calls visit(keys) with spans that together are the keys of that age, in the order in which they
  // came. Looks at nothing that is not for children.
  void ForEachSpan(size_t age, const auto& visit) const {
    log_.ForEachSpan(begins_[age], EndOf(age), visit);
  }

  void AppendRegions(MemoryRegions& regions) const;
  size_t memory_bytes() const { return log_.memory_bytes() + memory_.bytes(); }

 private:
  static constexpr int kShardBits = 4;  // more shards would get large pages later
  static constexpr size_t kShards = size_t{1} << kShardBits;
  static constexpr size_t kFullLine = 7;  // entries, when all lines are as full
  static constexpr size_t kLeastLines = 64;

  static size_t ShardOf(const RecordKey& key) { return key.low >> (64 - kShardBits); }
  static uint64_t TagOf(const RecordKey& key) { return key.low << kShardBits >> 32 | 1; }
  uint64_t EndOf(size_t age) const { return age == 0 ? log_.end() : begins_[age - 1]; }
  // How far behind the oldest key that is kept the entry's is; a forgotten one is past the newest.
  uint32_t DistanceOf(uint64_t entry) const {
    return static_cast<uint32_t>(entry) - static_cast<uint32_t>(begins_.back());
  }
  bool Lives(uint64_t entry) const { return DistanceOf(entry) < size(); }
  bool Is(uint64_t entry, const RecordKey& key) const {
    return Lives(entry) && log_[begins_.back() + DistanceOf(entry)] == key;
  }
  uint64_t* FirstForgotten(IndexLine& line, size_t used) const;
  void Renew(size_t number);
  // Filled by seven twelfths by so many keys.
  static size_t LinesFor(size_t keys) { return keys * 3 / (2 * kFullLine) + kLeastLines; }
  // From two thirds of it, nearly, to all: a shard that is made anew has half as many lines again,
  // so the shards' sizes lie evenly between two of one shard's, and stay so.
  static size_t Staggered(size_t lines, size_t shard) {
    return lines - lines * shard / (3 * kShards);
  }

  KeyLog log_;
  IndexMemory memory_;
  std::array<KeyIndex, kShards> shards_;
  std::array<uint64_t, kGenerations> begins_{};  // by age: the place of its first key
  uint64_t moved_ = 0;
};

}  // namespace ringfence
