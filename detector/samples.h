// The latest records of a subject, as evidence.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "detector/model/detection.h"
#include "ingest/model/bytes.h"
#include "ingest/model/event_time.h"
#include "ingest/model/ids.h"

namespace ringfence {

// At most Detection::kMaxSamples, in order of time, equal times in order of arrival.
class Samples {
 public:
  struct Sample {
    EventTime time;
    RecordId id;
  };

  // Puts the record in its place; the oldest one gives way to it when there are too many.
  void Add(EventTime time, const RecordId& id);
  // Drops those `age` or more before `reference`, which is not before any of them.
  void DropOlder(EventTime reference, Duration age);
  // Appends the ids of the records in [first, last].
  void Between(EventTime first, EventTime last, std::vector<RecordId>& ids) const;

  // Calls need(address) for what the next Add() replaces.
  void Need(const auto& need) const {
    if (!ring_.empty()) need(&ring_[oldest_]);
  }

  // Once it is full, records in order may be written into the ring from outside, and told of later:
  // the first at next(), where the oldest one is, each other one place further, round and round.
  bool full() const { return ring_.size() == Detection::kMaxSamples; }
  Sample* ring() { return ring_.data(); }
  size_t next() const { return oldest_; }
  void Advance(size_t written);
  // The `count` newest ones are added to another object, too; it has no newer ones.
  void CopyNewest(size_t count, Samples& to) const;

  bool empty() const { return ring_.empty(); }
  size_t HeapBytes() const;

  void Write(ByteWriter& writer) const;
  // What Write() wrote, into an empty object; false for anything else, and for times after
  // `newest`.
  bool Read(ByteReader& reader, EventTime newest);

 private:
  void CountLongBytes();
  Sample& At(size_t position) { return ring_[(oldest_ + position) % ring_.size()]; }
  const Sample& At(size_t position) const { return ring_[(oldest_ + position) % ring_.size()]; }

  std::vector<Sample> ring_;
  size_t oldest_ = 0;      // not 0 only when the ring is full
  size_t long_bytes_ = 0;  // of the ids that don't fit into their objects
};

}  // namespace ringfence
