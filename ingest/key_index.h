// Where the keys with a hash are in a log: one piece of the index beside it.
#pragma once

#include <emmintrin.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ingest/model/huge_pages.h"

namespace ringfence {

// Eight entries, one cache line. An entry has a tag of 32 bits, which is odd, above a place of 32
// bits. Those that are not empty come first.
struct alignas(64) IndexLine {
  static constexpr size_t kEntries = 8;
  std::array<uint64_t, kEntries> entries{};

  static uint64_t Entry(uint64_t tag, uint64_t place) {
    return tag << 32 | static_cast<uint32_t>(place);
  }
  static uint64_t TagOf(uint64_t entry) { return entry >> 32; }

  // One bit for each entry with this tag; 0 is that of the empty ones. All eight at once, by SSE2,
  // which every x86-64 has.
  uint32_t Matches(uint64_t tag) const {
    const __m128i wanted = _mm_set1_epi32(static_cast<int>(tag));
    const __m128i low = _mm_cmpeq_epi32(FourTags(0), wanted);
    const __m128i high = _mm_cmpeq_epi32(FourTags(4), wanted);
    const __m128i all = _mm_packs_epi16(_mm_packs_epi32(low, high), _mm_setzero_si128());
    return static_cast<uint32_t>(_mm_movemask_epi8(all));
  }

 private:
  __m128i FourTags(size_t from) const {
    const __m128i* const pairs = reinterpret_cast<const __m128i*>(&entries[from]);
    const __m128 first = _mm_castsi128_ps(_mm_load_si128(pairs));
    const __m128 second = _mm_castsi128_ps(_mm_load_si128(pairs + 1));
    return _mm_castps_si128(_mm_shuffle_ps(first, second, _MM_SHUFFLE(3, 1, 3, 1)));
  }
};

// Hands out lines in runs, and takes them back: memory that one piece of the index has left is for
// the next one. Not thread-safe.
class IndexMemory {
 public:
  static constexpr size_t kRunLines = 256;

  // A run of empty lines.
  IndexLine* Take();
  void GiveBack(IndexLine* run);
  size_t bytes() const { return chunks_.size() * kLargePageBytes; }
  void AppendRegions(MemoryRegions& regions) const {
    for (const auto& chunk : chunks_) chunk.AppendRegion(regions, false);
  }

 private:
  std::vector<ZeroedArray<IndexLine>> chunks_;  // large pages
  size_t handed_out_ = 0;                       // runs of the last of them
  std::vector<IndexLine*> free_;
};

// Open addressing over lines, chosen by the tag: entries with a greater tag come later, nearly. So
// a piece that is full is made anew line after line, from its entries alone. Not thread-safe.
class KeyIndex {
 public:
  size_t lines() const { return lines_; }
  size_t used() const { return used_; }  // entries

  // The line in which to begin to look for the tag; there must be some.
  size_t LineOf(uint64_t tag) const { return tag * lines_ >> 32; }
  size_t Behind(size_t line) const { return line + 1 == lines_ ? 0 : line + 1; }
  IndexLine& operator[](size_t line) const {
    return runs_[line / IndexMemory::kRunLines][line % IndexMemory::kRunLines];
  }
  // Where an entry that is not there goes: behind those of its line, or where there is room next.
  // Writes it.
  void Add(uint64_t entry, IndexMemory& memory);
  // For who has written one in the place of an empty one by himself.
  void NoteAdded() { ++used_; }

  // The entries for which keep(entry) is true.
  size_t Count(const auto& keep) const;
  // With so many lines, at least one, and of the entries those for which keep(entry) is true.
  template <typename Keep>
  void Resize(size_t lines, IndexMemory& memory, const Keep& keep);

 private:
  std::vector<IndexLine*> runs_;
  size_t lines_ = 0;  // fewer than 2^32
  size_t used_ = 0;
};

inline void KeyIndex::Add(uint64_t entry, IndexMemory& memory) {
  for (size_t line = LineOf(IndexLine::TagOf(entry));; line = Behind(line)) {
    IndexLine*& run = runs_[line / IndexMemory::kRunLines];
    if (run == nullptr) run = memory.Take();
    for (uint64_t& place : run[line % IndexMemory::kRunLines].entries) {
      if (place != 0) continue;
      place = entry;
      ++used_;
      return;
    }
  }
}

size_t KeyIndex::Count(const auto& keep) const {
  size_t count = 0;
  for (const IndexLine* const run : runs_) {
    for (size_t i = 0; i < IndexMemory::kRunLines; ++i) {
      for (const uint64_t entry : run[i].entries) count += entry != 0 && keep(entry) ? 1 : 0;
    }
  }
  return count;
}

template <typename Keep>
void KeyIndex::Resize(size_t lines, IndexMemory& memory, const Keep& keep) {
  const std::vector<IndexLine*> old = std::move(runs_);
  runs_.assign((lines + IndexMemory::kRunLines - 1) / IndexMemory::kRunLines, nullptr);
  lines_ = lines;
  used_ = 0;
  for (IndexLine* const run : old) {
    for (size_t i = 0; i < IndexMemory::kRunLines; ++i) {
      for (const uint64_t entry : run[i].entries) {
        if (entry != 0 && keep(entry)) Add(entry, memory);
      }
    }
    memory.GiveBack(run);
  }
  for (IndexLine*& run : runs_) {
    if (run == nullptr) run = memory.Take();
  }
}

}  // namespace ringfence
