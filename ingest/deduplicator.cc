#include "ingest/deduplicator.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ingest/model/fetch.h"

namespace ringfence {
namespace {

constexpr std::string_view kMagic = "RFDEDUP3";
// The same with the keys of an age in another order: sorted, where now they are in that in which
// they came. A program that knows only these forms must not read the other: it counts on the order.
constexpr std::string_view kEarlierMagics[] = {"RFDEDUP1", "RFDEDUP2"};
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
  if (horizon_ == Duration::zero()) return true;
  Advance(setup);
  return keys_.Insert(key);
}

void Deduplicator::DropRepetitions(std::vector<Cdr>& cdrs) {
  if (horizon_ == Duration::zero()) return;
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

void Deduplicator::Expect(uint64_t records, Duration span) {
  if (horizon_ == Duration::zero()) return;
  constexpr double kMost = 1 << 25;  // half a gigabyte of index
  auto keys = static_cast<double>(records);
  if (span > Duration(0)) {
    const Duration longest = horizon_ + horizon_ / static_cast<int>(KeyTable::kGenerations - 1);
    const double each = static_cast<double>(size()) / static_cast<double>(span.count());
    keys = std::min(keys, each * static_cast<double>(longest.count()));
  }
  keys_.Reserve(static_cast<size_t>(std::min(keys, kMost)));
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

std::string Deduplicator::Snapshot() const {
  std::string bytes(kMagic);
  bytes.reserve(kMagic.size() + (4 + KeyTable::kGenerations + 2 * size()) * kWord);
  Append(bytes, static_cast<uint64_t>(horizon_.count()));
  Append(bytes, begin_.has_value() ? 1 : 0);
  Append(bytes, static_cast<uint64_t>(ToUnixMicros(begin_.value_or(EventTime{}))));
  for (size_t age = 0; age < KeyTable::kGenerations; ++age) {
    Append(bytes, keys_.size_of_age(age));
    keys_.ForEachSpan(age, [&bytes](absl::Span<const RecordKey> keys) {
      bytes.append(reinterpret_cast<const char*>(keys.data()), keys.size() * sizeof(RecordKey));
    });
  }
  Append(bytes, XXH3_64bits(bytes.data(), bytes.size()));
  return bytes;
}

// Inserts keys that lie one behind the other.
void Deduplicator::InsertAll(std::string_view keys) {
  std::array<RecordKey, kGroup> group;
  while (!keys.empty()) {
    const size_t size = std::min(keys.size() / sizeof(RecordKey), kGroup);
    std::memcpy(group.data(), keys.data(), size * sizeof(RecordKey));
    keys.remove_prefix(size * sizeof(RecordKey));
    for (size_t i = 0; i < size; ++i) keys_.Need(group[i], &ringfence::Fetch);
    for (size_t i = 0; i < size; ++i) keys_.Insert(group[i]);
  }
}

absl::StatusOr<Deduplicator> Deduplicator::Restore(std::string_view bytes, Duration horizon) {
  const bool known = bytes.starts_with(kMagic) ||
                     std::any_of(std::begin(kEarlierMagics), std::end(kEarlierMagics),
                                 [&](std::string_view magic) { return bytes.starts_with(magic); });
  if (!known) {
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
  result.keys_.Reserve(bytes_of_keys / (2 * kWord));
  for (size_t age = keys.size(); age-- > 0;) {
    result.InsertAll(keys[age]);
    if (age > 0) result.keys_.BeginGeneration();
  }
  return result;
}

}  // namespace ringfence
