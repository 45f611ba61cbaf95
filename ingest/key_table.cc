#include "ingest/key_table.h"

#include <algorithm>
#include <bit>

namespace ringfence {

// Keys are digests: each shard gets its share of them, nearly.
void KeyTable::Reserve(size_t keys) {
  const auto lives = [this](uint64_t entry) { return Lives(entry); };
  for (size_t number = 0; number < kShards; ++number) {
    KeyIndex& shard = shards_[number];
    const size_t lines = Staggered(LinesFor(keys / kShards), number);
    if (lines <= shard.lines()) continue;
    moved_ += shard.used();
    shard.Resize(lines, memory_, lives);
  }
}

// Nothing in a line is decided before all of it was looked at: where its first empty entry is can't
// be foreseen.
bool KeyTable::Insert(const RecordKey& key) {
  KeyIndex& shard = shards_[ShardOf(key)];
  // An eighth is empty, so that a search ends.
  if (shard.used() >= shard.lines() * kFullLine) Renew(ShardOf(key));
  const uint64_t tag = TagOf(key);
  uint64_t* room = nullptr;
  for (size_t at = shard.LineOf(tag);; at = shard.Behind(at)) {
    IndexLine& line = shard[at];
    // The empty ones are behind all others.
    const uint32_t empty = line.Matches(0) | 1U << IndexLine::kEntries;
    const auto used = static_cast<size_t>(std::countr_zero(empty));
    for (uint32_t same = line.Matches(tag); same != 0; same &= same - 1) {
      if (Is(line.entries[static_cast<size_t>(std::countr_zero(same))], key)) return false;
    }
    if (room == nullptr) room = FirstForgotten(line, used);
    if (used == IndexLine::kEntries) continue;
    if (room == nullptr) {
      room = &line.entries[used];
      shard.NoteAdded();
    }
    break;
  }
  *room = IndexLine::Entry(tag, log_.end());
  log_.Append(key);
  return true;
}

// Of the `used` entries of a line; null: all live.
uint64_t* KeyTable::FirstForgotten(IndexLine& line, size_t used) const {
  if (begins_.back() == 0) return nullptr;  // nothing was ever forgotten
  uint64_t* const end = line.entries.data() + used;
  uint64_t* const found =
      std::find_if(line.entries.data(), end, [this](uint64_t entry) { return !Lives(entry); });
  return found == end ? nullptr : found;
}

// Leaves out what is forgotten, and takes memory for what is kept to fill it by seven twelfths.
void KeyTable::Renew(size_t number) {
  KeyIndex& shard = shards_[number];
  const auto lives = [this](uint64_t entry) { return Lives(entry); };
  const size_t kept = begins_.back() == 0 ? shard.used() : shard.Count(lives);
  const size_t lines = shard.lines() == 0 ? Staggered(kLeastLines, number) : LinesFor(kept);
  shard.Resize(lines, memory_, lives);
  moved_ += kept;
}

void KeyTable::BeginGeneration() {
  std::move_backward(begins_.begin(), begins_.end() - 1, begins_.end());
  begins_[0] = log_.end();
  log_.DropBefore(begins_.back());
}

// The keys are what a copy of the process writes down; the index it never looks at.
void KeyTable::AppendRegions(MemoryRegions& regions) const {
  log_.AppendRegions(regions);
  memory_.AppendRegions(regions);
}

}  // namespace ringfence
