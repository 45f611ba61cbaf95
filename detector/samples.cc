#include "detector/samples.h"

#include <algorithm>
#include <utility>

#include "ingest/model/event_time.h"
#include "ingest/model/heap.h"

namespace ringfence {
namespace {

size_t LongBytes(const RecordId& id) {
  constexpr size_t kInString = 15;
  const size_t capacity = id.value().capacity();
  return capacity > kInString ? capacity + 1 + kAllocationBytes : 0;
}

}  // namespace

void Samples::Add(EventTime time, const RecordId& id) {
  if (ring_.size() < Detection::kMaxSamples) {
    if (ring_.empty()) ring_.reserve(Detection::kMaxSamples);
    ring_.emplace_back();
  } else {
    if (time < At(0).time) return;
    oldest_ = (oldest_ + 1) % ring_.size();
  }
  size_t place = ring_.size() - 1;
  Sample& taken = At(place);
  long_bytes_ -= LongBytes(taken.id);
  taken.time = time;
  taken.id.Assign(id.value());  // keeps the memory of the one before
  long_bytes_ += LongBytes(taken.id);
  for (; place > 0 && At(place - 1).time > time; --place) std::swap(At(place), At(place - 1));
}

void Samples::DropOlder(EventTime reference, Duration age) {
  const auto old = [&](const Sample& sample) { return !InWindow(sample.time, reference, age); };
  if (ring_.empty() || !old(At(0))) return;
  std::rotate(ring_.begin(), ring_.begin() + static_cast<ptrdiff_t>(oldest_), ring_.end());
  oldest_ = 0;
  std::erase_if(ring_, old);
  if (ring_.empty()) ring_.shrink_to_fit();
  CountLongBytes();
}

void Samples::Advance(size_t written) {
  oldest_ = (oldest_ + written) % ring_.size();
  CountLongBytes();
}

void Samples::CopyNewest(size_t count, Samples& to) const {
  for (size_t i = ring_.size() - std::min(count, ring_.size()); i < ring_.size(); ++i) {
    to.Add(At(i).time, At(i).id);
  }
}

void Samples::CountLongBytes() {
  long_bytes_ = 0;
  for (const Sample& sample : ring_) long_bytes_ += LongBytes(sample.id);
}

void Samples::Between(EventTime first, EventTime last, std::vector<RecordId>& ids) const {
  for (size_t i = 0; i < ring_.size(); ++i) {
    if (At(i).time >= first && At(i).time <= last) ids.push_back(At(i).id);
  }
}

size_t Samples::HeapBytes() const {
  if (ring_.capacity() == 0) return 0;
  return ring_.capacity() * sizeof(Sample) + kAllocationBytes + long_bytes_;
}

void Samples::Write(ByteWriter& writer) const {
  writer.Varint(ring_.size());
  for (size_t i = 0; i < ring_.size(); ++i) {
    writer.Signed(ToUnixMicros(At(i).time));
    writer.Text(At(i).id.value());
  }
}

bool Samples::Read(ByteReader& reader, EventTime newest) {
  const uint64_t count = reader.Count();
  if (count > Detection::kMaxSamples) return false;
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    const EventTime time = FromUnixMicros(reader.Signed());
    if (time > newest || (!ring_.empty() && time < At(i - 1).time)) return false;
    Add(time, RecordId(reader.Text()));
  }
  return reader.ok();
}

}  // namespace ringfence
