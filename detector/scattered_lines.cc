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

ScatteredLines::Search ScatteredLines::Behind(const Search& search, uint32_t places) const {
  const Index& index = indexes_[SegmentOf(search.hash)];
  uint32_t at = HomeOf(index, search.hash);
  for (uint32_t i = 0; i < places; ++i) at = Next(index, at);
  return {search.hash, &Buckets::At(index.begin, at)};
}

void ScatteredLines::NeedLines(size_t region, const TagBucket& bucket, uint32_t slots,
                               absl::FunctionRef<void(const void*)> need) const {
  for (; slots != 0; slots &= slots - 1) need(&lines_.At(region, bucket.Ref(FirstOf(slots))));
}

ScatteredLines::Place ScatteredLines::Locate(uint64_t number, uint64_t hash) const {
  const Segment& segment = segments_[SegmentOf(hash)];
  if (segment.buckets == 0) return Place();
  uint32_t at = HomeOf(segment, hash);
  for (uint32_t step = 0; step < segment.buckets; ++step) {
    const TagBucket& bucket = BucketAt(segment, at);
    for (uint32_t rest = bucket.Matches(hash); rest != 0; rest &= rest - 1) {
      const uint32_t ref = bucket.Ref(FirstOf(rest));
      CallLine& line = lines_.At(RegionOf(hash), ref);
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
  const size_t region = RegionOf(hash);
  if (segment.numbers + uint64_t{1} > Percent(segment.buckets, kMostPercent)) {
    Resize(SegmentOf(hash), Grown(segment.buckets));
  }
  if (lines_in_[region] == lines_.runs(region) * kLineRun) {
    lines_.SetRuns(region, lines_.runs(region) + 1);
  }
  const uint32_t ref = lines_in_[region]++;
  FetchNext(region);
  Refer(segment, hash, ref);
  ++segment.numbers;
  ++size_;
  CallLine& line = lines_.At(region, ref);
  line.Clear();
  return line;
}

// Lines that were never in use are far away, and soon needed.
void ScatteredLines::FetchNext(size_t region) const {
  constexpr uint32_t kAhead = 4;
  const uint32_t ref = lines_in_[region] + kAhead;
  if (ref < lines_.runs(region) * kLineRun) Fetch(&lines_.At(region, ref));
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
  const size_t region = RegionOf(hash);
  const Place place = Locate(number, hash);
  Unlink(hash, place);
  const uint32_t last = --lines_in_[region];
  if (place.ref != last) MoveLine(region, last, place.ref);
  GiveBackRuns(region);
}

// Nothing refers to the number any more.
void ScatteredLines::Unlink(uint64_t hash, const Place& place) {
  Segment& segment = segments_[SegmentOf(hash)];
  BucketAt(segment, place.bucket).Clear(place.slot);
  for (uint32_t at = HomeOf(segment, hash); at != place.bucket; at = Next(segment, at)) {
    BucketAt(segment, at).Unpass();
  }
  --segment.numbers;
  --size_;
}

void ScatteredLines::MoveLine(size_t region, uint32_t from, uint32_t to) {
  const CallLine& line = lines_.At(region, from);
  const uint64_t hash = HashNumber(line.number());
  const Segment& segment = segments_[SegmentOf(hash)];
  uint32_t at = HomeOf(segment, hash);
  while (!BucketAt(segment, at).Redirect(hash, from, to)) at = Next(segment, at);
  lines_.At(region, to) = line;
}

// Half a run is left over, so that a table on the edge does not ask the system each time.
void ScatteredLines::GiveBackRuns(size_t region) {
  const size_t lines = lines_in_[region];
  const size_t keep = lines == 0 ? 0 : (lines + kLineRun / 2 + kLineRun - 1) / kLineRun;
  if (keep < lines_.runs(region)) lines_.SetRuns(region, keep);
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
  const std::vector<uint32_t> refs = RefsOf(segment);
  MakeEmpty(index, buckets);
  const size_t region = index % kRegions;
  constexpr size_t kAhead = 16;
  for (size_t i = 0; i < refs.size(); ++i) {
    if (i + kAhead < refs.size()) Fetch(&lines_.At(region, refs[i + kAhead]));
    Refer(segment, HashNumber(lines_.At(region, refs[i]).number()), refs[i]);
  }
}

std::vector<uint32_t> ScatteredLines::RefsOf(const Segment& segment) {
  std::vector<uint32_t> refs;
  refs.reserve(segment.numbers);
  for (uint32_t at = 0; at < segment.buckets; ++at) {
    const TagBucket& bucket = BucketAt(segment, at);
    for (uint32_t slot = 0; slot < TagBucket::kSlots; ++slot) {
      if (bucket.tags[slot] != 0) refs.push_back(bucket.Ref(slot));
    }
  }
  return refs;
}

void ScatteredLines::MakeEmpty(size_t index, uint32_t buckets) {
  Segment& segment = segments_[index];
  const size_t runs = buckets / kBucketRun;
  buckets_.SetRuns(index, runs);
  segment.small = std::vector<TagBucket>(runs == 0 ? buckets : 0);
  segment.begin = runs == 0 ? segment.small.data() : buckets_.begin(index);
  segment.buckets = buckets;
  for (size_t run = 0; run < runs; ++run) {
    std::memset(static_cast<void*>(&Buckets::At(segment.begin, run * kBucketRun)), 0,
                kBucketRun * sizeof(TagBucket));
  }
  indexes_[index] = buckets == 0 ? Index() : Index{segment.begin, buckets};
}

size_t ScatteredLines::memory_bytes() const {
  size_t bytes = lines_.bytes() + buckets_.bytes() + indexes_.capacity() * sizeof(Index) +
                 segments_.capacity() * sizeof(Segment);
  for (const Segment& segment : segments_) bytes += segment.small.capacity() * sizeof(TagBucket);
  return bytes;
}

}  // namespace ringfence
