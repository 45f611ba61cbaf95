// Lines of numbers found by a hash: an index of tags beside densely packed lines.
//
// A table of 512 segments, chosen by the hash. A segment has its lines packed one behind the other,
// and an index of buckets, one cache line each: 15 tags of eight bits, and where their lines are. A
// look-up touches one bucket and one line, nearly always. Some 70 bytes a number, at any size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "detector/call_line.h"
#include "detector/cell_pool.h"
#include "detector/number_hash.h"
#include "detector/tag_bucket.h"

namespace ringfence {

// Not thread-safe. The pool must outlive it. Lines stay where they are, but for Erase().
class ScatteredLines {
 public:
  explicit ScatteredLines(CellPool& pool) : pool_(&pool), segments_(kSegments) {}

  // The bucket where a number of this hash is most likely found, for Candidate(); null when there
  // is none. Fetches it into the cache.
  const TagBucket* Home(uint64_t hash) const {
    const Segment& segment = segments_[SegmentOf(hash)];
    if (segment.buckets == 0) return nullptr;
    const TagBucket* bucket = &BucketAt(segment, HomeOf(segment, hash));
    __builtin_prefetch(bucket);
    return bucket;
  }
  // The first line that may be that of the number, which is for the caller to see; null when no
  // line of the bucket can be. Right only as long as nothing was erased since Home(). Fetches it
  // into the cache.
  CallLine* Candidate(const TagBucket& bucket, uint64_t hash) const {
    const uint32_t matches = bucket.Matches(TagOf(hash));
    if (matches == 0) return nullptr;
    CallLine* line = &LineAt(segments_[SegmentOf(hash)], bucket.Ref(FirstOf(matches)));
    __builtin_prefetch(line, 1);
    return line;
  }

  // Null: not there.
  CallLine* Find(uint64_t number, uint64_t hash) const;
  // Adds a line for a number that is not there: to be assigned at once.
  CallLine& Add(uint64_t hash);
  // Removes the number, which must be there. The last line of its segment moves into its place.
  void Erase(uint64_t number, uint64_t hash);

  size_t size() const { return size_; }
  size_t HeapBytes() const;  // beside the pool's

  // Visiting all lines: segment by segment, each from 0 to lines(segment).
  static constexpr size_t kSegments = 512;
  size_t lines(size_t segment) const { return segments_[segment].lines; }
  CallLine& At(size_t segment, size_t index) {
    Segment& of = segments_[segment];
    return LineAt(of, RefOf(static_cast<uint32_t>(index)));
  }
  // Gives back memory of the segment that numbers erased have left.
  void Shrink(size_t segment);

 private:
  struct Segment {
    std::vector<Cell*> bucket_runs;
    std::vector<Cell*> line_runs;
    uint32_t buckets = 0;  // kRunCells in each of bucket_runs
    uint32_t lines = 0;
  };
  // Where a number's reference stands.
  struct Place {
    uint32_t bucket = 0;
    uint32_t slot = 0;
    uint32_t ref = 0;
    CallLine* line = nullptr;
  };

  // A reference to a line: the run in the upper bits, the cell in the lower seven.
  static constexpr uint32_t kCellBits = 7;
  static uint32_t RefOf(uint32_t index) {
    constexpr auto kRun = static_cast<uint32_t>(kRunCells);
    return (index / kRun << kCellBits) | index % kRun;
  }
  static CallLine& LineAt(const Segment& segment, uint32_t ref) {
    Cell* cell = segment.line_runs[ref >> kCellBits] + (ref & ((1U << kCellBits) - 1));
    return *reinterpret_cast<CallLine*>(cell);
  }
  static TagBucket& BucketAt(const Segment& segment, uint32_t bucket) {
    return *reinterpret_cast<TagBucket*>(segment.bucket_runs[bucket / kRunCells] +
                                         bucket % kRunCells);
  }
  static size_t SegmentOf(uint64_t hash) { return (hash >> 8) % kSegments; }
  static uint8_t TagOf(uint64_t hash) { return static_cast<uint8_t>(hash | (hash & 0xFF ? 0 : 1)); }
  static uint32_t HomeOf(const Segment& segment, uint64_t hash) {
    return Share(hash >> 32, segment.buckets);
  }
  static uint32_t Next(const Segment& segment, uint32_t bucket) {
    return bucket + 1 == segment.buckets ? 0 : bucket + 1;
  }

  Place Locate(const Segment& segment, uint64_t number, uint64_t hash) const;
  static void Refer(Segment& segment, uint64_t hash, uint32_t ref);
  void Resize(Segment& segment, size_t runs);

  CellPool* pool_;
  std::vector<Segment> segments_;
  size_t size_ = 0;
};

}  // namespace ringfence
