#include "detector/scattered_lines.h"

#include <algorithm>
#include <cstring>

namespace ringfence {
namespace {

// Full enough that a number costs less than 6 bytes of index, and not so full that many numbers lie
// outside their home bucket: some 3 in 100.
constexpr uint64_t kMostPercent = 80;
constexpr uint64_t kLeastPercent = 50;  // else the segment shrinks

uint64_t Percent(uint64_t buckets, uint64_t percent) {
  return buckets * TagBucket::kSlots * percent / 100;
}

}  // namespace

CallLine* ScatteredLines::Find(uint64_t number, uint64_t hash) const {
  return Locate(segments_[SegmentOf(hash)], number, hash).line;
}

ScatteredLines::Place ScatteredLines::Locate(const Segment& segment, uint64_t number,
                                             uint64_t hash) const {
  if (segment.buckets == 0) return Place();
  uint32_t at = HomeOf(segment, hash);
  for (uint32_t step = 0; step < segment.buckets; ++step) {
    const TagBucket& bucket = BucketAt(segment, at);
    for (uint32_t rest = bucket.Matches(TagOf(hash)); rest != 0; rest &= rest - 1) {
      CallLine& line = LineAt(segment, bucket.Ref(FirstOf(rest)));
      if (line.number() == number)
        return Place{at, FirstOf(rest), bucket.Ref(FirstOf(rest)), &line};
    }
    if (bucket.passed == 0) break;
    at = Next(segment, at);
  }
  return Place();
}

CallLine& ScatteredLines::Add(uint64_t hash) {
  Segment& segment = segments_[SegmentOf(hash)];
  if (segment.lines + uint64_t{1} > Percent(segment.buckets, kMostPercent)) {
    const size_t runs = segment.bucket_runs.size();
    Resize(segment, runs + std::max<size_t>(1, runs / 14));
  }
  if (segment.lines == segment.line_runs.size() * kRunCells) {
    segment.line_runs.push_back(pool_->Take());
  }
  const uint32_t ref = RefOf(segment.lines);
  Refer(segment, hash, ref);
  ++segment.lines;
  ++size_;
  CallLine& line = LineAt(segment, ref);
  line.Clear();
  return line;
}

void ScatteredLines::Refer(Segment& segment, uint64_t hash, uint32_t ref) {
  uint32_t at = HomeOf(segment, hash);
  while (true) {  // a bucket with a free slot exists: Add() sees to it
    TagBucket& bucket = BucketAt(segment, at);
    const uint32_t free = bucket.Matches(0);
    if (free != 0) return bucket.Set(FirstOf(free), TagOf(hash), ref);
    bucket.Pass();
    at = Next(segment, at);
  }
}

void ScatteredLines::Erase(uint64_t number, uint64_t hash) {
  Segment& segment = segments_[SegmentOf(hash)];
  const Place place = Locate(segment, number, hash);
  BucketAt(segment, place.bucket).Free(place.slot);
  for (uint32_t at = HomeOf(segment, hash); at != place.bucket; at = Next(segment, at)) {
    BucketAt(segment, at).Unpass();
  }
  --size_;
  CallLine& last = LineAt(segment, RefOf(--segment.lines));
  if (place.line != &last) {
    const uint64_t moved = HashNumber(last.number());
    const Place from = Locate(segment, last.number(), moved);
    BucketAt(segment, from.bucket).Set(from.slot, TagOf(moved), place.ref);
    *place.line = last;
  }
  if (segment.lines % kRunCells == 0) {
    pool_->GiveBack(segment.line_runs.back());
    segment.line_runs.pop_back();
  }
}

void ScatteredLines::Shrink(size_t segment) {
  Segment& of = segments_[segment];
  const size_t needed = of.lines / (kRunCells * TagBucket::kSlots * kMostPercent / 100) + 1;
  const size_t runs = of.lines == 0 ? 0 : needed;
  if (runs < of.bucket_runs.size() && of.lines < Percent(of.buckets, kLeastPercent)) {
    Resize(of, runs);
  }
}

void ScatteredLines::Resize(Segment& segment, size_t runs) {
  while (segment.bucket_runs.size() > runs) {
    pool_->GiveBack(segment.bucket_runs.back());
    segment.bucket_runs.pop_back();
  }
  for (Cell* run : segment.bucket_runs) std::memset(run, 0, kRunCells * sizeof(Cell));
  while (segment.bucket_runs.size() < runs) segment.bucket_runs.push_back(pool_->Take());
  segment.buckets = static_cast<uint32_t>(runs * kRunCells);
  for (uint32_t i = 0; i < segment.lines; ++i) {
    const uint32_t ref = RefOf(i);
    Refer(segment, HashNumber(LineAt(segment, ref).number()), ref);
  }
}

size_t ScatteredLines::HeapBytes() const {
  size_t bytes = segments_.capacity() * sizeof(Segment);
  for (const Segment& segment : segments_) {
    bytes += (segment.bucket_runs.capacity() + segment.line_runs.capacity()) * sizeof(Cell*);
  }
  return bytes;
}

}  // namespace ringfence
