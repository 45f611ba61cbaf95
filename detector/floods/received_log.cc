#include "detector/floods/received_log.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace ringfence {

bool ReceivedLog::IsCrowd(uint64_t called) {
  uint64_t& bucket = buckets_[PlaceOf(called)];
  if (CountOf(bucket) + 1 < crowd_) return false;
  // It counts those of other numbers, and some that are gone.
  uint64_t calls = 0;
  uint64_t own = 0;
  for (uint64_t place = NewestOf(bucket); place != 0; place = BackFrom(place, At(place))) {
    ++calls;
    own += At(place).called == called ? 1 : 0;
  }
  bucket = Bucket(bucket, bucket & kPlaceMask, calls);
  // Half of them are enough, so that a bucket that stays full is not walked through each time.
  return 2 * (own + 1) >= crowd_;
}

void ReceivedLog::Add(uint64_t called, const ReceivedCall& call, EventTime newest) {
  if (pages_.empty() || pages_.back().size == kPageEntries) AddPage();
  Page& page = pages_.back();
  page.newest = newest;
  Entry& entry = page.entries[page.size++];
  entry.called = called;
  entry.call = call;
  ++size_;
  Link(++added_, entry);
}

// New memory costs more than all else that is done with it.
void ReceivedLog::AddPage() {
  Page& page = pages_.emplace_back();
  if (spare_.empty()) {
    page.entries = std::make_unique<Entry[]>(kPageEntries);
  } else {
    page.entries = std::move(spare_.back());
    spare_.pop_back();
  }
}

void ReceivedLog::Link(uint64_t place, Entry& entry) {
  uint64_t& bucket = buckets_[PlaceOf(entry.called)];
  const uint64_t before = NewestOf(bucket);
  entry.back = before == 0 ? 0 : static_cast<uint32_t>(place - before);
  bucket = Bucket(bucket, place, before == 0 ? 1 : CountOf(bucket) + 1);
}

std::vector<ReceivedCall> ReceivedLog::TakeOut(uint64_t called) {
  std::vector<ReceivedCall> calls;
  uint64_t place = NewestOf(buckets_[PlaceOf(called)]);
  for (; place != 0; place = BackFrom(place, At(place))) {
    Entry& entry = At(place);
    if (entry.called != called) continue;
    calls.push_back(entry.call);
    entry.called = 0;
    ++PageOf(place).taken_out;
    --size_;
  }
  std::reverse(calls.begin(), calls.end());
  return calls;
}

void ReceivedLog::DropOlder(EventTime newest, Duration age) {
  while (!pages_.empty() && !InWindow(pages_.front().newest, newest, age)) {
    Page& page = pages_.front();
    size_ -= page.size - page.taken_out;
    if (spare_.size() < kMostSpare) spare_.push_back(std::move(page.entries));
    dropped_ += kPageEntries;
    added_ = std::max(added_, dropped_);  // the last page need not be full
    pages_.pop_front();
  }
}

bool ReceivedLog::IsOutOfSize() const {
  return size_ > 2 * buckets_.size() ||
         (buckets_.size() > kFewestBuckets && size_ < buckets_.size() / 8);
}

void ReceivedLog::Resize() {
  const size_t wanted = std::max(kFewestBuckets, std::bit_ceil(size_ + 1));
  buckets_ = decltype(buckets_)(wanted);
  uint64_t place = dropped_;
  for (Page& page : pages_) {
    for (uint32_t i = 0; i < page.size; ++i) {
      ++place;
      if (page.entries[i].called != 0) Link(place, page.entries[i]);
    }
  }
}

}  // namespace ringfence
