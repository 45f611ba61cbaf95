#include "ingest/deduplicator.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/fetch.h"

namespace ringfence {
namespace {

constexpr std::string_view kMagic = "RFDEDUP2";
// The same with keys in another order: by `high`. A program that knows only that form must not read
// the other: it inserts without having reserved, and keys in the order of their places pile up
// then.
constexpr std::string_view kFirstMagic = "RFDEDUP1";
constexpr size_t kWord = sizeof(uint64_t);
// While one group of records is looked up, the next is on its way into the cache.
constexpr size_t kGroup = 64;

// Words are written in the machine's order: snapshots stay on the machine, and ringfence is built
// for little-endian machines only.
void Append(std::string& bytes, uint64_t word) {
  char raw[kWord];
  std::memcpy(raw, &word, kWord);
  bytes.append(raw, kWord);
}

// Keys are copied as they lie in memory.
static_assert(sizeof(RecordKey) == 2 * kWord && offsetof(RecordKey, low) == kWord);

uint64_t TakeWord(std::string_view& bytes) {
  uint64_t word = 0;
  std::memcpy(&word, bytes.data(), kWord);
  bytes.remove_prefix(kWord);
  return word;
}

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError(
      absl::StrCat("snapshot of the de-duplicator: ", absl::string_view(what.data(), what.size())));
}

}  // namespace

Deduplicator::Deduplicator(Duration horizon) : horizon_(horizon) {}

bool Deduplicator::IsFirst(const RecordKey& key, EventTime setup) {
  Advance(setup);
  return keys_.Insert(key);
}

void Deduplicator::DropRepetitions(std::vector<Cdr>& cdrs) {
  const size_t size = cdrs.size();
  const auto fetch = [&](size_t from) {
    Fetch(absl::MakeConstSpan(cdrs).subspan(std::min(from, size), kGroup));
  };
  fetch(0);
  size_t kept = 0;
  for (size_t i = 0; i < size; ++i) {
    if (i % kGroup == 0) fetch(i + kGroup);
    if (!IsFirst(cdrs[i].key, cdrs[i].setup)) continue;
    if (kept != i) cdrs[kept] = std::move(cdrs[i]);
    ++kept;
  }
  cdrs.erase(cdrs.begin() + static_cast<ptrdiff_t>(kept), cdrs.end());
}

// Brings near what IsFirst() looks at.
void Deduplicator::Fetch(absl::Span<const Cdr> cdrs) const {
  FetchList<2 * kGroup> places;
  for (const Cdr& cdr : cdrs) {
    keys_.Need(cdr.key, [&places](const void* address) { places.Add(address); });
  }
  places.Fetch();
}

void Deduplicator::Advance(EventTime setup) {
  if (!begin_.has_value()) begin_ = setup;
  const Duration length =
      std::max(horizon_ / static_cast<int>(KeyTable::kGenerations - 1), Duration(1));
  // Unsigned: a snapshot may hold a time so far away that a signed difference would overflow.
  const uint64_t since =
      static_cast<uint64_t>(ToUnixMicros(setup)) - static_cast<uint64_t>(ToUnixMicros(*begin_));
  if (setup < *begin_ || since < static_cast<uint64_t>(length.count())) return;
  // A leap over several generations begins only one: what was remembered before it may still be
  // repeated right after it.
  keys_.BeginGeneration();
  begin_ = setup;
}

size_t Deduplicator::size() const { return keys_.size(); }

// The keys of an age stand in the order in which the table has them, so that Restore() goes through
// memory once.
std::string Deduplicator::Snapshot() const {
  std::string bytes(kMagic);
  bytes.reserve(kMagic.size() + (4 + KeyTable::kGenerations + 2 * size()) * kWord);
  Append(bytes, static_cast<uint64_t>(horizon_.count()));
  Append(bytes, begin_.has_value() ? 1 : 0);
  Append(bytes, static_cast<uint64_t>(ToUnixMicros(begin_.value_or(EventTime{}))));
  std::array<size_t, KeyTable::kGenerations> at{};  // where the next key of each age goes
  for (size_t age = 0; age < at.size(); ++age) {
    Append(bytes, keys_.size_of_age(age));
    at[age] = bytes.size();
    bytes.resize(bytes.size() + keys_.size_of_age(age) * sizeof(RecordKey));
  }
  KeyTable::KeysByAge keys;
  for (size_t shard = 0; shard < KeyTable::kShards; ++shard) {
    keys_.ReadShard(shard, keys);
    for (size_t age = 0; age < at.size(); ++age) {
      const size_t size = keys[age].size() * sizeof(RecordKey);
      if (size > 0) std::memcpy(&bytes[at[age]], keys[age].data(), size);
      at[age] += size;
    }
  }
  Append(bytes, XXH3_64bits(bytes.data(), bytes.size()));
  return bytes;
}

absl::StatusOr<Deduplicator> Deduplicator::Restore(std::string_view bytes, Duration horizon) {
  if (!bytes.starts_with(kMagic) && !bytes.starts_with(kFirstMagic)) {
    return absl::InvalidArgumentError(
        "not a snapshot of the de-duplicator that this version reads");
  }
  if (bytes.size() < kMagic.size() + 4 * kWord) return Damaged("too short");
  std::string_view checksum = bytes.substr(bytes.size() - kWord);
  bytes.remove_suffix(kWord);
  if (TakeWord(checksum) != XXH3_64bits(bytes.data(), bytes.size()))
    return Damaged("checksum differs");
  bytes.remove_prefix(kMagic.size());
  TakeWord(bytes);  // the horizon that it was taken with
  Deduplicator result(horizon);
  const bool begun = TakeWord(bytes) != 0;
  const EventTime begin = FromUnixMicros(static_cast<int64_t>(TakeWord(bytes)));
  if (begun) result.begin_ = begin;
  std::array<std::string_view, KeyTable::kGenerations> keys;  // by age
  for (std::string_view& of_age : keys) {
    if (bytes.size() < kWord) return Damaged("cut off");
    const uint64_t count = TakeWord(bytes);
    if (count > bytes.size() / (2 * kWord)) return Damaged("cut off");
    of_age = bytes.substr(0, count * 2 * kWord);
    bytes.remove_prefix(of_age.size());
  }
  if (!bytes.empty()) return Damaged("something follows its end");
  const auto bytes_of_keys =
      std::accumulate(keys.begin(), keys.end(), size_t{0},
                      [](size_t sum, std::string_view of_age) { return sum + of_age.size(); });
  for (size_t age = 1; age < keys.size(); ++age) result.keys_.BeginGeneration();
  result.keys_.Reserve(bytes_of_keys / (2 * kWord));
  for (size_t age = keys.size(); age-- > 0;) {
    while (!keys[age].empty()) {
      const uint64_t high = TakeWord(keys[age]);
      result.keys_.InsertOfAge({.high = high, .low = TakeWord(keys[age])}, age);
    }
  }
  return result;
}

}  // namespace ringfence
