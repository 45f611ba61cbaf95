// The calls of the numbers that are called little: nearly all of them, once or twice in a window.
//
// A call is written behind the one before it, whatever number it is for, and never moved: 32 bytes.
// Each points to the call before it of the same bucket, the hash of the called number; a bucket is
// 8 bytes and says where its newest call is. Calls leave by the page, oldest first, once no call of
// a page can matter any more. Nothing is to be unlinked then: what points before the oldest page
// points to nothing. So a call costs a wait for its bucket, and its end costs nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "detector/floods/flood_meter.h"
#include "ingest/model/event_time.h"
#include "ingest/model/huge_pages.h"
#include "ingest/model/number_hash.h"

namespace ringfence {

// Not thread-safe.
class ReceivedLog {
 public:
  // crowd: how many calls of one number are many. At least 1.
  explicit ReceivedLog(size_t crowd) : crowd_(crowd), buckets_(kFewestBuckets) {}

  // Where a number's look-up begins: what to fetch.
  const void* Approach(uint64_t called) const { return &buckets_[PlaceOf(called)]; }

  // Whether a number has many calls with one more: false while that is not so, true at the crowd at
  // the latest.
  bool IsCrowd(uint64_t called);
  // Adds a call. `newest` is the newest setup time of the whole input, and must not go back.
  void Add(uint64_t called, const ReceivedCall& call, EventTime newest);
  // Takes all calls of the number out, in order of arrival.
  std::vector<ReceivedCall> TakeOut(uint64_t called);

  // The number's calls are kept elsewhere; others of its bucket may be marked by it, too.
  void Mark(uint64_t called) { buckets_[PlaceOf(called)] |= kMarked; }
  bool IsMarked(uint64_t called) const { return (buckets_[PlaceOf(called)] & kMarked) != 0; }

  // Drops pages of which all calls are `age` or more before `newest`. To be called often.
  void DropOlder(EventTime newest, Duration age);
  // Whether there are too few buckets, or too many. Resize() forgets all marks.
  bool IsOutOfSize() const;
  void Resize();

  // Calls visit(called, call) for each call that was not dropped or taken out, in order of arrival.
  void ForEach(const auto& visit) const {
    for (const Page& page : pages_) {
      for (uint32_t i = 0; i < page.size; ++i) {
        if (page.entries[i].called != 0) visit(page.entries[i].called, page.entries[i].call);
      }
    }
  }

  void AppendRegions(MemoryRegions& regions) const { AppendRegion(buckets_, regions); }

  size_t size() const { return size_; }  // dropped calls are not counted, old ones are
  size_t memory_bytes() const {
    return buckets_.capacity() * sizeof(uint64_t) +
           (pages_.size() + spare_.size()) * (kPageBytes + sizeof(Page));
  }

 private:
  struct Entry {
    uint64_t called = 0;  // PhoneNumber::packed(); 0: taken out
    ReceivedCall call;
    uint32_t back = 0;  // so many entries before it is the bucket's next; 0: none
  };
  struct Page {
    EventTime newest;  // of the whole input when its last entry was added
    uint32_t size = 0;
    uint32_t taken_out = 0;
    std::unique_ptr<Entry[]> entries;
  };
  static constexpr size_t kPageEntries = 8192;
  static constexpr size_t kMostSpare = 4;
  static constexpr size_t kPageBytes = kPageEntries * sizeof(Entry);
  static constexpr size_t kFewestBuckets = 1024;
  // A bucket: the newest entry's place, counted from 1 over all that were ever added; how many
  // calls it has at most, up to kMostCounted; the mark.
  static constexpr int kPlaceBits = 48;
  static constexpr uint64_t kPlaceMask = (uint64_t{1} << kPlaceBits) - 1;
  static constexpr uint64_t kMostCounted = 0x7FFF;
  static constexpr uint64_t kMarked = uint64_t{1} << 63;
  static_assert(sizeof(Entry) == 32);

  size_t PlaceOf(uint64_t called) const { return HashNumber(called) & (buckets_.size() - 1); }
  static uint64_t CountOf(uint64_t bucket) { return bucket >> kPlaceBits & kMostCounted; }
  static uint64_t Bucket(uint64_t before, uint64_t place, uint64_t count) {
    return (before & kMarked) | (std::min(count, kMostCounted) << kPlaceBits) | place;
  }
  uint64_t NewestOf(uint64_t bucket) const {
    const uint64_t place = bucket & kPlaceMask;
    return place > dropped_ ? place : 0;
  }
  uint64_t BackFrom(uint64_t place, const Entry& entry) const {
    return entry.back != 0 && place - entry.back > dropped_ ? place - entry.back : 0;
  }
  Page& PageOf(uint64_t place) { return pages_[(place - 1 - dropped_) / kPageEntries]; }
  Entry& At(uint64_t place) { return PageOf(place).entries[(place - 1) % kPageEntries]; }
  void AddPage();
  void Link(uint64_t place, Entry& entry);

  size_t crowd_;
  std::vector<uint64_t, HugePageAllocator<uint64_t>> buckets_;  // a power of two of them
  std::deque<Page> pages_;                                      // all but the last are full
  std::vector<std::unique_ptr<Entry[]>> spare_;                 // memory of pages that were dropped
  uint64_t dropped_ = 0;  // entries that ever were: a multiple of a page
  uint64_t added_ = 0;
  size_t size_ = 0;
};

}  // namespace ringfence
