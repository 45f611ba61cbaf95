#include "ingest/key_table.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

namespace ringfence {
namespace {

// Each key is a few places from its own, so that a sort that only looks at its neighbours is much
// faster than one that does not know.
void SortNearlySorted(std::vector<RecordKey>& keys) {
  const auto before = [](const RecordKey& a, const RecordKey& b) {
    return a.low != b.low ? a.low < b.low : a.high < b.high;
  };
  for (size_t i = 1; i < keys.size(); ++i) {
    const RecordKey key = keys[i];
    size_t at = i;
    for (; at > 0 && before(key, keys[at - 1]); --at) keys[at] = keys[at - 1];
    keys[at] = key;
  }
}

}  // namespace

void KeyTable::Shard::Allocate(size_t new_lines) {
  memory = std::vector<Entry, HugePageAllocator<Entry>>((new_lines + 1) * kLineEntries);
  void* begin = memory.data();
  size_t room = memory.size() * sizeof(Entry);
  entries = static_cast<Entry*>(std::align(kLineBytes, new_lines * kLineBytes, begin, room));
  lines = new_lines;
  used = 0;
}

// Keys are digests: each shard gets its share of them, nearly.
void KeyTable::Reserve(size_t keys) {
  for (size_t number = 0; number < kShards; ++number) {
    shards_[number].Allocate(Staggered(LinesFor(keys / kShards), number));
  }
}

// Line by line, and nothing in one is decided before all of it was looked at: where the first empty
// entry is can't be foreseen. Those that are not empty come first in a line.
KeyTable::Entry* KeyTable::Find(const Shard& shard, const RecordKey& key) const {
  const Entry* const end = shard.end();
  Entry* line = shard.LineOf(key.low);
  Entry* forgotten = nullptr;
  const uint64_t forgotten_marks = ~live_ & ~uint64_t{1};
  for (;;) {
    size_t used = 0;
    size_t same = kLineEntries;
    uint64_t dead = 0;
    for (size_t i = 0; i < kLineEntries; ++i) {
      const Entry& entry = line[i];
      const uint64_t other = (entry.high ^ key.high) | ((entry.marked_low ^ key.low) & kLowMask);
      const uint64_t mark = entry.mark();
      used += mark != 0 ? 1 : 0;
      same = other == 0 && mark != 0 ? i : same;
      dead |= forgotten_marks >> mark & 1;
    }
    if (same != kLineEntries) return line + same;
    if (forgotten == nullptr && dead != 0) forgotten = FirstForgotten(line, used);
    if (used < kLineEntries) return forgotten != nullptr ? forgotten : line + used;
    line += kLineEntries;
    if (line == end) line = shard.entries;
  }
}

// Of the `used` entries of a line; null: all live.
KeyTable::Entry* KeyTable::FirstForgotten(Entry* line, size_t used) const {
  Entry* const end = line + used;
  Entry* const found = std::find_if(line, end, [&](const Entry& e) { return !Lives(e.mark()); });
  return found == end ? nullptr : found;
}

bool KeyTable::Insert(const RecordKey& key, uint64_t mark_in_place, size_t& count) {
  Shard& shard = shards_[ShardOf(key)];
  // At least a quarter is empty, so that a search ends.
  if (shard.used >= shard.lines * (kLineEntries - 1)) Renew(shard);
  Entry* const entry = Find(shard, key);
  if (entry->mark() == 0) {
    ++shard.used;
  } else if (Lives(entry->mark())) {
    return false;
  }
  *entry = {key.high, (key.low & kLowMask) | mark_in_place};
  ++count;
  return true;
}

// Leaves out what is forgotten, and takes memory for what is kept to fill it by half.
void KeyTable::Renew(Shard& shard) {
  const Shard old = std::exchange(shard, Shard());
  const Entry* const end = old.end();
  const auto lives = [this](const Entry& entry) { return Lives(entry.mark()); };
  const auto kept = static_cast<size_t>(std::count_if<const Entry*>(old.entries, end, lives));
  const auto number = static_cast<size_t>(&shard - shards_.data());
  shard.Allocate(old.lines == 0 ? Staggered(kLeastLines, number) : LinesFor(kept));
  for (const Entry* entry = old.entries; entry != end; ++entry) {
    if (!lives(*entry)) continue;
    *Find(shard, {entry->high, (entry->marked_low & kLowMask) | number << kMarkShift}) = *entry;
    ++shard.used;
  }
  moved_ += kept;
}

void KeyTable::BeginGeneration() {
  ++begun_;
  std::move_backward(counts_.begin(), counts_.end() - 1, counts_.end());
  counts_[0] = 0;
  newest_ = MarkOfAge(0) << kMarkShift;
  live_ = 0;
  for (size_t age = 0; age < std::min<uint64_t>(begun_ + 1, kGenerations); ++age) {
    live_ |= uint64_t{1} << MarkOfAge(age);
  }
  // Before a mark comes again, after 15 generations, nothing forgotten may carry it: it is
  // forgotten after four, and each shard is made anew in every eighth, two shards at a time.
  constexpr size_t kEvery = kShards / 2;
  for (size_t number = begun_ % kEvery; number < kShards; number += kEvery) {
    if (shards_[number].lines != 0) Renew(shards_[number]);
  }
}

size_t KeyTable::size() const { return std::accumulate(counts_.begin(), counts_.end(), size_t{0}); }

void KeyTable::ReadShard(size_t number, KeysByAge& by_age) const {
  std::array<size_t, kMarks + 1> age_of{};
  for (size_t age = 0; age < kGenerations; ++age) {
    age_of[MarkOfAge(age)] = age;
    by_age[age].clear();
  }
  const Shard& shard = shards_[number];
  const auto read = [&](bool from_the_end) {
    for (const Entry* entry = shard.entries; entry != shard.end(); ++entry) {
      if (from_the_end && entry->mark() == 0) break;
      if (!Lives(entry->mark())) continue;
      const RecordKey key{entry->high, (entry->marked_low & kLowMask) | number << kMarkShift};
      if ((shard.LineOf(key.low) > entry) != from_the_end) continue;
      by_age[age_of[entry->mark()]].push_back(key);
    }
  };
  // A few from the end, where there was no room, stand before the first empty entry.
  read(false);
  read(true);
  for (std::vector<RecordKey>& keys : by_age) SortNearlySorted(keys);
}

}  // namespace ringfence
