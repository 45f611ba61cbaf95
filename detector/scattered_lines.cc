#include "detector/scattered_lines.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "ingest/model/fetch.h"

namespace ringfence {
namespace {

// Full enough that a number costs less than 6 bytes of index, and not so full that many numbers lie
// outside their home bucket: some 2 in 100.
constexpr uint64_t kMostPercent = 75;
constexpr uint64_t kLeastPercent = 40;  // else the segment shrinks
constexpr uint32_t kFirstBuckets = 8;

uint32_t RoundUp(uint32_t count, uint32_t step) { return (count + step - 1) / step * step; }

uint64_t Percent(uint64_t buckets, uint64_t percent) {
  return buckets * TagBucket::kSlots * percent / 100;
}

}  // namespace

CallLine* ScatteredLines::Find(uint64_t number, uint64_t hash) const {
  return Locate(number, hash).line;
}

const TagBucket* ScatteredLines::Behind(const Search& search) const {
  if (search.bucket->passed == 0) return nullptr;
  const Index& index = indexes_[SegmentOf(search.hash)];
  const uint32_t home = HomeOf(index, search.hash);
  const uint32_t next = Next(index, home);
  const bool at_home = search.bucket == &BucketAt(index, home);
  return &BucketAt(index, at_home ? next : Next(index, next));
}

void ScatteredLines::NeedLines(const Region& region, const TagBucket& bucket, uint32_t slots,
                               absl::FunctionRef<void(const void*)> need) {
  for (; slots != 0; slots &= slots - 1) need(&LineAt(region, bucket.Ref(FirstOf(slots))));
}

ScatteredLines::Place ScatteredLines::Locate(uint64_t number, uint64_t hash) const {
  const Segment& segment = segments_[SegmentOf(hash)];
  if (segment.buckets == 0) return Place();
  uint32_t at = HomeOf(segment, hash);
  for (uint32_t step = 0; step < segment.buckets; ++step) {
    const TagBucket& bucket = BucketAt(segment, at);
    for (uint32_t rest = bucket.Matches(hash); rest != 0; rest &= rest - 1) {
      const uint32_t ref = bucket.Ref(FirstOf(rest));
      CallLine& line = LineAt(regions_[RegionOf(hash)], ref);
      if (line.number() == number) return Place{at, FirstOf(rest), ref, &line};
    }
    if (bucket.passed == 0) break;
    at = Next(segment, at);
  }
  return Place();
}

// Numbers are spread evenly over the segments, nearly.
void ScatteredLines::Reserve(size_t numbers) {
  const size_t each = numbers / kSegments + numbers / kSegments / 32;
  const size_t buckets = each * 100 / kMostPercent / TagBucket::kSlots;
  if (buckets < kBucketRun) return;  // grown to that in no time
  const uint32_t rounded = RoundUp(static_cast<uint32_t>(buckets), kBucketRun);
  for (size_t i = 0; i < kSegments; ++i) Resize(i, rounded);
}

void ScatteredLines::Fit() {
  for (size_t i = 0; i < kSegments; ++i) {
    const uint64_t slots = uint64_t{segments_[i].numbers} * 100 / kMostPercent;
    const auto buckets = static_cast<uint32_t>(slots / TagBucket::kSlots + 1);
    const uint32_t fit = segments_[i].numbers == 0 ? 0
                         : buckets < kBucketRun    ? std::max(std::bit_ceil(buckets), kFirstBuckets)
                                                   : RoundUp(buckets, kBucketRun);
    if (fit < segments_[i].buckets) Resize(i, fit);
  }
}

// All numbers of a segment are looked at when it grows: so small ones, which are cheap, grow fast,
// and very large ones by an eighth.
uint32_t ScatteredLines::Grown(uint32_t buckets) {
  if (buckets < kBucketRun) return std::clamp(4 * buckets, kFirstBuckets, kBucketRun);
  return buckets + std::max(buckets / 8 / kBucketRun, 1U) * kBucketRun;
}

CallLine& ScatteredLines::Add(uint64_t hash) {
  Segment& segment = segments_[SegmentOf(hash)];
  Region& region = regions_[RegionOf(hash)];
  if (segment.numbers + uint64_t{1} > Percent(segment.buckets, kMostPercent)) {
    Resize(SegmentOf(hash), Grown(segment.buckets));
  }
  if (region.lines == region.runs.size() * kLineRun) {
    region.runs.push_back(reinterpret_cast<CallLine*>(line_pool_.Take()));
  }
  const uint32_t ref = region.lines++;
  FetchNext(region);
  Refer(segment, hash, ref);
  ++segment.numbers;
  ++size_;
  CallLine& line = LineAt(region, ref);
  line.Clear();
  return line;
}

// Lines that were never in use are far away, and soon needed.
void ScatteredLines::FetchNext(const Region& region) {
  constexpr uint32_t kAhead = 4;
  const uint32_t ref = region.lines + kAhead;
  if (ref / kLineRun < region.runs.size()) Fetch(&LineAt(region, ref));
}

void ScatteredLines::Refer(Segment& segment, uint64_t hash, uint32_t ref) {
  uint32_t at = HomeOf(segment, hash);
  while (true) {  // a bucket with a free slot exists: Add() sees to it
    TagBucket& bucket = BucketAt(segment, at);
    const uint32_t free = bucket.Free();
    if (free != 0) return bucket.Set(FirstOf(free), hash, ref);
    bucket.Pass();
    at = Next(segment, at);
  }
}

void ScatteredLines::Erase(uint64_t number, uint64_t hash) {
  Segment& segment = segments_[SegmentOf(hash)];
  Region& region = regions_[RegionOf(hash)];
  const Place place = Locate(number, hash);
  BucketAt(segment, place.bucket).Clear(place.slot);
  for (uint32_t at = HomeOf(segment, hash); at != place.bucket; at = Next(segment, at)) {
    BucketAt(segment, at).Unpass();
  }
  --segment.numbers;
  --size_;
  CallLine& last = LineAt(region, --region.lines);
  if (place.line != &last) {
    const uint64_t moved = HashNumber(last.number());
    const Place from = Locate(last.number(), moved);
    BucketAt(segments_[SegmentOf(moved)], from.bucket).Set(from.slot, moved, place.ref);
    *place.line = last;
  }
  if (region.lines % kLineRun == 0) {
    line_pool_.GiveBack(reinterpret_cast<Cell*>(region.runs.back()));
    region.runs.pop_back();
  }
}

void ScatteredLines::Shrink(size_t region) {
  for (size_t i = region; i < kSegments; i += kRegions) {
    const uint32_t numbers = segments_[i].numbers;
    const uint32_t buckets = segments_[i].buckets;
    if (numbers >= Percent(buckets, kLeastPercent)) continue;
    const uint32_t fewer = buckets > 2 * kBucketRun ? buckets - kBucketRun : buckets / 2;
    if (numbers == 0 || fewer >= kFirstBuckets) Resize(i, numbers == 0 ? 0 : fewer);
  }
}

// Builds the segment's index anew, with another number of buckets. That is a millisecond or
// two at ten million numbers.
void ScatteredLines::Resize(size_t index, uint32_t buckets) {
  ++turn_;
  Segment& segment = segments_[index];
  std::vector<uint32_t> refs;
  const Region& region = regions_[index % kRegions];
  for (uint32_t at = 0; at < segment.buckets; ++at) {
    const TagBucket& bucket = BucketAt(segment, at);
    for (uint32_t slot = 0; slot < TagBucket::kSlots; ++slot) {
      if (bucket.tags[slot] != 0) refs.push_back(bucket.Ref(slot));
    }
  }
  const bool had_small = !segment.small.empty();
  if (had_small) segment.runs.clear();
  std::vector<TagBucket>().swap(segment.small);
  const size_t runs = buckets / kBucketRun;
  while (segment.runs.size() > runs) {
    bucket_pool_.GiveBack(reinterpret_cast<Cell*>(segment.runs.back()));
    segment.runs.pop_back();
  }
  for (TagBucket* run : segment.runs) {
    std::memset(static_cast<void*>(run), 0, kBucketRun * sizeof(TagBucket));
  }
  while (segment.runs.size() < runs) {
    segment.runs.push_back(reinterpret_cast<TagBucket*>(bucket_pool_.Take()));
  }
  segment.buckets = buckets;
  if (runs == 0 && buckets > 0) {
    segment.small.resize(buckets);
    segment.runs.push_back(segment.small.data());
  }
  indexes_[index] = buckets == 0 ? Index() : Index{segment.runs.data(), buckets};
  constexpr size_t kAhead = 16;
  for (size_t i = 0; i < refs.size(); ++i) {
    if (i + kAhead < refs.size()) Fetch(&LineAt(region, refs[i + kAhead]));
    Refer(segment, HashNumber(LineAt(region, refs[i]).number()), refs[i]);
  }
}

size_t ScatteredLines::memory_bytes() const {
  size_t bytes = line_pool_.bytes() + bucket_pool_.bytes() + indexes_.capacity() * sizeof(Index) +
                 segments_.capacity() * sizeof(Segment) + regions_.capacity() * sizeof(Region);
  for (const Segment& segment : segments_) {
    bytes +=
        segment.runs.capacity() * sizeof(TagBucket*) + segment.small.capacity() * sizeof(TagBucket);
  }
  for (const Region& region : regions_) bytes += region.runs.capacity() * sizeof(CallLine*);
  return bytes;
}

}  // namespace ringfence
