// Setup times in two bytes each, where they are whole seconds and come often enough.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "detector/call_line.h"
#include "ingest/model/event_time.h"

namespace ringfence {

// Times in ascending order, in blocks of 30: the first of a block in full, the others as their
// distance from it. The blocks are a ring, so that what is dropped moves nothing. Exact, or
// refused.
class PackedTimes {
 public:
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  EventTime operator[](size_t position) const { return FromSeconds(Seconds(begin_ + position)); }

  // Adds a time that is not before the newest. False, and nothing is done, when it is no whole
  // second or lies too far from the first of its block.
  bool Append(EventTime time) {
    const uint32_t seconds = SecondsOf(time);
    return seconds != kNoSeconds && Append(seconds);
  }
  bool Append(uint32_t seconds) {
    const size_t end = size_t{begin_} + size_;
    if (end % kBlock == 0) {
      AddBlock(seconds);
    } else {
      Block& block = blocks_[PlaceOf(end / kBlock)];
      const uint32_t after = seconds - block.first;
      if (after > UINT16_MAX) return false;
      block.after[end % kBlock] = static_cast<uint16_t>(after);
    }
    ++size_;
    return true;
  }
  // The same for times in order, none before the newest, as far as it goes: says how many.
  size_t Append(absl::Span<const uint32_t> seconds);
  void DropFront(size_t count);
  // Drops those from `position` on.
  void Truncate(size_t position);
  void Clear() { *this = PackedTimes(); }

  // Calls need(address) for what the next Append() writes to.
  void Need(const auto& need) const {
    if (empty()) return;
    const size_t last = PlaceOf((begin_ + size_ - 1) / kBlock);
    const size_t next = last + 1 < blocks_.size() ? last + 1 : 0;
    for (const size_t place : {last, next}) {  // they lie across two cache lines, mostly
      need(&blocks_[place]);
      need(&blocks_[place].after.back());
    }
  }
  size_t HeapBytes() const;

 private:
  static constexpr size_t kBlock = 30;
  struct Block {
    uint32_t first = 0;
    std::array<uint16_t, kBlock> after = {};
  };

  size_t BlocksInUse() const { return (begin_ % kBlock + size_ + kBlock - 1) / kBlock; }
  // Round the ring once at most.
  size_t PlaceOf(size_t block) const {
    return block < blocks_.size() ? block : block - blocks_.size();
  }
  void AddBlock(uint32_t first);
  uint32_t Seconds(size_t at) const {
    const Block& block = blocks_[PlaceOf(at / kBlock)];
    return block.first + block.after[at % kBlock];
  }

  std::vector<Block> blocks_;  // in use or not: a ring
  uint32_t begin_ = 0;         // where the oldest time is, in times from the ring's beginning
  uint32_t size_ = 0;
};

}  // namespace ringfence
