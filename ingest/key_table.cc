#include "ingest/key_table.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

namespace ringfence {

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
  for (Shard& shard : shards_) shard.Allocate(LinesFor(keys / kShards));
}

// Line by line, and nothing in one is decided before all of it was looked at: where the first empty
// entry is can't be foreseen. Those that are not empty come first in a line.
KeyTable::Entry* KeyTable::Find(const Shard& shard, const RecordKey& key) const {
  Entry* const end = shard.entries + shard.lines * kLineEntries;
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

bool KeyTable::Insert(const RecordKey& key) {
  Shard& shard = shards_[ShardOf(key)];
  // At least a quarter is empty, so that a search ends.
  if (shard.used >= shard.lines * (kLineEntries - 1)) Renew(shard);
  Entry* const entry = Find(shard, key);
  if (entry->mark() == 0) {
    ++shard.used;
  } else if (Lives(entry->mark())) {
    return false;
  }
  *entry = {key.high, (key.low & kLowMask) | newest_};
  ++counts_[0];
  return true;
}

// Leaves out what is forgotten, and takes memory for what is kept to fill it by half.
void KeyTable::Renew(Shard& shard) {
  const Shard old = std::exchange(shard, Shard());
  const Entry* const end = old.entries + old.lines * kLineEntries;
  const auto lives = [this](const Entry& entry) { return Lives(entry.mark()); };
  const auto kept = static_cast<size_t>(std::count_if<const Entry*>(old.entries, end, lives));
  shard.Allocate(LinesFor(kept));
  const auto number = static_cast<size_t>(&shard - shards_.data());
  for (const Entry* entry = old.entries; entry != end; ++entry) {
    if (!lives(*entry)) continue;
    *Find(shard, {entry->high, (entry->marked_low & kLowMask) | number << kMarkShift}) = *entry;
    ++shard.used;
  }
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
  // Before marks come again, nothing forgotten may carry one.
  if (begun_ % (kShards / 2) == 0) {
    for (Shard& shard : shards_) {
      if (shard.lines != 0) Renew(shard);
    }
  }
}

size_t KeyTable::size() const { return std::accumulate(counts_.begin(), counts_.end(), size_t{0}); }

std::vector<RecordKey> KeyTable::KeysOfAge(size_t age) const {
  std::vector<RecordKey> keys;
  keys.reserve(counts_[age]);
  for (size_t number = 0; number < kShards; ++number) {
    const Shard& shard = shards_[number];
    for (size_t i = 0; i < shard.lines * kLineEntries; ++i) {
      const Entry& entry = shard.entries[i];
      if (entry.mark() != MarkOfAge(age) || !Lives(entry.mark())) continue;
      keys.push_back({entry.high, (entry.marked_low & kLowMask) | number << kMarkShift});
    }
  }
  return keys;
}

}  // namespace ringfence
