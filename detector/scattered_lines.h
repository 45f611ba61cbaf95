// Lines of numbers found by a hash: an index of tags beside densely packed lines.
//
// 8 regions, chosen by the hash, have their lines packed one behind the other. The index of a
// region is 16 segments of buckets, one cache line each: 15 tags of nine bits, and where their
// lines are. A look-up touches one bucket and one line, nearly always; where they lie is computed.
// Some 71 bytes a number.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "detector/call_line.h"
#include "detector/striped_cells.h"
#include "detector/tag_bucket.h"
#include "ingest/model/number_hash.h"

namespace ringfence {

// Not thread-safe. Lines stay where they are, but for what erases. There is room for 16 million
// numbers in each region, 134 million in all; beyond that the program ends, as without memory.
class ScatteredLines {
 public:
  // A look-up on its way, good as long as turn() is the same.
  struct Search {
    uint64_t hash = 0;
    const TagBucket* bucket = nullptr;  // where it is; at first the number's home
  };
  Search Begin(uint64_t hash) const {
    const Index& index = indexes_[SegmentOf(hash)];
    return {hash, &Buckets::At(index.begin, HomeOf(index, hash))};
  }
  // Changes when buckets move.
  uint64_t turn() const { return turn_; }

  // The first line that may be that of the number, which is for the caller to see, and to fetch;
  // null when there is none in that bucket. Calls need(address) for other lines with this tag.
  CallLine* Candidate(const Search& search, absl::FunctionRef<void(const void*)> need) const {
    const uint32_t matches = search.bucket->Matches(search.hash);
    if (matches == 0) [[unlikely]]
      return nullptr;
    const size_t region = RegionOf(search.hash);
    const uint32_t others = matches & (matches - 1);
    if (others != 0) [[unlikely]]
      NeedLines(region, *search.bucket, others, need);
    return &lines_.At(region, search.bucket->Ref(FirstOf(matches)));
  }
  // Whether the search goes on in the next bucket when there is no candidate.
  static bool GoesOn(const Search& search) { return search.bucket->passed != 0; }
  // The search in the bucket so many places behind the number's home.
  Search Behind(const Search& search, uint32_t places) const;

  // Makes the index large enough for so many numbers, before the first.
  void Reserve(size_t numbers);
  // Makes it as small as it can be for those that are there.
  void Fit();
  // Null: not there.
  CallLine* Find(uint64_t number, uint64_t hash) const;
  // Adds a line for a number that is not there: to be assigned at once.
  CallLine& Add(uint64_t hash);
  // Removes the number, which must be there. The last line of its region moves into its place.
  void Erase(uint64_t number, uint64_t hash);

  // Where a number stands, as long as nothing is added or erased.
  struct Place {
    uint32_t bucket = 0;
    uint32_t slot = 0;
    uint32_t ref = 0;
    CallLine* line = nullptr;
  };
  // Of those of `count` numbers, one behind the other, that are there: in their order.
  std::vector<Place> FindAll(uint64_t first, size_t count) const;
  // Removes these numbers. The last lines of their regions move into their places.
  void EraseAll(absl::Span<const Place> places);

  size_t size() const { return size_; }
  size_t memory_bytes() const;
  void AppendRegions(MemoryRegions& regions) const {
    lines_.AppendRegions(regions);
    buckets_.AppendRegions(regions);
  }

  // Visiting all lines: region by region, each from 0 to lines(region).
  static constexpr size_t kRegions = 8;
  size_t lines(size_t region) const { return lines_in_[region]; }
  CallLine& At(size_t region, size_t index) { return lines_.At(region, index); }
  // Gives back memory of the region's index that numbers erased have left.
  void Shrink(size_t region);

 private:
  // What a search needs of a segment, which may be an empty one.
  struct Index {
    const TagBucket* begin = &kNoBucket;
    uint32_t buckets = 1;
  };
  struct Segment {
    std::vector<TagBucket> small;  // the buckets of one that needs less than a run
    TagBucket* begin = nullptr;
    uint32_t buckets = 0;
    uint32_t numbers = 0;
  };
  static constexpr TagBucket kNoBucket{};
  static constexpr size_t kSegments = 128;
  static constexpr uint32_t kLineRun = 1024;
  static constexpr uint32_t kBucketRun = 512;
  static constexpr size_t kMostLines = TagBucket::kMaxRef + 1;  // of a region
  static constexpr size_t kMostBuckets = 128 * 1024;            // of a segment, with room to spare
  using Lines = StripedCells<CallLine, kRegions, 1, kLineRun, kMostLines>;
  using Buckets = StripedCells<TagBucket, kSegments, kBucketRun, kBucketRun, kMostBuckets>;

  static TagBucket& BucketAt(const Segment& segment, uint32_t bucket) {
    return Buckets::At(segment.begin, bucket);
  }
  static size_t SegmentOf(uint64_t hash) { return (hash >> 8) % kSegments; }
  static size_t RegionOf(uint64_t hash) { return (hash >> 8) % kRegions; }
  static uint32_t HomeOf(const auto& index, uint64_t hash) {
    return Share(hash >> 32, index.buckets);
  }
  static uint32_t Next(const auto& index, uint32_t bucket) {
    return bucket + 1 == index.buckets ? 0 : bucket + 1;
  }

  void NeedLines(size_t region, const TagBucket& bucket, uint32_t slots,
                 absl::FunctionRef<void(const void*)> need) const;
  Place Locate(uint64_t number, uint64_t hash) const;
  static uint32_t Grown(uint32_t buckets);
  void FetchNext(size_t region) const;
  static void Refer(Segment& segment, uint64_t hash, uint32_t ref);
  void Unlink(uint64_t hash, const Place& place);
  void MoveLine(size_t region, uint32_t from, uint32_t to);
  void CloseGaps(size_t region, absl::Span<const uint32_t> gaps);
  void GiveBackRuns(size_t region);
  static std::vector<uint32_t> RefsOf(const Segment& segment);
  void Resize(size_t index, uint32_t buckets);
  void MakeEmpty(size_t index, uint32_t buckets);

  Lines lines_;
  Buckets buckets_;
  std::vector<Index> indexes_ = std::vector<Index>(kSegments);  // of the segments
  std::vector<Segment> segments_ = std::vector<Segment>(kSegments);
  std::array<uint32_t, kRegions> lines_in_ = {};  // of each region
  size_t size_ = 0;
  uint64_t turn_ = 0;
};

}  // namespace ringfence
