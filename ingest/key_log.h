// Record keys one behind the other, in the order in which they came.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "absl/types/span.h"
#include "ingest/model/cdr.h"
#include "ingest/model/huge_pages.h"

namespace ringfence {

// What is in it is never changed or moved: a copy of the process shares all but its end with this
// one. Not thread-safe.
class KeyLog {
 public:
  // Places count from 0 over all keys that were ever appended.
  uint64_t end() const { return end_; }

  void Append(const RecordKey& key) {
    if (end_ % kChunkKeys == 0) chunks_.emplace_back(kChunkKeys);
    chunks_.back()[end_ % kChunkKeys] = key;
    ++end_;
  }

  // The key at a place that was not dropped.
  const RecordKey& operator[](uint64_t place) const {
    return chunks_[place / kChunkKeys - dropped_][place % kChunkKeys];
  }

  // The keys before the place will not be asked for: most of their memory goes back.
  void DropBefore(uint64_t place) {
    for (; !chunks_.empty() && (dropped_ + 1) * kChunkKeys <= place; ++dropped_) {
      chunks_.pop_front();
    }
  }

  // Calls visit(keys) with spans that together are the keys from one place up to another.
  void ForEachSpan(uint64_t from, uint64_t to, const auto& visit) const {
    while (from < to) {
      const uint64_t size = std::min(to - from, kChunkKeys - from % kChunkKeys);
      visit(absl::MakeConstSpan(&(*this)[from], size));
      from += size;
    }
  }

  size_t memory_bytes() const { return chunks_.size() * kLargePageBytes; }
  // What is going to be changed.
  void AppendRegions(MemoryRegions& regions) const {
    if (!chunks_.empty()) chunks_.back().AppendRegion(regions, true);
  }

 private:
  static constexpr uint64_t kChunkKeys = kLargePageBytes / sizeof(RecordKey);

  std::deque<ZeroedArray<RecordKey>> chunks_;
  uint64_t dropped_ = 0;  // chunks
  uint64_t end_ = 0;
};

}  // namespace ringfence
